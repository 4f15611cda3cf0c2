// From the camera to the line: which pictures are sent, how large, and those that wait for their answer.

const LIVE_IN_FLIGHT = 2; // one being looked at, one on its way: more would only be older
const LIVE_ANSWER_LIMIT_MS = 2_000; // a picture without an answer for so long was dropped on the way
const LIVE_SIDES_PX = [640, 512, 384]; // the model looks at 256 px; below 384 a whole body gets too coarse (ours)
const LIVE_JPEG_QUALITY = 0.8; // 33 kB at 640 × 480; joints do not move against 0.95 (ours)
const LIVE_WINDOW_MS = 2_000; // rates are counted over so long
const LIVE_ENOUGH_HZ = 20; // a faster rate needs no smaller pictures
const LIVE_SPARE_WINDOWS = 4; // so long at the full rate before a larger picture is tried

/** Sends pictures of `video`; `send(t, number, jpeg)` gives whether it went out, `onRaw` sees every picture. */
function createFrames({ video, clock, send, onRaw }) {
  const encoder = createEncoder();
  const pace = createPace();
  const waiting = new Map(); // number -> {bitmap, captured}
  let sending = false;
  let encoding = false;
  let lastT = 0;

  const stopWatching = watchCamera(video, (captured) => {
    pace.camera();
    onRaw();
    if (sending && !encoding && room()) take(captured);
  });

  function room() {
    const now = performance.now();
    for (const [number, one] of waiting) if (now - one.captured > LIVE_ANSWER_LIMIT_MS) drop(number);
    return waiting.size < LIVE_IN_FLIGHT;
  }

  async function take(captured) {
    encoding = true;
    try {
      const bitmap = await createImageBitmap(video);
      const jpeg = await encoder.encode(bitmap, pace.side());
      const t = Math.max(clock.at(captured), lastT + 1e-4);
      const number = clock.next();
      if (sending && jpeg && send(t, number, jpeg)) {
        lastT = t;
        waiting.set(number, { bitmap, captured });
      } else {
        bitmap.close();
      }
    } catch {
      // The camera went away between two pictures; its end is told by the track.
    } finally {
      encoding = false;
    }
  }

  function drop(number) {
    waiting.get(number)?.bitmap.close();
    waiting.delete(number);
  }

  function forget() {
    for (const number of [...waiting.keys()]) drop(number);
  }

  return {
    side: pace.side,
    forget,
    sendOn(on) {
      sending = on;
      if (on) pace.restart();
    },
    /** The picture that was answered, to be closed by the caller, or null; older ones were passed over. */
    answered(number) {
      const found = waiting.get(number) ?? null;
      waiting.delete(number);
      for (const older of [...waiting.keys()]) if (older < number) drop(older);
      if (found) pace.answer();
      return found;
    },
    close() {
      sending = false;
      stopWatching();
      encoder.close();
      forget();
    },
  };
}

/** Seconds for the server: the page's clock without the time in which the set was paused; and picture numbers. */
function createClock() {
  let pausedMs = 0;
  let since = null;
  let number = 0;
  return {
    next: () => number++,
    at: (nowMs) => (performance.timeOrigin + nowMs - pausedMs) / 1000,
    pause() {
      since ??= performance.now();
    },
    goOn() {
      if (since !== null) pausedMs += performance.now() - since;
      since = null;
    },
  };
}

/** Calls `onPicture` with the capture time (performance clock, ms) of every new picture; returns how to stop. */
function watchCamera(video, onPicture) {
  let handle = 0;
  if ("requestVideoFrameCallback" in video) {
    const next = (now, picture) => {
      handle = video.requestVideoFrameCallback(next);
      onPicture(picture.captureTime ?? now);
    };
    handle = video.requestVideoFrameCallback(next);
    return () => video.cancelVideoFrameCallback(handle);
  }
  let last = -1;
  const poll = (now) => {
    handle = requestAnimationFrame(poll);
    if (video.currentTime === last) return;
    last = video.currentTime;
    onPicture(now);
  };
  handle = requestAnimationFrame(poll);
  return () => cancelAnimationFrame(handle);
}

/** How large pictures are sent: smaller while too few are answered, larger again when all are. */
function createPace() {
  let at = 0;
  let [seen, answers, spare, patience] = [0, 0, 0, LIVE_SPARE_WINDOWS];
  let since = performance.now();

  function restart() {
    [seen, answers, spare] = [0, 0, 0];
    since = performance.now();
  }

  function judge() {
    const seconds = (performance.now() - since) / 1000;
    if (seconds * 1000 < LIVE_WINDOW_MS) return;
    const wanted = Math.min(seen / seconds, LIVE_ENOUGH_HZ);
    const rate = answers / seconds;
    const before = spare;
    restart();
    if (rate === 0) return; // nothing is looked at: not a matter of size
    if (rate < 0.7 * wanted && at < LIVE_SIDES_PX.length - 1) {
      at += 1;
      patience *= 2; // or it would go up and down for ever
    } else if (rate >= 0.95 * wanted && at > 0) {
      spare = before + 1;
      if (spare >= patience) [at, spare] = [at - 1, 0];
    }
  }

  return {
    restart,
    side: () => LIVE_SIDES_PX[at],
    answer: () => (answers += 1),
    camera() {
      seen += 1;
      judge();
    },
  };
}

/** The JPEG of a picture. In a worker: on the page's own thread it waits for idle time, behind the drawing. */
function createEncoder() {
  if (typeof OffscreenCanvas === "undefined") return createPageEncoder();
  const address = URL.createObjectURL(new Blob([`(${encodeInWorker})()`], { type: "text/javascript" }));
  const worker = new Worker(address);
  URL.revokeObjectURL(address);
  let done = () => {};
  worker.onmessage = ({ data }) => done(data);
  worker.onerror = () => done(null);
  return {
    encode(bitmap, side) {
      return new Promise((resolve) => {
        done = resolve;
        worker.postMessage({ bitmap, ...fitted(bitmap, side), quality: LIVE_JPEG_QUALITY });
      });
    },
    close() {
      worker.terminate();
      done(null);
    },
  };
}

/** Runs in the worker, from its text: it can use nothing of this file. */
function encodeInWorker() {
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext("2d", { alpha: false });
  self.onmessage = async ({ data: { bitmap, width, height, quality } }) => {
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context.drawImage(bitmap, 0, 0, width, height);
    bitmap.close();
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality });
    const jpeg = await blob.arrayBuffer();
    self.postMessage(jpeg, [jpeg]);
  };
}

function createPageEncoder() {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { alpha: false });
  return {
    async encode(bitmap, side) {
      Object.assign(canvas, fitted(bitmap, side));
      context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", LIVE_JPEG_QUALITY));
      return blob && blob.arrayBuffer();
    },
    close() {},
  };
}

/** The size of a picture whose longer side is at most `side`; never larger than it is. */
function fitted({ width, height }, side) {
  const scale = Math.min(1, side / Math.max(width, height));
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}
