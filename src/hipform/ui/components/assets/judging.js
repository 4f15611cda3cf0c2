// The user's own word on a rep, beside what was measured: accepted, rejected, or nothing said.

const JUDGED = new Map([
  [true, { icon: "check", badge: "You accepted this rep" }],
  [false, { icon: "close", badge: "You rejected this rep: left out of trends" }],
]);

/** `onJudge(rep, accepted)`; what is pressed a second time is taken back (null). `card` shows it too. */
function createJudging(rep, onJudge) {
  let said = null;
  const badge = make("span", "hf-badge hf-badge-judged", { hidden: true });
  const choices = [
    [true, "Accept", `Accept rep ${rep.number}: I looked, and it was a rep`],
    [false, "Reject", `Reject rep ${rep.number}: leave it out of trends`],
  ].map(([accepted, text, label]) => [
    accepted,
    button("hf-judge", label, () => onJudge(rep, said === accepted ? null : accepted), [icon(JUDGED.get(accepted).icon), text]),
  ]);
  return {
    badge,
    choices: make("div", "hf-judging", { attrs: { role: "group", "aria-label": `Your own word on rep ${rep.number}` } }, choices.map(([, element]) => element)),
    show(accepted) {
      said = accepted;
      const words = JUDGED.get(accepted);
      badge.hidden = !words;
      badge.replaceChildren(...(words ? [icon(words.icon), words.badge] : []));
      for (const [value, element] of choices) element.setAttribute("aria-pressed", String(value === accepted));
    },
  };
}
