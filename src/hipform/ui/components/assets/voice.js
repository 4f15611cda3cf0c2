// The choice of a voice: only the browser knows which there are. The page is told the language and the voice.

const choosers = new WeakMap();

const SAMPLE = "Three. Sit a little lower, if it feels fine.";
/* Browsers that load their voices late have them within a second; three are ample (ours). */
const WAIT_MS = 3000;
const WORDS = {
  waiting: "Looking for the voices of this browser …",
  mute: "This browser cannot speak. Everything that is said is also shown on the screen.",
  none:
    "This browser has no voice. Add one in the speech settings of your system (on Linux: install " +
    "speech-dispatcher and espeak-ng), then reload. Everything that is said is also shown on the screen.",
  far:
    "This browser only has voices that speak over the internet. hipform does not use them, because what is said " +
    "would leave this machine. Add a voice in the speech settings of your system, or try another browser.",
};

/** Streamlit calls this on every change of data or theme; it must get the same clean-up each time. */
export default function render({ parentElement, data, setStateValue }) {
  let chooser = choosers.get(parentElement);
  if (!chooser) {
    chooser = createChooser(parentElement);
    choosers.set(parentElement, chooser);
  }
  chooser.update(data, setStateValue);
  return chooser.close;
}

function createChooser(parent) {
  let settings = null;
  let chosen = null;
  let tell = () => {};
  let patient = true;
  let audio = null;

  const language = make("select", "hf-select");
  const voice = make("select", "hf-select");
  const note = make("p", "hf-note", { attrs: { role: "status" } });
  const tryIt = button("hf-button hf-try", "", hear, [icon("play"), "Try it"]);
  const fields = make("div", "hf-fields", {}, [field("Language", language), field("Voice", voice), tryIt]);
  const root = make("div", "hf hf-voice", {}, [fields, note]);
  parent.append(root);

  language.addEventListener("change", () => choose({ language: language.value, voice: "" }));
  voice.addEventListener("change", () => choose({ language: language.value, voice: voice.value }));
  const unwatch = watchVoices(() => settings && draw());
  const timer = setTimeout(() => {
    patient = false;
    draw();
  }, WAIT_MS);

  function choose(choice) {
    chosen = choice;
    draw();
    tell("choice", choice);
  }

  function draw() {
    const voices = localVoices();
    fields.hidden = !voices.length;
    note.textContent = voices.length ? lacking(voices, chosen) : silence(patient);
    if (!voices.length) return;
    language.replaceChildren(...languageOptions(voices));
    language.value = offers(language, chosen.language) ? chosen.language : "";
    const spoken = voices.filter((one) => languageTag(one.lang) === language.value);
    const picked = pickVoice(voices, "", chosen.language);
    voice.replaceChildren(option("", `Automatic: ${picked.name}`), ...spoken.map((one) => option(one.voiceURI, one.name)));
    voice.value = offers(voice, chosen.voice) ? chosen.voice : "";
    voice.disabled = !spoken.length;
  }

  function hear() {
    const utterance = speak(SAMPLE, { ...chosen, volume: settings.volume });
    if (!utterance) return;
    note.textContent = "";
    utterance.onerror = ({ error }) => {
      if (error !== "interrupted" && error !== "canceled") note.textContent = `The voice stayed silent (${error}). Try another one.`;
    };
    if (!settings.tone) return;
    audio ??= new AudioContext();
    utterance.onend = () => playTone(audio, settings.volume);
  }

  return {
    update(data, setStateValue) {
      tell = setStateValue;
      chosen ??= { voice: data.voice, language: data.language };
      settings = data;
      root.classList.toggle("hf-dark", isDark(root));
      draw();
    },
    close() {
      clearTimeout(timer);
      unwatch();
      window.speechSynthesis?.cancel();
      audio?.close();
      choosers.delete(parent);
      root.remove();
    },
  };
}

/** Why nothing can be chosen; while there is still hope, that it is being looked. */
function silence(patient) {
  if (!window.speechSynthesis) return WORDS.mute;
  if (speechSynthesis.getVoices().length) return WORDS.far;
  return patient ? WORDS.waiting : WORDS.none;
}

/** What to know when the choice was made in another browser that has other voices. */
function lacking(voices, { voice, language }) {
  const speaks = pickVoice(voices, voice, language);
  if (voice && speaks.voiceURI !== voice) return `The chosen voice is not in this browser: ${speaks.name} speaks instead.`;
  const wanted = language && baseLanguage(language) !== baseLanguage(speaks.lang);
  return wanted ? `This browser has no voice for ${languageName(language)}: ${speaks.name} speaks instead.` : "";
}

/** English first, since the texts are English; each language once. */
function languageOptions(voices) {
  const tags = [...new Set(voices.map((one) => languageTag(one.lang)))];
  const sorted = tags.map((tag) => [tag, languageName(tag)]).sort(([, a], [, b]) => a.localeCompare(b, "en"));
  const group = (label, wanted) => {
    const inside = sorted.filter(([tag]) => (baseLanguage(tag) === "en") === wanted);
    return inside.length ? [make("optgroup", "", { label }, inside.map(([tag, name]) => option(tag, name)))] : [];
  };
  return [option("", "Automatic"), ...group("English", true), ...group("Others (the words stay English)", false)];
}

function languageName(tag) {
  try {
    return new Intl.DisplayNames(["en"], { type: "language", languageDisplay: "standard" }).of(tag);
  } catch {
    return tag; // systems give voices names that are no language of the standard
  }
}

function field(label, control) {
  return make("label", "hf-field", {}, [make("span", "hf-field-label", { textContent: label }), control]);
}

function option(value, text) {
  return make("option", "", { value, textContent: text });
}

function offers(select, value) {
  return [...select.options].some((one) => one.value === value);
}
