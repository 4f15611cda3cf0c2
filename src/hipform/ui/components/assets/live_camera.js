// The browser's camera: which there are, opening one, and in plain words why it cannot be had.

const LIVE_CAMERA_KEY = "hipform-camera"; // the camera chosen last, in the browser's own storage

const LIVE_PROBLEMS = {
  insecure: [
    "The browser gives the camera only to a safe page.",
    "On the computer that runs hipform, open it as http://localhost. From another device, start hipform there " +
      "with: hipform dashboard --lan. It gives an https address.",
  ],
  NotAllowedError: [
    "The camera is not allowed.",
    "Allow it with the camera or lock sign beside the page's address, and in the system's privacy settings. " +
      "Then press Start again.",
  ],
  NotFoundError: [
    "There is no camera.",
    "Plug one in and press Start again. A phone can film too: start hipform with: hipform dashboard --lan.",
  ],
  NotReadableError: [
    "The camera is busy.",
    "Another program or page seems to use it. Close that one and press Start again.",
  ],
  other: ["The camera did not start.", "Plug it in again or choose another one, then press Start again."],
};

/** Title and advice for what went wrong with the camera. */
function cameraProblem(error) {
  const names = {
    SecurityError: "NotAllowedError",
    OverconstrainedError: "NotFoundError",
    AbortError: "NotReadableError",
  };
  const [title, advice] = LIVE_PROBLEMS[names[error.name] ?? error.name] ?? LIVE_PROBLEMS.other;
  return { title, advice };
}

/** Cameras as {id, name}; names are known only once a page was allowed to use one. */
async function listCameras() {
  const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return devices
    .filter((one) => one.kind === "videoinput" && one.deviceId)
    .map((one, i) => ({ id: one.deviceId, name: one.label || `Camera ${i + 1}` }));
}

function chosenCamera() {
  return window.localStorage.getItem(LIVE_CAMERA_KEY) ?? "";
}

function chooseCamera(id) {
  window.localStorage.setItem(LIVE_CAMERA_KEY, id);
}

/**
 * Opens the chosen camera, or any. `onEnded` is told when it is unplugged or its permission is taken back,
 * `onShape` when its picture gets another shape (a turned phone). Throws what `cameraProblem` words.
 */
async function openCamera({ onEnded, onShape }) {
  if (!navigator.mediaDevices?.getUserMedia) throw Object.assign(new Error(), { name: "insecure" });
  const stream = await askForCamera(chosenCamera());
  const [track] = stream.getVideoTracks();
  const video = make("video", "", { playsInline: true, muted: true, srcObject: stream });
  try {
    await video.play();
  } catch (error) {
    track.stop();
    throw error;
  }
  const shape = () => video.videoWidth > video.videoHeight;
  const first = shape();
  video.addEventListener("resize", () => video.videoWidth && shape() !== first && onShape());
  track.addEventListener("ended", onEnded);
  return {
    video,
    id: track.getSettings().deviceId,
    size: () => ({ width: video.videoWidth, height: video.videoHeight }),
    close() {
      track.removeEventListener("ended", onEnded); // told only for what happens by itself
      track.stop();
      video.srcObject = null;
    },
  };
}

async function askForCamera(id) {
  // Browsers choose the nearest that the camera has; the picture is made smaller before it is sent.
  const wish = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 60 } };
  const which = id ? { deviceId: { exact: id } } : { facingMode: "user" };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...wish, ...which } });
  } catch (error) {
    if (!id || error.name === "NotAllowedError") throw error;
    return navigator.mediaDevices.getUserMedia({ audio: false, video: wish }); // the chosen one is gone
  }
}
