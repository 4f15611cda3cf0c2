// Cards over the stage's picture: asked before a set is ended, busy elsewhere, at work, wrong, and the summary.

const LIVE_ENDINGS = {
  reps: "All reps done.",
  quiet: "No rep for a while.",
  left: "You left the picture.",
  hand: "You raised a hand.",
  stopped: "You ended the set.",
  lost: "No pictures came any more.",
};
const LIVE_NO_REP = "No rep was done, so nothing was kept.";
const LIVE_REST_SAID_S = 10; // said aloud: time to step into place

function cardButton(name, label, onClick, { first = false, key = "" } = {}) {
  const words = [make("span", "", { textContent: label }), key ? make("kbd", "", { textContent: key }) : null];
  const kind = first ? "hf-card-button hf-first" : "hf-card-button";
  return button(`${kind} ${name}`, "", onClick, words, { "aria-label": label });
}

function stageCard(name, title, text, buttons) {
  return make("div", `hf-card ${name}`, { attrs: { role: "group", "aria-label": title } }, [
    make("h3", "hf-card-title", { textContent: title }),
    text ? make("p", "hf-card-text", { textContent: text }) : null,
    make("div", "hf-card-buttons", {}, buttons),
  ]);
}

function askCard({ yes, no }) {
  return stageCard("hf-stage-ask", "End this set?", "The reps up to now are kept.", [
    cardButton("hf-ask-yes", "End set", yes, { first: true, key: "E" }),
    cardButton("hf-ask-no", "Go on", no, { key: "Esc" }),
  ]);
}

function busyCard({ takeOver, watch, cancel }) {
  const text = "Another tab or device is filming. Taking over ends its set, which is kept.";
  return stageCard("hf-stage-busy", "A set is being filmed", text, [
    cardButton("hf-watchhere", "Watch here", watch, { first: true }),
    cardButton("hf-takeover", "Take over here", takeOver),
    cardButton("hf-cancel", "Cancel", cancel, { key: "Esc" }),
  ]);
}

function problemCard({ title, advice, again, done }) {
  const card = stageCard("hf-stage-problem", title, advice, [
    again ? cardButton("hf-again", "Try again", again, { first: true }) : null,
    cardButton("hf-done", "Close", done, { first: !again, key: "Esc" }),
  ]);
  card.setAttribute("role", "alert");
  return card;
}

/** What is being done after the set; `show(what, share)` changes it, share null when it is not known. */
function workingCard() {
  const bar = make("progress", "hf-working-bar", { attrs: { "aria-label": "Progress" } });
  const text = make("p", "hf-card-text", { attrs: { role: "status" } });
  const element = make("div", "hf-card hf-stage-working", {}, [
    make("h3", "hf-card-title", { textContent: "One moment" }),
    text,
    bar,
  ]);
  return {
    element,
    show(what, share) {
      setWords(text, what);
      if (share === null) bar.removeAttribute("value");
      else bar.value = share;
    },
  };
}

/**
 * The set in a few lines. `why` says why it is over, `rest` is a clock's element or null; the buttons are those
 * of `actions` that are given.
 */
function summaryCard({ over, why, rest, actions }) {
  const reps = over.reps.map((rep) => {
    const state = rep.complete ? "hf-complete" : "hf-partial";
    return make("li", `hf-summary-rep ${state}`, {}, [
      icon(rep.complete ? "tick" : "level"),
      make("span", "hf-summary-number", { textContent: rep.number }),
      make("span", "", { textContent: unbroken(rep.line) }),
    ]);
  });
  const notes = over.notes.map((note) => {
    return make("li", "hf-summary-note", {}, [icon("info"), make("span", "", { textContent: note })]);
  });
  const sentence = { textContent: over.sentence || LIVE_NO_REP, attrs: { role: "status" } };
  return make("div", "hf-card hf-summary", { attrs: { role: "group", "aria-label": "Summary of the set" } }, [
    make("p", "hf-summary-ending", { textContent: why }),
    make("h3", "hf-card-title hf-summary-sentence", sentence),
    rest,
    make("div", "hf-summary-lines", { tabIndex: reps.length + notes.length ? 0 : -1 }, [
      reps.length ? make("ul", "hf-summary-list", {}, reps) : null,
      notes.length ? make("ul", "hf-summary-list hf-summary-notes", {}, notes) : null,
    ]),
    make("div", "hf-card-buttons", {}, summaryButtons(over, actions)),
  ]);
}

function summaryButtons(over, { next, report, done }) {
  return [
    over.set ? cardButton("hf-report", "See the report", report, { first: true, key: "Enter" }) : null,
    next ? cardButton("hf-next", "Next set", next, { first: !over.set, key: "N" }) : null,
    cardButton("hf-done", "Done", done, { key: "Esc" }),
  ];
}

/** A clock that runs down; `onSoon` is told ten seconds before `onOver`. */
function createRest({ seconds, onSoon, onOver }) {
  const time = make("span", "hf-summary-rest", { attrs: { role: "timer" } });
  const element = make("p", "hf-rest", {}, [icon("rest"), time, make("span", "", {}, "rest, then the next set")]);
  const end = performance.now() + 1000 * seconds;
  let said = seconds <= LIVE_REST_SAID_S;
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    setWords(time, `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`);
    if (left <= LIVE_REST_SAID_S && !said) {
      said = true;
      onSoon();
    }
    if (left === 0) {
      stop();
      onOver();
    }
  };
  const timer = setInterval(tick, 200);
  const stop = () => clearInterval(timer);
  tick();
  return { element, stop };
}
