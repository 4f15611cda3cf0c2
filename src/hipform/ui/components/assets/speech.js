// What is heard: the voice that a browser reads texts with, and a soft tone.

/* Ours: a short fifth upwards, soft enough to repeat with each rep. */
const TONE = { fromHz: 660, toHz: 990, lengthS: 0.22, loudness: 0.35 };

/** The voices that speak on this machine. Others send each text over the internet, which hipform never does. */
function localVoices() {
  return (window.speechSynthesis?.getVoices() ?? []).filter((voice) => voice.localService);
}

/** Calls `onChange` now and whenever the voices have changed: some browsers know them only later. */
function watchVoices(onChange) {
  onChange();
  window.speechSynthesis?.addEventListener?.("voiceschanged", onChange);
  return () => window.speechSynthesis?.removeEventListener?.("voiceschanged", onChange);
}

/**
 * The voice for a choice: the named one; else one of that language, then of that language in another country;
 * else an English one (the texts are English), of the reader's own country first; else any. Null without voices.
 */
function pickVoice(voices, name, language) {
  const own = [language, ...navigator.languages.filter((one) => baseLanguage(one) === "en"), "en"].filter(Boolean);
  const ways = [
    (voice) => name && voice.voiceURI === name,
    ...own.map((tag) => (voice) => languageTag(voice.lang) === languageTag(tag)),
    ...own.map((tag) => (voice) => baseLanguage(voice.lang) === baseLanguage(tag)),
    () => true,
  ];
  for (const fits of ways) {
    const found = voices.filter(fits);
    if (found.length) return found.find((voice) => voice.default) ?? found[0];
  }
  return null;
}

/** Says a text in place of what is being said; `volume` is 0..1. Silent where there is no voice. */
function speak(text, { voice, language, volume }) {
  const picked = pickVoice(localVoices(), voice, language);
  if (!picked) return null;
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.voice = picked;
  utterance.lang = languageTag(picked.lang);
  utterance.volume = volume;
  speechSynthesis.cancel();
  speechSynthesis.resume(); // a browser that was paused in another tab stays silent otherwise
  speechSynthesis.speak(utterance);
  return utterance;
}

/** The soft tone, on an `AudioContext` that a click has woken; `volume` is 0..1. */
function playTone(audio, volume) {
  const start = audio.currentTime;
  const end = start + TONE.lengthS;
  const oscillator = new OscillatorNode(audio, { type: "sine", frequency: TONE.fromHz });
  oscillator.frequency.exponentialRampToValueAtTime(TONE.toHz, start + TONE.lengthS / 2);
  const gain = new GainNode(audio, { gain: 0 });
  gain.gain.linearRampToValueAtTime(TONE.loudness * volume, start + 0.02);
  gain.gain.linearRampToValueAtTime(0, end);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(start);
  oscillator.stop(end);
}

/** "en_us" as "en-US". */
function languageTag(language) {
  const [base, ...rest] = language.replaceAll("_", "-").split("-");
  return [base.toLowerCase(), ...rest.map((part) => (part.length === 2 ? part.toUpperCase() : part))].join("-");
}

function baseLanguage(language) {
  return languageTag(language).split("-")[0];
}
