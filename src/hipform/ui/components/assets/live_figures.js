// Drawings: somebody side-on in the picture, the depth gauge, and the signs on the buttons.

Object.assign(ICONS, {
  camera: ["M4 6h11v4l5-3v10l-5-3v4H4z"],
  swap: ["M4 8h11V5l5 4-5 4v-3H4z", "M20 16H9v-3l-5 4 5 4v-3h11z"],
  sound: ["M4 9v6h4l5 5V4L8 9z", "M15 8.5a4 4 0 0 1 0 7z", "M15 4.2v2.1a6 6 0 0 1 0 11.4v2.1a8 8 0 0 0 0-15.6z"],
  mute: ["M4 9v6h4l5 5V4L8 9z", "M21.5 9.4 20 8l-2 2-2-2-1.4 1.4 2 2.1-2 2 1.4 1.5 2-2.1 2 2.1 1.5-1.5-2.1-2z"],
  stop: ["M6 6h12v12H6z"],
  find: ["M10 3a7 7 0 1 0 4.4 12.4l5 5 1.4-1.4-5-5A7 7 0 0 0 10 3zm0 2a5 5 0 1 1 0 10 5 5 0 0 1 0-10z"],
  still: ["M12 3a3 3 0 1 0 0 6 3 3 0 0 0 0-6z", "M8 10h8v6h-2v6h-4v-6H8z"],
  tick: ["M9.5 17.6 4 12.1l1.7-1.7 3.8 3.8L18.3 5.4 20 7.1z"],
  rest: [
    "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm0 2a8 8 0 1 1 0 16 8 8 0 0 1 0-16z",
    "M11 7h2v4.6l3.4 2-1 1.7-4.4-2.6z",
  ],
  eye: [
    "M12 5C6.5 5 2.6 9.2 1 12c1.6 2.8 5.5 7 11 7s9.4-4.2 11-7c-1.6-2.8-5.5-7-11-7zm0 2.5a4.5 4.5 0 1 1 0 9 " +
      "4.5 4.5 0 0 1 0-9z",
    "M12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
  ],
});

// Somebody who stands side-on, feet at 300: head, neck, trunk, leg and shoe in one line; the arm lies upon it.
const LIVE_BODY =
  "M62 8C74 8 81 17 81 30C81 43 74 53 67 55L68 61C77 64 80 76 80 92C80 110 75 122 76 138C79 160 77 184 72 206" +
  "C74 226 70 250 66 272L82 284Q89 288 86 295L44 295Q41 289 44 281C40 262 40 244 44 228C40 208 38 192 38 178" +
  "C33 166 32 154 37 142C40 126 34 112 36 92C37 75 42 65 52 61L52 53C46 49 43 40 43 30C43 17 50 8 62 8Z";
const LIVE_ARM = "M53 78C46 80 45 92 47 104L50 138L55 170C57 177 65 175 64 168L61 136L63 102C64 86 61 77 53 78Z";

function drawing(viewBox, className, children) {
  const svg = svgPart("svg", { viewBox, class: className, "aria-hidden": "true" });
  svg.append(...children);
  return svg;
}

function svgPart(tag, attrs, text = "") {
  const part = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attrs)) part.setAttribute(name, value);
  part.textContent = text;
  return part;
}

/** Somebody who stands side-on, 0..300 high: an outline, or filled with the class `hf-solid`. */
function bodyParts() {
  return [
    svgPart("path", { d: LIVE_BODY }),
    svgPart("path", { d: LIVE_ARM, class: "hf-figure-arm" }),
  ];
}

function standingFigure() {
  return drawing("0 0 120 304", "hf-stage-figure", bodyParts());
}

/** What the camera should see: all of somebody, side-on, both feet in the picture, the camera 3 m away. */
function setUpDrawing() {
  const body = svgPart("g", { transform: "translate(218 18) scale(0.52)", class: "hf-draw-body" });
  body.append(...bodyParts());
  const ring = svgPart("ellipse", { cx: 252, cy: 167, rx: 36, ry: 9, class: "hf-draw-feet" });
  return drawing("0 0 360 216", "hf-draw", [
    svgPart("rect", { x: 150, y: 8, width: 200, height: 176, rx: 10, class: "hf-draw-frame" }),
    svgPart("line", { x1: 150, y1: 168, x2: 350, y2: 168, class: "hf-draw-floor" }),
    ring,
    body,
    svgPart("rect", { x: 28, y: 76, width: 26, height: 46, rx: 5, class: "hf-draw-phone" }),
    svgPart("circle", { cx: 41, cy: 84, r: 3, class: "hf-draw-lens" }),
    svgPart("path", { d: "M41 122v46M41 150l-14 18M41 150l14 18", class: "hf-draw-stand" }),
    svgPart("path", { d: "M58 88 150 8M58 96 150 184", class: "hf-draw-sight" }),
    svgPart("path", { d: "M41 196h210M47 191l-6 5 6 5M245 191l6 5-6 5", class: "hf-draw-arrow" }),
    svgPart("text", { x: 146, y: 213, class: "hf-draw-words" }, "about 3 m"),
  ]);
}

/** The bar that fills downwards as the hips go down, with the target as a notch and the last rep as a ghost. */
function createGauge() {
  const fill = make("div", "hf-gauge-fill");
  const notch = make("div", "hf-gauge-notch");
  const ghost = make("div", "hf-gauge-ghost");
  const bar = make("div", "hf-gauge-bar", {}, [fill, ghost, notch]);
  const text = make("div", "hf-gauge-text");
  const element = make("div", "hf-gauge", { hidden: true, attrs: { "aria-hidden": "true" } }, [bar, text]);

  const put = (mark, share) => {
    mark.hidden = share === null;
    if (share !== null) mark.style.top = `${100 * share}%`;
  };
  return {
    element,
    show(gauge) {
      element.hidden = !gauge;
      if (!gauge) return;
      for (const name of ["share", "target", "ghost"]) element.dataset[name] = gauge[name] ?? "";
      element.classList.toggle("hf-unseen", gauge.share === null);
      element.classList.toggle("hf-reached", gauge.target !== null && gauge.share >= gauge.target);
      fill.style.height = `${100 * Math.min(1, gauge.share ?? 0)}%`;
      put(notch, gauge.target);
      put(ghost, gauge.ghost);
      text.textContent = gauge.text;
    },
  };
}
