// What stands on the page before a set: how to set up, the one large button, which camera, and what went wrong.

/** `actions` are {start, goOn, watch}. */
function createBefore(actions) {
  const words = make("p", "hf-live-words");
  const name = make("h3", "hf-live-name");
  const start = button("hf-live-start", "Start", actions.start, [icon("play"), "Start"]);
  const watch = button("hf-live-watch", "", actions.watch, [icon("eye"), make("span", "", {}, [])]);
  const problem = make("div", "hf-live-problem", { hidden: true, attrs: { role: "alert" } });
  const going = make("div", "hf-live-going", { hidden: true, attrs: { role: "status" } }, [
    make("p", "", { textContent: "A set is going on: this page was reloaded in the middle of it." }),
    button("hf-button hf-live-goon", "Go on", actions.goOn, [icon("play"), "Go on"]),
  ]);
  const cameras = createCameraChoice();
  const element = make("div", "hf-live-before", {}, [
    make("div", "hf-live-how", {}, [setUpDrawing(), make("div", "", {}, [name, words])]),
    going,
    start,
    problem,
    make("div", "hf-live-more", {}, [cameras.element, watch]),
    make("p", "hf-live-hint", {}, [
      "After Start no hand is needed: the set begins when you stand still and ends by itself. ",
      make("span", "hf-live-keys", { textContent: "Keys: E ends the set, M sound, F full screen." }),
    ]),
  ]);

  const before = {
    element,
    cameras,
    update(data) {
      setWords(name, data.name);
      setWords(words, data.setUp);
    },
    focus() {
      if (document.activeElement === document.body) start.focus({ preventScroll: true });
    },
    showProblem(found) {
      problem.hidden = !found;
      problem.replaceChildren();
      if (!found) return;
      const title = make("strong", "", { textContent: found.title });
      problem.append(icon("fault"), make("p", "", {}, [title, ` ${found.advice}`]));
    },
    /** A set of this tab goes on at the server. */
    showGoing(on) {
      going.hidden = !on;
      start.classList.toggle("hf-second", on);
      if (on) going.querySelector("button").focus({ preventScroll: true });
    },
    /** Somebody else's set goes on. */
    showFilmed(on) {
      watch.classList.toggle("hf-now", on);
      const quiet = "Watch a set that another device films";
      setWords(watch.lastChild, on ? "A set is being filmed now: watch it here" : quiet);
    },
  };
  before.showFilmed(false);
  return before;
}

/** A list of cameras; hidden while there is nothing to choose. */
function createCameraChoice() {
  const select = make("select", "hf-live-camera");
  const element = make("label", "hf-live-cameras", { hidden: true }, [icon("camera"), "Camera", select]);
  select.addEventListener("change", () => chooseCamera(select.value));
  let found = [];
  return {
    element,
    /** Looks which cameras there are; `used` is the id of the one that films now. */
    async refresh(used = "") {
      found = await listCameras();
      element.hidden = found.length < 2;
      select.replaceChildren(...found.map((one) => make("option", "", { value: one.id, textContent: one.name })));
      select.value = used || chosenCamera() || found[0]?.id;
      return found.length;
    },
    /** Chooses the camera after this one. */
    chooseNext(used) {
      const at = found.findIndex((one) => one.id === used);
      chooseCamera(found[(at + 1) % found.length].id);
    },
  };
}
