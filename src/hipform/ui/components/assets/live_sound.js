// What is heard of a set: one line of speech at a time, and a soft tone. Nothing when muted.

const LIVE_VOICES_WAIT_MS = 3_000; // browsers read their voices after the page

/**
 * Call `unlock` in a click: browsers allow sound only after one. `onNoVoice` is told, once, that this browser
 * has no voice that speaks on this machine.
 */
function createSound({ onNoVoice }) {
  let settings = null;
  let on = true;
  let audio = null;
  let told = false;

  const speaks = () => on && (settings.speak || !settings.tone); // who turns the sound on wants to hear something

  function lookForVoice() {
    if (told || !speaks() || localVoices().length) return;
    told = true;
    onNoVoice();
  }

  return {
    isOn: () => on,
    update(next) {
      settings = next;
    },
    unlock() {
      on = settings.speak || settings.tone;
      audio ??= new AudioContext();
      audio.resume();
      if (speaks()) speak("", settings); // phones speak later only if they did so within the click
      setTimeout(lookForVoice, LIVE_VOICES_WAIT_MS);
    },
    say(text) {
      if (speaks()) speak(text, settings);
    },
    tone() {
      if (on && settings.tone && audio) playTone(audio, settings.volume);
    },
    toggle() {
      on = !on;
      if (!on) window.speechSynthesis?.cancel();
      return on;
    },
    close() {
      window.speechSynthesis?.cancel();
      audio?.close();
      audio = null;
    },
  };
}
