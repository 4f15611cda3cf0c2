// One visit to the stage as the one who films: from the first word with the server to the last.

const LIVE_GONE = {
  0: {
    title: "hipform does not answer.",
    advice: "Is it still running? The reps up to now are kept: they are offered when hipform runs again.",
  },
  1008: { title: "This page has expired.", advice: "Reload it in the browser and press Start again." },
  4000: { title: "This page and hipform do not fit together.", advice: "Reload it in the browser." },
  4001: { title: "Another tab or device films now.", advice: "The set that was going on here was ended and kept." },
};
const LIVE_NO_CAMERA = {
  title: "The camera is gone.",
  advice: "It was unplugged, or is not allowed any more. Plug it in again and press Start.",
};
const LIVE_OVER_MEANWHILE = {
  title: "The set was ended meanwhile.",
  advice: "Its finished reps are under Sets, or are offered on this page.",
};
const LIVE_ASKS = "Opening the camera. Allow it if the browser asks.";
const LIVE_LOADS = "Getting ready. The first time takes a few seconds.";
const LIVE_MISSED_MS = 2_000; // what was missed comes at once
const LIVE_LOST = "The line to hipform is lost. Trying again; the set goes on when it is back.";
const LIVE_BACK = "The set was paused while this page was hidden.";
const LIVE_UNPLUGGED = "The camera was unplugged, or is not allowed any more: the set is over.";
const LIVE_TURNED = "The camera was turned: the set is over.";

/**
 * `settings()` gives the component's data, `onEnd` is told once, with {open: set id}, {watch: true} or {problem}.
 * The id of the camera that films is told to `onCamera`, which gives how many cameras there are;
 * `onNextCamera` chooses the one after it.
 */
function createFilm({ settings, id, stage, sound, onCamera, onNextCamera, onEnd }) {
  const clock = createClock();
  let [state, rest, working, keys] = ["", null, null, {}];
  let [begun, seen, lost, cause] = [false, false, false, ""]; // seen: something of this very set was heard
  let ended = false;

  const lens = createLens({
    clock,
    send: (...frame) => wire.sendFrame(...frame),
    onRaw: (video) => isLive() && stage.picture.showRaw(video),
    onGone: () => cameraGone(LIVE_UNPLUGGED),
    onTurned: turned,
  });
  const wire = createWire({
    url: () => settings().url,
    hello: { role: "film", id },
    onMessage: (message) => handlers[message.type]?.(message),
    onPicture() {},
    onLost() {
      lost = true;
      lens.sendOn(false);
      if (isLive() || state === "ending") stage.hud.notice(LIVE_LOST, true);
    },
    onGone: (code) => finish({ problem: LIVE_GONE[code] }),
  });

  const isLive = () => ["opening", "getting ready", "going"].includes(state);

  function enter(name) {
    state = name;
    stage.state(name);
    lens.sendOn(begun && isLive() && !document.hidden);
  }

  async function prepare(resumed) {
    enter("opening");
    stage.panel(null);
    stage.hud.restart((resumed ?? settings().begin).reps);
    seen = Boolean(resumed);
    try {
      stage.hud.remedy(lens.isOpen() ? "" : LIVE_ASKS);
      if (!(await lens.open())) return;
      stage.buttons.showSwap((await onCamera(lens.id())) > 1);
    } catch (error) {
      finish({ problem: cameraProblem(error) });
      return;
    }
    if (ended) return;
    begun = Boolean(resumed) || wire.send({ type: "begin", ...settings().begin, ...lens.size() });
    stage.hud.remedy(LIVE_LOADS);
    enter("opening");
  }

  function cameraGone(why) {
    lens.close();
    if (!isLive()) return;
    if (state !== "going") return finish({ problem: LIVE_NO_CAMERA }); // nothing was done yet
    cause = why;
    sound.say(why);
    end();
  }

  /** A turned phone: before the set it begins anew with the new shape, during the set it is over. */
  function turned() {
    if (state === "going") cameraGone(LIVE_TURNED);
    else if (isLive()) again();
  }

  function again() {
    lens.close();
    begun = false;
    prepare(null);
  }

  function end() {
    wire.send({ type: "end" });
    showWorking("Ending the set", null);
  }

  /** The set was ended while the line was lost: the server tells how, unless it was started anew. */
  function waitForOver() {
    showWorking("Looking for your set", null);
    setTimeout(() => begun && finish({ problem: LIVE_OVER_MEANWHILE }), LIVE_MISSED_MS);
  }

  function showWorking(what, share) {
    if (state !== "ending") {
      enter("ending");
      working = workingCard();
      stage.panel(working.element);
    }
    working.show(what, share);
  }

  const handlers = {
    welcome({ state: doing, begin }) {
      if (lost) stage.hud.notice("");
      lost = false;
      if (begun && doing !== "live") waitForOver();
      else if (begun && state === "ending") end();
      else if (begun) enter(state);
      else if (["", "busy", "opening"].includes(state)) prepare(doing === "live" ? begin : null);
    },
    busy() {
      if (begun) return finish({ problem: LIVE_GONE[LIVE_TAKEN] }); // since the line was lost
      enter("busy");
      const watch = () => finish({ watch: true });
      stage.panel(busyCard({ takeOver: wire.takeOver, watch, cancel: () => finish({}) }));
    },
    look(look) {
      const kept = lens.answered(look.number);
      if (kept && isLive()) showLook(look, kept);
      kept?.bitmap.close();
    },
    say: ({ text }) => sound.say(text),
    tone: () => sound.tone(),
    rep: (rep) => rep.complete && stage.hud.counted(),
    // Else they are about the set before, of this page or of one that was taken over from.
    working: ({ what, share }) => seen && showWorking(what, share),
    over: (over) => seen && showOver(over),
    failed({ reason }) {
      enter("problem");
      stage.panel(problemCard({ title: "The set cannot go on.", advice: reason, again, done: () => finish({}) }));
    },
  };

  function showLook(look, { bitmap, captured }) {
    seen = true;
    if (look.stage !== "ended" && look.stage !== state) enter(look.stage);
    stage.picture.showLook(bitmap, look);
    stage.hud.look(look);
    const { dataset } = stage.picture.element;
    dataset.capture = captured.toFixed(1);
    dataset.latency = (performance.now() - captured).toFixed(1);
    dataset.side = lens.side();
  }

  function showOver(over) {
    const seconds = lens.isOpen() ? settings().rest : null;
    begun = false;
    enter(seconds ? "resting" : "over");
    stage.hud.over(state, over);
    if (seconds) rest = createRest({ seconds, onSoon: () => sound.say("Ten seconds."), onOver: next });
    const why = cause || LIVE_ENDINGS[over.ending];
    cause = "";
    const actions = { next, report: () => finish({ open: over.set }), done: () => finish({}) };
    stage.panel(summaryCard({ over, why, rest: rest?.element ?? null, actions }));
    keys = { n: next, Enter: over.set ? actions.report : next };
  }

  function next() {
    rest?.stop();
    [rest, keys] = [null, {}];
    stage.picture.clear();
    prepare(null);
  }

  function ask() {
    if (state !== "going") return finish({});
    const no = () => {
      keys = {};
      stage.panel(null);
    };
    const yes = () => {
      keys = {};
      end();
    };
    keys = { e: yes, Escape: no };
    stage.panel(askCard({ yes, no }));
  }

  function onHidden() {
    if (document.hidden) {
      clock.pause();
      lens.sendOn(false);
      return;
    }
    clock.goOn();
    if (isLive() && begun) stage.hud.notice(LIVE_BACK);
    enter(state);
  }
  document.addEventListener("visibilitychange", onHidden);

  function finish(result) {
    if (ended) return;
    ended = true;
    wire.send({ type: "leave" });
    wire.close();
    rest?.stop();
    document.removeEventListener("visibilitychange", onHidden);
    lens.close();
    onEnd(result);
  }

  return {
    end: ask,
    escape: () => (keys.Escape ?? ask)(),
    key: (key) => keys[key] ?? (key === "e" && isLive() ? ask : null),
    swap() {
      if (state === "going" || !lens.isOpen()) return;
      onNextCamera(lens.id());
      again();
    },
    finish,
  };
}

/** The camera that is used now, if any, and the pictures that are sent of it. */
function createLens({ clock, send, onRaw, onGone, onTurned }) {
  let [camera, frames, wanted] = [null, null, 0];

  function close() {
    wanted += 1; // one that is still being opened is not wanted any more
    frames?.close();
    camera?.close();
    [frames, camera] = [null, null];
  }

  return {
    close,
    isOpen: () => camera !== null,
    id: () => camera?.id,
    size: () => camera.size(),
    side: () => frames.side(),
    answered: (number) => frames?.answered(number) ?? null,
    /**
     * Opens the chosen camera, unless one is open. False when `close` was called meanwhile; throws what
     * `cameraProblem` words.
     */
    async open() {
      if (camera) return true;
      const order = ++wanted;
      const opened = await openCamera({ onEnded: onGone, onShape: onTurned });
      if (order !== wanted) {
        opened.close();
        return false;
      }
      camera = opened;
      frames = createFrames({ video: camera.video, clock, send, onRaw: () => onRaw(camera.video) });
      return true;
    },
    sendOn(on) {
      frames?.sendOn(on);
      if (!on) frames?.forget();
    },
  };
}
