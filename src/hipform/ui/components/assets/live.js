// The Live page: what stands on it before a set, and the stage with the set itself.

const LIVE_TAB_KEY = "hipform-live"; // this tab's id and whether a set of it goes on, kept over a reload

const lives = new WeakMap();

/** Streamlit calls this on every change of data or theme; it must get the same clean-up each time. */
export default function render({ parentElement, data, setStateValue }) {
  let live = lives.get(parentElement);
  if (!live) {
    live = createLive(parentElement);
    lives.set(parentElement, live);
  }
  live.update(data, setStateValue);
  return live.close;
}

function createLive(parent) {
  let [data, tell, session, awake] = [null, () => {}, null, null];
  const tab = createTab();
  const before = createBefore({ start: () => begin("film"), goOn: () => begin("film"), watch: () => begin("watch") });
  const stage = createStage({
    end: () => session.end(),
    escape: () => session.escape(),
    swap: () => session.swap(),
    sound: toggleSound,
  });
  const sound = createSound({ onNoVoice: () => stage.hud.notice("This browser has no voice: cues are only shown.") });
  const root = make("div", "hf hf-live", {}, [before.element, stage.element]);
  parent.append(root);
  stage.element.addEventListener("keydown", onKey);

  function begin(role) {
    if (session) return;
    sound.unlock();
    before.showProblem(null);
    before.showGoing(false);
    stage.picture.mirror(data.mirror);
    stage.buttons.showSound(sound.isOn());
    stage.buttons.showEnd(role === "film" ? "End set" : "Stop watching");
    stage.buttons.showSwap(false);
    stage.panel(null);
    stage.picture.clear();
    stage.hud.restart(null);
    stage.hud.notice("");
    stage.state("opening");
    stage.open(role);
    tab.mark(role === "film");
    keepAwake();
    const create = role === "film" ? createFilm : createWatch;
    session = create({
      settings: () => data,
      id: tab.id,
      stage,
      sound,
      onCamera: before.cameras.refresh,
      onNextCamera: before.cameras.chooseNext,
      onEnd: ended,
    });
  }

  function ended({ open, watch, problem }) {
    session = null;
    tab.mark(false);
    stage.close();
    stage.panel(null);
    sound.close();
    awake?.release();
    before.showProblem(problem ?? null);
    if (watch) begin("watch");
    if (open) tell("open", open);
  }

  async function keepAwake() {
    try {
      awake = await navigator.wakeLock?.request("screen");
    } catch {
      awake = null; // a phone that saves power may refuse: the set goes on
    }
  }

  function toggleSound() {
    stage.buttons.showSound(sound.toggle());
  }

  function onKey(event) {
    if (!session || event.ctrlKey || event.metaKey || event.altKey) return;
    event.stopPropagation(); // the page has keys of its own
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.repeat || (key === "Enter" && event.target.closest("button"))) return;
    const own = { m: toggleSound, f: stage.fillScreen, Escape: session.escape };
    const action = own[key] ?? session.key(key);
    if (!action) return;
    event.preventDefault();
    action();
  }

  /** What the server does now, asked without filming: a set of this tab may go on, or somebody else's. */
  async function lookAround() {
    before.cameras.refresh();
    const answer = await askLive(data.url, { role: "watch", id: tab.id });
    const filmed = answer?.type === "welcome" && answer.state === "live";
    const own = filmed && tab.wasFilming();
    if (session) return;
    before.showGoing(own);
    before.showFilmed(filmed && !own);
  }

  return {
    update(next, setStateValue) {
      const first = data === null;
      data = next;
      tell = setStateValue;
      root.classList.toggle("hf-dark", isDark(root));
      before.update(next);
      sound.update(next.sound);
      if (!first) return;
      before.focus();
      lookAround();
    },
    close() {
      session?.finish({});
      lives.delete(parent);
      root.remove();
    },
  };
}

/** This tab's own id, which a reload keeps. */
function createTab() {
  const storage = window.sessionStorage;
  const kept = JSON.parse(storage.getItem(LIVE_TAB_KEY) ?? "null");
  const id = kept?.id ?? randomId();
  const mark = (filming) => storage.setItem(LIVE_TAB_KEY, JSON.stringify({ id, filming }));
  return { id, mark, wasFilming: () => kept?.filming === true };
}

function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
