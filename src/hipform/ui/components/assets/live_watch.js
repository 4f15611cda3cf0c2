// One visit to the stage as a watcher: the pictures that another tab or device films, with the same overlay.

/** As `createFilm`, without a camera. */
function createWatch({ settings, id, stage, sound, onEnd }) {
  const pictures = new Map(); // number -> JPEG that waits for its look
  let keys = {};
  let ended = false;

  const wire = createWire({
    url: () => settings().url,
    hello: { role: "watch", id },
    onMessage: (message) => handlers[message.type]?.(message),
    onPicture: (_t, number, jpeg) => pictures.set(number, jpeg),
    onLost: () => stage.hud.notice(LIVE_LOST, true),
    onGone: (code) => finish({ problem: LIVE_GONE[code] }),
  });

  function wait(reps) {
    stage.state("opening");
    stage.panel(null);
    stage.hud.restart(reps);
    stage.hud.chip("waiting");
  }

  const handlers = {
    welcome({ begin }) {
      stage.hud.notice("");
      wait(begin?.reps ?? null);
    },
    look: showLook,
    say: ({ text }) => sound.say(text),
    tone: () => sound.tone(),
    rep: (rep) => rep.complete && stage.hud.counted(),
    over(over) {
      stage.state("over");
      stage.hud.over("over", over);
      const actions = { report: () => finish({ open: over.set }), done: () => finish({}) };
      keys = { Enter: over.set ? actions.report : actions.done };
      stage.panel(summaryCard({ over, why: LIVE_ENDINGS[over.ending], rest: null, actions }));
    },
  };

  async function showLook(look) {
    const jpeg = pictures.get(look.number);
    for (const number of [...pictures.keys()]) if (number <= look.number) pictures.delete(number);
    if (look.stage !== "ended") nextState(look.stage);
    stage.hud.look(look);
    if (!jpeg) return; // left out on the way
    const bitmap = await createImageBitmap(new Blob([jpeg], { type: "image/jpeg" }));
    if (!ended) stage.picture.showLook(bitmap, look);
    bitmap.close();
  }

  function nextState(name) {
    const { state } = stage.element.dataset;
    if (state === name) return;
    if (state === "over") stage.panel(null); // the next set begins
    keys = {};
    stage.state(name);
  }

  function finish(result) {
    if (ended) return;
    ended = true;
    wire.close();
    pictures.clear();
    onEnd(result);
  }

  return {
    end: () => finish({}),
    escape: () => finish({}),
    key: (key) => keys[key] ?? (key === "e" ? () => finish({}) : null),
    swap() {},
    finish,
  };
}
