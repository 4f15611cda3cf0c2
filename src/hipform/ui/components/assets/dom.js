// Small helpers to build elements. Text is only ever set as text, never read as HTML.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  play: ["M8 5v14l11-7z"],
  pause: ["M6 5h4v14H6z", "M14 5h4v14h-4z"],
  back: ["M6 6h2v12H6z", "M18 6v12l-8-6z"],
  forward: ["M16 6h2v12h-2z", "M6 6v12l8-6z"],
  loop: ["M7 7h10v3l4-4-4-4v3H5v6h2z", "M17 17H7v-3l-4 4 4 4v-3h12v-6h-2z"],
  full: ["M5 14H3v7h7v-2H5z", "M3 10h2V5h5V3H3z", "M19 19h-5v2h7v-7h-2z", "M14 3v2h5v5h2V3z"],
  close: ["M19 6.4 17.6 5 12 10.6 6.4 5 5 6.4 10.6 12 5 17.6 6.4 19 12 13.4 17.6 19 19 17.6 13.4 12z"],
  check: ["M9 16.2 4.8 12l-1.4 1.4L9 19 21 7l-1.4-1.4z"],
  upload: ["M11 16V7.8l-3.3 3.3-1.4-1.4L12 4l5.7 5.7-1.4 1.4L13 7.8V16z", "M5 18h14v2H5z"],
  info: ["M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm1 15h-2v-6h2zm0-8h-2V7h2z"],
  warn: ["M12 3 1.5 21h21zm1 15h-2v-2h2zm0-4h-2v-4h2z"],
  fault: ["M12 2 22 12 12 22 2 12zm1 14h-2v-2h2zm0-4h-2V7h2z"],
  below: ["M11 4h2v10l4-4 1.4 1.4L12 17.8l-6.4-6.4L7 10l4 4z", "M4 19h16v2H4z"],
  level: ["M4 7h16v2H4z", "M4 15h16v2H4z"],
  above: ["M4 3h16v2H4z", "M11 20h2V10l4 4 1.4-1.4L12 6.2l-6.4 6.4L7 14l4-4z"],
};

/** An element with class, properties, attributes (`attrs`) and children (elements or texts). */
function make(tag, className, options = {}, children = []) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  const { attrs = {}, ...properties } = options;
  Object.assign(element, properties);
  for (const [name, value] of Object.entries(attrs)) {
    if (value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...[children].flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** A one-colour drawing of 24 × 24 units that readers skip. */
function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "hf-icon");
  for (const d of ICONS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

function button(className, label, onClick, children, attrs = {}) {
  const element = make("button", className, { type: "button", attrs: { "aria-label": label, ...attrs } }, children);
  if (label) element.title = label;
  element.addEventListener("click", onClick);
  return element;
}

/** Seconds as m:ss.d, or s.d below a minute. */
function clock(seconds) {
  const tenths = Math.floor(Math.max(0, seconds) * 10 + 1e-6);
  const minutes = Math.floor(tenths / 600);
  const rest = ((tenths % 600) / 10).toFixed(1);
  return `${minutes}:${rest.padStart(4, "0")}`;
}

/** Index of the last entry of the sorted `times` that is not after `t`; -1 when all are. */
function indexAt(times, t) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= t) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Whether the page around an element is dark, by the theme's background. */
function isDark(element) {
  const background = getComputedStyle(element).getPropertyValue("--st-background-color").trim() || "#ffffff";
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  canvas.fillStyle = background;
  canvas.fillRect(0, 0, 1, 1);
  const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
  return 0.299 * r + 0.587 * g + 0.114 * b < 100;
}
