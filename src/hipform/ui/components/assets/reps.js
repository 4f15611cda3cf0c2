// The reps as cards beside the video, and all measures as a table below.

const DEPTH_ICON = { "clearly below": "below", "about parallel": "level", "clearly above": "above" };
const DEPTH_TEXT = {
  "clearly below": "Below parallel",
  "about parallel": "About parallel",
  "clearly above": "Above parallel",
};

/** `onRep(rep)` starts at a rep, `onMoment(rep, t)` shows one moment of it, `onJudge` as in judging.js. */
function createCards({ reps, findings, stills, onRep, onMoment, onJudge }) {
  const list = make("ol", "hf-reps", { attrs: { "aria-label": "Reps" } });
  const judgings = new Map(reps.map((rep) => [rep.number, createJudging(rep, onJudge)]));
  const cards = new Map(
    reps.map((rep) => [rep.number, repCard(rep, stills[rep.number], judgings.get(rep.number), onRep, onMoment)]),
  );
  if (findings.length) list.append(setCard(findings, onMoment));
  list.append(...cards.values());
  if (!reps.length) {
    list.append(
      make("li", "hf-none", {}, "No reps were counted in this video. “Not measured, and why” below may tell the reason."),
    );
  }
  return {
    element: list,
    showAccepted(accepted) {
      for (const [number, judging] of judgings) {
        const said = accepted[number] ?? null;
        judging.show(said);
        cards.get(number).classList.toggle("hf-rejected", said === false);
      }
    },
    showRep(current) {
      for (const [number, card] of cards) {
        const on = number === current?.number;
        card.classList.toggle("hf-current", on);
        if (on) card.setAttribute("aria-current", "true");
        else card.removeAttribute("aria-current");
        if (on) reveal(list, card);
      }
    },
  };
}

/** Scrolls the list, and only the list, until the card is in view. */
function reveal(list, card) {
  const box = list.getBoundingClientRect();
  const inner = card.getBoundingClientRect();
  if (inner.top < box.top) list.scrollTop -= box.top - inner.top + 8;
  else if (inner.bottom > box.bottom) list.scrollTop += Math.min(inner.bottom - box.bottom + 8, inner.top - box.top);
}

function setCard(findings, onMoment) {
  return make("li", "hf-card hf-set", {}, [
    make("h3", "", { textContent: "About the whole set" }),
    ...findings.map((finding) => findingLine(finding, null, onMoment)),
  ]);
}

function repCard(rep, still, judging, onRep, onMoment) {
  const name = `Rep ${rep.number}`;
  const head = make("div", "hf-card-head", {}, [
    button("hf-rep-name", "", () => onRep(rep), name, { "aria-label": `Go to rep ${rep.number}` }),
    rep.depth ? badge("depth", DEPTH_ICON[rep.depth], DEPTH_TEXT[rep.depth]) : null,
    rep.partial ? badge("partial", "info", rep.partial) : null,
    rep.review ? badge("review", "warn", `Please check: ${rep.review}`) : null,
    judging.badge,
  ]);
  const body = make("div", "hf-card-body", {}, [
    head,
    rep.kind ? make("p", "hf-kind", { textContent: rep.kind }) : null,
    make("dl", "hf-facts", {}, [...rep.facts.flatMap(fact), ...tempo(rep.tempo)]),
    ...rep.findings.map((finding) => findingLine(finding, rep, onMoment)),
    judging.choices,
  ]);
  const card = make("li", rep.complete ? "hf-card" : "hf-card hf-card-partial", { attrs: { "data-rep": rep.number } }, [
    still ? stillButton(rep, still, onMoment) : null,
    body,
  ]);
  card.addEventListener("click", (event) => {
    if (!event.target.closest("button")) onRep(rep);
  });
  return card;
}

function stillButton(rep, url, onMoment) {
  const picture = make("img", "", { src: url, alt: "", loading: "lazy", decoding: "async" });
  const element = button("hf-still", `Show the bottom of rep ${rep.number}`, () => onMoment(rep, rep.bottom ?? rep.start), picture);
  picture.addEventListener("error", () => element.remove());
  return element;
}

function badge(kind, iconName, text) {
  return make("span", `hf-badge hf-badge-${kind}`, {}, [icon(iconName), text]);
}

function fact({ label, value, side, reason }) {
  const text = value ? make("span", "hf-number", { textContent: value }) : make("span", "hf-missing", { textContent: "not measured", title: reason ?? "" });
  return [make("dt", "", { textContent: label }), make("dd", "", {}, [text, side ? make("span", "hf-side", { textContent: ` ${side}` }) : null])];
}

function tempo(parts) {
  if (parts.every((part) => part === null)) return [];
  const text = parts.map((part) => part ?? "?").join(" – ");
  return [
    make("dt", "", { textContent: "Down – pause – up" }),
    make("dd", "", {}, make("span", "hf-number", { textContent: `${text} s` })),
  ];
}

function findingLine(finding, rep, onMoment) {
  const side = finding.side ? `, ${finding.side}` : "";
  const content = [
    icon(finding.severity),
    make("span", "", {}, [
      make("strong", "", { textContent: `${finding.word}: ` }),
      finding.cue,
      make("span", "hf-compared", { textContent: ` (${finding.rule}${side}: ${finding.compared})` }),
    ]),
  ];
  const className = `hf-finding hf-${finding.severity}`;
  if (finding.t === null) return make("p", className, {}, content);
  const element = make("button", className, { type: "button", title: "Show this moment" }, content);
  element.addEventListener("click", () => onMoment(rep, finding.t));
  return element;
}

/** A finding in few words, with the whole of it on hover and for readers. */
function findingMark(finding, rep, onMoment) {
  const side = finding.side ? `, ${finding.side}` : "";
  const whole = `${finding.word}: ${finding.cue} ${finding.rule}${side}: ${finding.compared}`;
  const content = [icon(finding.severity), make("span", "", { textContent: finding.rule + side })];
  const className = `hf-finding hf-${finding.severity}`;
  if (finding.t === null) return make("span", className, { title: whole }, content);
  return button(className, whole, () => onMoment(rep, finding.t), content);
}

function createTable({ table, reps, onRep, onMoment }) {
  const byNumber = new Map(reps.map((rep) => [rep.number, rep]));
  const header = make("tr", "", {}, [
    make("th", "hf-first", { textContent: "Rep", attrs: { scope: "col" } }),
    make("th", "hf-second", { textContent: "Findings", attrs: { scope: "col" } }),
    ...table.columns.map((column) => make("th", "", { textContent: column, attrs: { scope: "col" } })),
  ]);
  const rows = table.rows.map((row) => tableRow(row, byNumber.get(row.rep), onRep, onMoment));
  const element = make("section", "hf-table", { attrs: { "aria-label": "All measures" } }, [
    make("div", "hf-section-head", {}, [
      make("h3", "", { textContent: "All measures" }),
      make("span", "hf-sub", { textContent: "± holds 9 of 10 errors; click a row to see it" }),
    ]),
    make("div", "hf-scroll", { tabIndex: 0, attrs: { role: "region", "aria-label": "Table of reps, scrolls sideways" } }, [
      make("table", "", {}, [make("thead", "", {}, header), make("tbody", "", {}, rows.map(([tr]) => tr))]),
    ]),
  ]);
  element.hidden = !rows.length;
  return {
    element,
    showRep: (current) => rows.forEach(([tr, number]) => tr.classList.toggle("hf-current", number === current?.number)),
    showAccepted: (accepted) => rows.forEach(([, number, rejected]) => (rejected.hidden = accepted[number] !== false)),
  };
}

function tableRow(row, rep, onRep, onMoment) {
  const name = row.complete ? String(row.rep) : `${row.rep} (partial)`;
  const rejected = make("div", "hf-sub", { hidden: true, textContent: "rejected by you" });
  const tr = make("tr", "", { attrs: { "data-rep": row.rep } }, [
    make("th", "hf-first", { attrs: { scope: "row" } }, [
      button("hf-rep-name", "", () => onRep(rep), name, { "aria-label": `Go to rep ${row.rep}` }),
      rejected,
    ]),
    make("td", "hf-second", {}, rep.findings.length ? rep.findings.map((one) => findingMark(one, rep, onMoment)) : "–"),
    ...row.cells.map((cell) => make("td", cell ? "" : "hf-missing", { textContent: cell || "–" })),
  ]);
  tr.addEventListener("click", (event) => {
    if (!event.target.closest("button")) onRep(rep);
  });
  return [tr, row.rep, rejected];
}
