// The video with its controls: speed, frame steps, a loop over one rep, and the time of the picture shown.

const SPEEDS = [0.25, 0.5, 1];
const FRAME_TOLERANCE_S = 0.002; // container time stamps are rounded

/**
 * `times` are the frames' times in seconds; `onTime(t)` is told the time of each picture that is shown.
 * `onShape(portrait)` its shape once it is known; `loopRange()` gives [start, end] of what to repeat, or null.
 */
function createVideo({ times, label, onTime, onShape, loopRange }) {
  const video = make("video", "hf-video", {
    playsInline: true,
    muted: true,
    preload: "auto",
    tabIndex: 0,
    attrs: { "aria-label": label },
  });
  const failure = make("p", "hf-failure", { hidden: true, attrs: { role: "alert" } });
  const last = times.length ? times[times.length - 1] : 0;
  let looping = false;

  const duration = () => (Number.isFinite(video.duration) ? video.duration : last);
  const seek = (t) => {
    video.currentTime = Math.min(Math.max(0, t), duration());
  };
  // Within the frame, not on its edge: which picture is shown at an edge depends on rounding.
  const seekFrame = (index) => {
    if (!times.length) return;
    const i = Math.min(Math.max(0, index), times.length - 1);
    const length = i + 1 < times.length ? times[i + 1] - times[i] : 0.02;
    seek(times[i] + Math.min(0.25 * length, 0.005));
  };
  const step = (by) => {
    video.pause();
    seekFrame(indexAt(times, video.currentTime + FRAME_TOLERANCE_S) + by);
  };
  const seekTime = (t) => seekFrame(Math.max(0, indexAt(times, t + FRAME_TOLERANCE_S)));
  const toggle = () => {
    if (!video.paused) video.pause();
    else video.play().catch(() => {}); // a refused play leaves the picture paused, which is visible
  };

  const controls = createControls({ video, duration, seek, step, toggle, setLoop, isLooping: () => looping });

  function setLoop(on) {
    looping = on;
    controls.showLoop(on);
    const range = loopRange();
    if (on && range && (video.currentTime < range[0] || video.currentTime >= range[1])) seekTime(range[0]);
  }

  function shown(t) {
    if (video.seeking) return; // a picture from before the jump
    const range = looping ? loopRange() : null;
    controls.showTime(t, duration());
    if (range && !video.paused && t >= range[1]) seekTime(range[0]);
    else onTime(t);
  }

  const stopWatching = watchPictures(video, shown);
  video.addEventListener("click", toggle);
  video.addEventListener("play", () => controls.showPlaying(true));
  video.addEventListener("pause", () => controls.showPlaying(false));
  video.addEventListener("loadedmetadata", () => {
    controls.showTime(video.currentTime, duration());
    onShape(video.videoHeight > video.videoWidth);
  });
  // A picture that is on the screen already is not reported again, though it was sought.
  video.addEventListener("seeked", () => video.paused && shown(video.currentTime));
  video.addEventListener("ended", () => {
    const range = looping ? loopRange() : null;
    if (!range) return;
    seekTime(range[0]);
    toggle();
  });
  video.addEventListener("error", () => {
    failure.textContent = "The video could not be loaded. Reload the page; the numbers below are complete.";
    failure.hidden = false;
  });

  const element = make("div", "hf-watch", {}, [
    make("div", "hf-screen", {}, [video, failure]),
    ...controls.elements,
  ]);
  return {
    element,
    seekTime,
    step,
    toggle,
    toggleLoop: () => setLoop(!looping),
    load(url) {
      if (!url) return;
      const t = video.currentTime;
      failure.hidden = true;
      video.src = url;
      if (t) video.addEventListener("loadedmetadata", () => seek(t), { once: true });
    },
    close() {
      stopWatching();
      video.pause();
      video.removeAttribute("src");
      video.load(); // lets go of the connection
    },
  };
}

/** Calls `onTime` with the media time of every picture that reaches the screen; returns how to stop. */
function watchPictures(video, onTime) {
  let handle = 0;
  if ("requestVideoFrameCallback" in video) {
    const next = (_now, picture) => {
      onTime(picture.mediaTime);
      handle = video.requestVideoFrameCallback(next);
    };
    handle = video.requestVideoFrameCallback(next);
    return () => video.cancelVideoFrameCallback(handle);
  }
  let last = -1;
  const poll = () => {
    if (video.currentTime !== last) {
      last = video.currentTime;
      onTime(last);
    }
    handle = requestAnimationFrame(poll);
  };
  handle = requestAnimationFrame(poll);
  return () => cancelAnimationFrame(handle);
}

function createControls({ video, duration, seek, step, toggle, setLoop, isLooping }) {
  const slider = make("input", "hf-slider", {
    type: "range",
    min: 0,
    max: 1,
    step: "any",
    value: 0,
    attrs: { "aria-label": "Position in the video" },
  });
  slider.addEventListener("input", () => seek(Number(slider.value) * duration()));

  const play = button("hf-button hf-play", "Play", toggle, icon("play"));
  const time = make("span", "hf-time", { textContent: "0:00.0" });
  const loop = button("hf-button hf-toggle", "Repeat this rep", () => setLoop(!isLooping()), [
    icon("loop"),
    make("span", "hf-wide", { textContent: "Loop rep" }),
  ], { "aria-pressed": "false" });
  const speeds = SPEEDS.map((rate) =>
    button("hf-speed", `Speed ${rate}×`, () => setSpeed(rate), `${rate}×`, { "aria-pressed": rate === 1 }),
  );
  function setSpeed(rate) {
    video.playbackRate = rate;
    speeds.forEach((speed, i) => speed.setAttribute("aria-pressed", SPEEDS[i] === rate));
  }
  const full = button("hf-button hf-full", "Fill the screen", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else (video.requestFullscreen ?? video.webkitEnterFullscreen)?.call(video);
  }, icon("full"));

  const row = make("div", "hf-controls", { attrs: { role: "group", "aria-label": "Video" } }, [
    make("div", "hf-group", {}, [
      button("hf-button", "One picture back", () => step(-1), icon("back")),
      play,
      button("hf-button", "One picture forward", () => step(1), icon("forward")),
    ]),
    time,
    make("div", "hf-speeds", { attrs: { role: "group", "aria-label": "Speed" } }, speeds),
    loop,
    full,
  ]);
  const hint = make("p", "hf-hint", {
    textContent: "Keys: space plays and stops, ← → (or , .) one picture, [ ] one rep, l repeats the rep.",
  });

  return {
    elements: [slider, row, hint],
    showLoop: (on) => loop.setAttribute("aria-pressed", on),
    showPlaying(on) {
      play.replaceChildren(icon(on ? "pause" : "play"));
      play.setAttribute("aria-label", on ? "Pause" : "Play");
      play.title = on ? "Pause" : "Play";
    },
    showTime(t, total) {
      const share = total ? Math.min(1, t / total) : 0;
      slider.value = share;
      slider.style.setProperty("--hf-share", share);
      slider.setAttribute("aria-valuetext", `${t.toFixed(1)} of ${total.toFixed(1)} seconds`);
      time.textContent = `${clock(t)} / ${clock(total)}`;
    },
  };
}
