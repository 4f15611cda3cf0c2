// The curves over time (Plotly): reps shaded, findings marked, a playhead that follows the video.

const MARK = { info: "circle", warn: "triangle-up", fault: "diamond" };
const MARGIN = { l: 46, r: 14, t: 30, b: 40 };
const CLICK_PX = 4;

let plotlyLoading = null;

/** Loads the chart library once for the page, from this server. */
function loadPlotly(url) {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  plotlyLoading ??= new Promise((resolve, reject) => {
    const script = make("script", "", { src: url, async: true });
    script.addEventListener("load", () => resolve(window.Plotly));
    script.addEventListener("error", () => {
      plotlyLoading = null;
      script.remove();
      reject(new Error("chart library not loaded"));
    });
    document.head.append(script);
  });
  return plotlyLoading;
}

/** `curves` {t, lines, title, note, unit}, `reps` and `findings` as the page gives them; `onSeek(t)` when the curve is clicked. */
function createCurves({ curves, reps, findings, onSeek }) {
  const plot = make("div", "hf-plot");
  const playhead = make("div", "hf-playhead", { hidden: true, attrs: { "aria-hidden": "true" } });
  const area = make("div", "hf-plot-area", {}, [plot, playhead]);
  const whole = button("hf-link", "", () => zoom(null), "Whole set", { "aria-label": null });
  const one = button("hf-link", "", () => rep && zoom(rep), "This rep", { "aria-label": null });
  const element = make("section", "hf-curves", { attrs: { "aria-label": "Curves" } }, [
    make("div", "hf-section-head", {}, [
      make("h3", "", { textContent: curves.title }),
      make("span", "hf-sub", { textContent: curves.note }),
      make("div", "hf-zoom", {}, [whole, one]),
    ]),
    legend(curves.lines),
    area,
  ]);
  const end = curves.t.length ? curves.t[curves.t.length - 1] : 1;
  let range = [0, end];
  let now = 0;
  let rep = null;
  let library = null;
  let closed = false;

  const resized = new ResizeObserver(() => place());
  resized.observe(area);

  function place() {
    const width = area.clientWidth - MARGIN.l - MARGIN.r;
    const share = (now - range[0]) / (range[1] - range[0]);
    playhead.hidden = !library || share < 0 || share > 1;
    playhead.style.transform = `translateX(${MARGIN.l + share * width}px)`;
  }

  function zoom(to) {
    const next = to ? [Math.max(0, (to.start ?? 0) - 0.5), Math.min(end, (to.end ?? end) + 0.5)] : [0, end];
    library?.relayout(plot, { "xaxis.range": next });
  }

  async function draw(url, colours) {
    try {
      library = await loadPlotly(url);
    } catch {
      area.replaceChildren(make("p", "hf-failure", { textContent: "The curves could not be drawn. Reload the page." }));
      return;
    }
    if (closed) return;
    const figure = drawFigure(curves, reps, findings, colours, range);
    await library.react(plot, figure.traces, figure.layout, {
      displayModeBar: false,
      responsive: true,
      doubleClick: "reset",
      showTips: false,
    });
    if (closed) return;
    plot.removeAllListeners("plotly_relayout");
    plot.on("plotly_relayout", () => {
      range = plot.layout.xaxis.range.map(Number);
      place();
    });
    place();
  }

  const listening = new AbortController();
  seekOnClick(area, listening.signal, (x) => {
    const width = area.clientWidth - MARGIN.l - MARGIN.r;
    const share = (x - MARGIN.l) / width;
    if (library && share >= 0 && share <= 1) onSeek(range[0] + share * (range[1] - range[0]));
  });

  return {
    element,
    draw,
    showTime(t) {
      now = t;
      place();
    },
    showRep(current) {
      rep = current;
      one.disabled = !current;
    },
    close() {
      closed = true;
      listening.abort();
      resized.disconnect();
      if (library) library.purge(plot);
    },
  };
}

/** Calls `onClick(x)` for presses that do not move; a drag stays the chart's own zoom. */
function seekOnClick(area, signal, onClick) {
  let down = null;
  area.addEventListener("pointerdown", (event) => (down = [event.clientX, event.clientY]), { capture: true, signal });
  // While a press lasts the chart lays a cover over the page, so the release is looked for everywhere.
  const lift = (event) => {
    if (!down) return;
    const moved = Math.hypot(event.clientX - down[0], event.clientY - down[1]);
    down = null;
    if (moved <= CLICK_PX) onClick(event.clientX - area.getBoundingClientRect().left);
  };
  document.addEventListener("pointerup", lift, { capture: true, signal });
  document.addEventListener("pointercancel", () => (down = null), { capture: true, signal });
}

function legend(lines) {
  const entries = lines.map((line) =>
    make("li", line.faint ? "hf-faint" : "", {}, [
      make("span", `hf-line hf-${line.side ?? "both"}${line.dashed ? " hf-dashed" : ""}`, { attrs: { "aria-hidden": "true" } }),
      line.label,
    ]),
  );
  return make("ul", "hf-legend", { attrs: { "aria-label": "Lines" } }, entries);
}

function drawFigure(curves, reps, findings, colours, range) {
  const known = curves.lines.flatMap((line) => line.y).filter((y) => y !== null);
  const least = curves.unit ? 60 : 0.5; // a quiet stretch should not look like a storm
  const top = Math.max(least, known.reduce((a, b) => Math.max(a, b), 0) * 1.16);
  const bottom = Math.min(0, known.reduce((a, b) => Math.min(a, b), 0) * 1.16);
  const traces = [
    ...curves.lines.flatMap((line) => lineTraces(curves, line, colours)),
    ...reps.filter((rep) => !rep.complete).map((rep) => hatch(rep, bottom, top, colours, range)),
    ...marks(findings, top, colours),
  ];
  return { traces, layout: layoutOf(reps, { bottom, top, unit: curves.unit }, colours, range) };
}

function lineTraces({ t, unit }, line, colours) {
  const colour = line.side ? colours[line.side] : colours.text;
  const trace = {
    type: "scatter",
    mode: "lines",
    x: t,
    y: line.y,
    name: line.label,
    connectgaps: false,
    opacity: line.faint ? 0.45 : 1,
    line: { color: colour, dash: line.dashed ? "dash" : "solid", width: line.faint ? 1.5 : 2.25 },
    hovertemplate: unit ? `%{y:.0f}${unit}` : "%{y:.2f}",
  };
  return line.faint || !line.error.some((e) => e !== null) ? [trace] : [...band(t, line, colour), trace];
}

/** The band of uncertainty around a line, as two invisible lines with a filled space between. */
function band(t, line, colour) {
  const edge = (sign) => line.y.map((y, i) => (y === null || line.error[i] === null ? null : y + sign * line.error[i]));
  const base = { type: "scatter", mode: "lines", x: t, line: { width: 0 }, hoverinfo: "skip", showlegend: false };
  return [
    { ...base, y: edge(-1) },
    { ...base, y: edge(1), fill: "tonexty", fillcolor: `${colour}24` },
  ];
}

function hatch(rep, bottom, top, colours, range) {
  const [a, b] = [rep.start ?? range[0], rep.end ?? range[1]];
  return {
    type: "scatter",
    mode: "none",
    x: [a, b, b, a],
    y: [bottom, bottom, top, top],
    fill: "toself",
    fillcolor: "rgba(0,0,0,0)",
    fillpattern: { shape: "/", size: 7, solidity: 0.12, fgcolor: colours.muted, bgcolor: "rgba(0,0,0,0)" },
    hoverinfo: "skip",
  };
}

function marks(findings, top, colours) {
  const dated = findings.filter((finding) => finding.t !== null);
  if (!dated.length) return [];
  const plain = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  return [
    {
      type: "scatter",
      mode: "markers",
      name: "Finding",
      x: dated.map((finding) => finding.t),
      y: dated.map(() => top * 0.95),
      text: dated.map((finding) => plain(finding.cue)),
      hovertemplate: "%{text}<extra></extra>",
      marker: {
        size: 11,
        symbol: dated.map((finding) => MARK[finding.severity]),
        color: dated.map((finding) => colours[finding.severity]),
        line: { width: 1.5, color: colours.background },
      },
    },
  ];
}

function layoutOf(reps, { bottom, top, unit }, colours, range) {
  const axis = {
    gridcolor: colours.grid,
    linecolor: colours.grid,
    zerolinecolor: colours.grid,
    tickcolor: colours.grid,
    ticks: "outside",
    ticklen: 4,
  };
  const coarse = window.matchMedia("(pointer: coarse)").matches;
  return {
    height: 320,
    margin: { ...MARGIN, pad: 0 },
    autosize: true,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: colours.font, size: 13, color: colours.text },
    showlegend: false,
    hovermode: "x unified",
    hoverlabel: { bgcolor: colours.background, bordercolor: colours.grid, font: { color: colours.text } },
    dragmode: coarse ? false : "zoom", // a finger scrolls the page
    xaxis: { ...axis, range, title: { text: "Time (s)", standoff: 6 }, automargin: false, hoverformat: ".2f", ticksuffix: "", showgrid: false },
    yaxis: { ...axis, range: [bottom, top], ticksuffix: unit, fixedrange: true, automargin: false },
    shapes: reps.map((rep) => shade(rep, colours, range)),
    annotations: reps.map((rep) => repNumber(rep, colours, range)),
  };
}

function shade(rep, colours, range) {
  return {
    type: "rect",
    layer: "below",
    xref: "x",
    yref: "paper",
    x0: rep.start ?? range[0],
    x1: rep.end ?? range[1],
    y0: 0,
    y1: 1,
    line: { width: 0 },
    fillcolor: rep.complete ? colours.shade : "rgba(0,0,0,0)",
  };
}

function repNumber(rep, colours, range) {
  const middle = ((rep.start ?? range[0]) + (rep.end ?? range[1])) / 2;
  return {
    x: middle,
    xref: "x",
    y: 1,
    yref: "paper",
    yanchor: "bottom",
    yshift: 3,
    text: rep.complete ? String(rep.number) : `(${rep.number})`,
    showarrow: false,
    font: { size: 13, color: rep.complete ? colours.text : colours.muted },
  };
}
