// One player: video, rep cards, curves and table that move together, without asking the server.

const players = new WeakMap();
const EDGE_S = 0.1; // the picture shown for a rep's start may be one frame early

/** Streamlit calls this on every change of data or theme; it must get the same clean-up each time. */
export default function render({ parentElement, data, setTriggerValue }) {
  let player = players.get(parentElement);
  if (!player || player.closed) {
    player = createPlayer(parentElement);
    players.set(parentElement, player);
  }
  player.show(data, (rep, accepted) => setTriggerValue("judged", { rep: rep.number, accepted }));
  return player.close;
}

function createPlayer(parent) {
  const root = make("div", "hf");
  let parts = null;
  let shown = null;
  let judge = null;
  parent.append(root);
  root.addEventListener("keydown", (event) => parts?.onKey(event));

  const player = {
    closed: false,
    show(data, onJudge) {
      root.classList.toggle("hf-dark", isDark(root));
      const colours = readColours(root);
      judge = onJudge;
      if (shown?.version !== data.version) {
        parts?.close();
        parts = createParts(data, (rep, accepted) => judge(rep, accepted));
        root.replaceChildren(parts.element);
        parts.start(data.rep);
      } else if (shown.rep !== data.rep) {
        parts.follow(data.rep);
      }
      if (shown?.version !== data.version || shown.video !== data.video) parts.load(data.video);
      parts.showAccepted(data.accepted);
      parts.draw(data.plotly, colours);
      shown = data;
    },
    close() {
      if (player.closed) return;
      player.closed = true;
      parts?.close();
      root.remove();
    },
  };
  return player;
}

function createParts(data, onJudge) {
  let current = null;
  const { reps, curves } = data;
  const findings = [...data.findings, ...reps.flatMap((rep) => rep.findings)];

  const video = createVideo({
    times: curves.t,
    label: data.label,
    onShape: (portrait) => stage.classList.toggle("hf-portrait", portrait),
    loopRange: () => (current ? [current.start ?? 0, current.end ?? Infinity] : null),
    onTime(t) {
      curve.showTime(t);
      if (current && isWithin(current, t, EDGE_S)) return;
      const inside = reps.find((rep) => isWithin(rep, t, 0));
      if (inside) select(inside);
    },
  });
  const goTo = (rep) => {
    select(rep);
    video.seekTime(rep.start ?? rep.bottom ?? 0);
    remember(rep);
  };
  const showMoment = (rep, t) => {
    if (rep) select(rep);
    video.seekTime(t);
    if (rep) remember(rep);
  };
  const cards = createCards({ reps, findings: data.findings, stills: data.stills, onRep: goTo, onMoment: showMoment, onJudge });
  const curve = createCurves({ curves, reps, findings, onSeek: (t) => video.seekTime(t) });
  const table = createTable({ table: data.table, reps, onRep: goTo, onMoment: showMoment });

  function select(rep) {
    current = rep;
    cards.showRep(rep);
    curve.showRep(rep);
    table.showRep(rep);
  }

  const neighbour = (by) => {
    const at = reps.indexOf(current);
    const next = reps[at < 0 ? (by > 0 ? 0 : reps.length - 1) : at + by];
    if (next) goTo(next);
  };
  const onKey = keyHandler({
    " ": video.toggle,
    k: video.toggle,
    ",": () => video.step(-1),
    ".": () => video.step(1),
    ArrowLeft: () => video.step(-1),
    ArrowRight: () => video.step(1),
    "[": () => neighbour(-1),
    "]": () => neighbour(1),
    l: video.toggleLoop,
  });
  const find = (number) => reps.find((rep) => rep.number === number);

  const stage = make("div", "hf-stage", {}, [video.element, cards.element]);

  curve.showRep(null);
  return {
    element: make("div", "hf-page", {}, [
      stage,
      curve.element,
      table.element,
    ]),
    onKey,
    load: video.load,
    draw: curve.draw,
    showAccepted(accepted) {
      cards.showAccepted(accepted);
      table.showAccepted(accepted);
    },
    start(number) {
      const rep = find(number) ?? null;
      if (rep) {
        select(rep);
        video.seekTime(rep.start ?? rep.bottom ?? 0);
      }
    },
    follow(number) {
      const rep = find(number);
      if (rep && rep !== current) goTo(rep);
    },
    close() {
      video.close();
      curve.close();
    },
  };
}

function isWithin(rep, t, early) {
  return (rep.start ?? 0) - early <= t && t < (rep.end ?? Infinity);
}

/** Keys work while the focus is in the player; what a focused control does itself is left to it. */
function keyHandler(actions) {
  return (event) => {
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && event.target.closest("button")) return;
    if (event.key.startsWith("Arrow") && event.target.closest(".hf-scroll")) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };
}

/** Puts the rep into the page's address, so that it can be bookmarked. */
function remember(rep) {
  const address = new URL(window.location.href);
  address.searchParams.set("rep", rep.number);
  window.history.replaceState(window.history.state, "", address);
}

function readColours(root) {
  const style = getComputedStyle(root);
  const variable = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  const background = variable("--st-background-color", "#ffffff");
  const dark = isDark(root);
  return {
    dark,
    background,
    text: variable("--st-text-color", "#17211F"),
    grid: variable("--st-border-color", "#D5DDDB"),
    font: variable("--st-font", "sans-serif"),
    muted: dark ? "#9AA8A5" : "#5B6967",
    left: variable("--hf-left"), // set in player.css, for the legend too
    right: variable("--hf-right"),
    shade: dark ? "rgba(130, 200, 190, 0.13)" : "rgba(11, 110, 100, 0.08)",
    info: dark ? "#9AA8A5" : "#5B6967",
    warn: dark ? "#F0B849" : "#8A5A00",
    fault: dark ? "#F08CBF" : "#A3195B",
  };
}
