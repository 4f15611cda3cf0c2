// The stage: the mirror picture over the whole screen, and on it only what helps during a set.

const LIVE_CHIPS = {
  opening: ["camera", "Starting"],
  find: ["find", "Looking for you"],
  still: ["still", "Hold still"],
  ready: ["tick", "Ready"],
  going: ["play", "Going"],
  resting: ["rest", "Resting"],
  over: ["tick", "Set done"],
  waiting: ["eye", "Waiting for a set"],
};
const LIVE_PHASES = { standing: "standing", lowering: "down", bottom: "bottom", lifting: "up" };
const LIVE_READY_MS = 1_500; // how long "Ready" stands before "Going"
const LIVE_NOTICE_MS = 6_000; // how long a short word about the page itself stands

/**
 * A `<dialog>` in the top layer. `actions` are {end, sound, swap}: what its buttons do; Esc is `actions.escape`.
 * Its `data-state` is the controller's state.
 */
function createStage(actions) {
  const picture = createPicture();
  const hud = createHud();
  const buttons = createStageButtons(actions, () => fillScreen(inner));
  const panel = make("div", "hf-stage-panel", { hidden: true });
  const inner = make("div", "hf-stage-inner", {}, [
    make("div", "hf-stage-screen", {}, [make("div", "hf-stage-box", {}, [picture.element, hud.figure])]),
    ...hud.elements,
    buttons.element,
    panel,
  ]);
  const dialog = make("dialog", "hf hf-dark hf-stage", { attrs: { "aria-label": "Live set" } }, [inner]);
  let open = false;

  // Esc asks as the button does. Browsers close on a second Esc whatever a page says: then it comes back.
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    actions.escape();
  });
  dialog.addEventListener("close", () => open && dialog.showModal());

  return {
    element: dialog,
    picture,
    hud,
    buttons,
    fillScreen: () => fillScreen(inner),
    isOpen: () => open,
    open(role) {
      dialog.dataset.role = role;
      open = true;
      if (!dialog.open) dialog.showModal();
    },
    close() {
      open = false;
      if (document.fullscreenElement === inner) document.exitFullscreen();
      dialog.close();
    },
    state(name) {
      dialog.dataset.state = name;
    },
    /** Shows a card over the picture, null for none; the element of class `hf-first` in it gets the focus. */
    panel(card) {
      panel.replaceChildren(...(card ? [card] : []));
      panel.hidden = !card;
      (card?.querySelector(".hf-first") ?? dialog).focus();
    },
  };
}

function fillScreen(element) {
  if (document.fullscreenElement) document.exitFullscreen();
  else (element.requestFullscreen ?? element.webkitRequestFullscreen)?.call(element);
}

function createStageButtons(actions, onFull) {
  const word = (text) => make("span", "hf-stage-word", { textContent: text });
  const sound = button("hf-stage-button hf-stage-sound", "Sound (M)", actions.sound, [], { "aria-pressed": "true" });
  const swap = button("hf-stage-button hf-stage-swap", "Another camera", actions.swap, [icon("swap"), word("Camera")]);
  const full = button("hf-stage-button hf-stage-full", "Full screen (F)", onFull, [icon("full"), word("Full screen")]);
  const end = button("hf-stage-button hf-stage-end", "End set (E)", actions.end, []);
  swap.hidden = true;
  return {
    element: make("div", "hf-stage-buttons", {}, [sound, swap, full, end]),
    showSound(on) {
      sound.setAttribute("aria-pressed", on);
      sound.replaceChildren(icon(on ? "sound" : "mute"), word(on ? "Sound on" : "Sound off"));
    },
    showSwap: (there) => (swap.hidden = !there),
    showEnd(text) {
      end.replaceChildren(icon("stop"), word(text));
      end.setAttribute("aria-label", `${text} (E)`);
      end.title = `${text} (E)`;
    },
  };
}

/** Count, chip, gauge and lines. Elements are touched only when their words change: some are read aloud. */
function createHud() {
  const count = make("span", "hf-stage-count", { textContent: "0" });
  const target = make("span", "hf-stage-target");
  const chip = make("div", "hf-stage-chip", { attrs: { role: "status" } });
  const notice = make("p", "hf-stage-notice", { attrs: { role: "status" } });
  const line = (name, attrs = {}) => make("p", name, { attrs });
  const remedy = line("hf-stage-remedy");
  const cue = line("hf-stage-cue", { "aria-live": "polite" });
  const last = line("hf-stage-last");
  const advice = line("hf-stage-advice");
  const phase = line("hf-stage-phase");
  const number = make("div", "hf-stage-number", { attrs: { "aria-hidden": "true" } });
  const gauge = createGauge();
  const figure = standingFigure();
  let chipShown = "";
  let readySince = null;
  let noticeTimer = 0;

  function showChip(kind) {
    if (kind === chipShown) return;
    chipShown = kind;
    const [sign, words] = LIVE_CHIPS[kind];
    chip.dataset.chip = kind;
    chip.replaceChildren(icon(sign), words);
  }

  function chipOf(look) {
    if (look.stage === "getting ready") {
      readySince = null;
      return isWhole(look) ? "still" : "find";
    }
    readySince ??= performance.now();
    return performance.now() - readySince < LIVE_READY_MS ? "ready" : "going";
  }

  const hud = {
    figure,
    elements: [
      make("div", "hf-stage-reps", {}, [
        make("div", "", { attrs: { "aria-live": "polite", "aria-atomic": "true" } }, [count, target]),
        phase,
      ]),
      make("div", "hf-stage-state", {}, [chip, notice]),
      gauge.element,
      number,
      make("div", "hf-stage-lines", {}, [remedy, cue, last, advice]),
    ],
    chip: showChip,
    remedy: (words) => setWords(remedy, words),
    /** A word about the page itself; with `stay` until the next one. */
    notice(words, stay = false) {
      clearTimeout(noticeTimer);
      setWords(notice, words);
      if (!stay) noticeTimer = setTimeout(() => setWords(notice, ""), LIVE_NOTICE_MS);
    },
    over(kind, { reps }) {
      showChip(kind);
      setWords(phase, "");
      setWords(count, String(reps.filter((rep) => rep.complete).length));
    },
    /** A short sign that a rep was counted. */
    counted() {
      count.classList.remove("hf-counted");
      void count.offsetWidth; // else the same class starts nothing anew
      count.classList.add("hf-counted");
    },
    restart(reps) {
      hud.look({ ...LIVE_NOTHING, stage: "opening" });
      setWords(target, reps ? `of ${reps}` : "reps");
      showChip("opening");
      figure.classList.remove("hf-solid");
    },
    look(look) {
      const ready = look.stage === "getting ready";
      if (look.stage !== "opening") showChip(chipOf(look));
      figure.classList.toggle("hf-away", !ready);
      figure.classList.toggle("hf-solid", ready && isWhole(look));
      setWords(number, ready && look.readyIn !== null ? String(Math.max(1, Math.ceil(look.readyIn))) : "");
      setWords(count, String(look.count));
      setWords(remedy, ready ? look.hint : "");
      setWords(cue, look.cue);
      setWords(last, unbroken(look.lastRep));
      setWords(advice, look.lastRep ? "" : look.advice); // in its place, until there is a rep to tell of
      const phaseWord = ready ? "" : LIVE_PHASES[look.phase];
      setWords(phase, phaseWord ? `${phaseWord} ${look.phaseS.toFixed(1)} s` : "");
      gauge.show(ready ? null : look.gauge);
    },
  };
  return hud;
}

/** Whether the whole body stands in the picture: only then it is known from where the camera sees it. */
function isWhole(look) {
  return look.view !== "";
}

const LIVE_NOTHING = {
  number: -1,
  points: [],
  near: null,
  hint: "",
  view: "",
  advice: "",
  readyIn: null,
  count: 0,
  phase: "unknown",
  phaseS: 0,
  gauge: null,
  lastRep: "",
  cue: "",
};

function setWords(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

/** Keeps a number, its uncertainty and its unit on one line. */
function unbroken(words) {
  return words.replaceAll(" ± ", "\u00a0±\u00a0").replaceAll(/(\d) (s\b)/g, "$1\u00a0$2");
}
