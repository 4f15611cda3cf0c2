// Watches the Live page from inside, before any of its own code runs: what goes through its socket and when, which
// camera pictures its canvas shows (by the board of `fake_camera.py`), and whether its cameras are off again.
(() => {
  const BLOCK = { rows: 2, columns: 8, width: 1 / 32, height: 1 / 24, bits: 11 };
  const [DARK, BRIGHT] = [90, 165];
  const STEP_PX = 4; // each block is looked at as so many pixels
  const small = Object.assign(document.createElement("canvas"), {
    width: BLOCK.columns * STEP_PX,
    height: BLOCK.rows * STEP_PX,
  });
  const pen = small.getContext("2d", { willReadFrequently: true });

  /** The number on the board of a canvas or video, null when there is none. */
  function readNumber(source) {
    const [width, height] = [source.videoWidth ?? source.width, source.videoHeight ?? source.height];
    if (!width || !height) return null;
    const [wide, high] = [width * BLOCK.width * BLOCK.columns, height * BLOCK.height * BLOCK.rows];
    pen.drawImage(source, 0, 0, wide, high, 0, 0, small.width, small.height);
    const pixels = pen.getImageData(0, 0, small.width, small.height).data;
    const bits = [];
    for (let row = 0; row < BLOCK.rows; row++) {
      for (let column = 0; column < BLOCK.columns; column++) {
        const [x, y] = [(column + 0.5) * STEP_PX, (row + 0.5) * STEP_PX];
        const level = pixels[4 * (y * small.width + x)];
        const first = column === 0;
        const last = column === BLOCK.columns - 1;
        if ((level > DARK && level < BRIGHT) || (first && level <= DARK) || (last && level >= BRIGHT)) return null;
        if (!first && !last) bits.push(level >= BRIGHT ? 1 : 0);
      }
    }
    const parity = bits.pop();
    if (bits.reduce((sum, bit) => sum + bit, 0) % 2 !== parity) return null;
    return bits.reduce((number, bit, i) => number + bit * 2 ** i, 0);
  }

  const sent = []; // {at, t, number, jpeg}: at is this page's clock, ms since 1970, as t is in seconds
  const got = []; // {at, message}
  const shown = []; // {at, frame, board, newest}: a new frame on the canvas, and the camera's picture at that time
  const sockets = [];
  const tracks = [];
  // How many of each are kept, and how many pictures of the canvas are passed over between two that are read.
  let keep = { most: Infinity, passOver: 0 };
  const now = () => performance.timeOrigin + performance.now();

  function add(list, item) {
    list.push(item);
    if (list.length > keep.most) list.shift();
  }

  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      sockets.push(this.url);
      this.isLive = this.url.includes("/hipform/live/");
      if (!this.isLive) return;
      this.addEventListener("message", ({ data }) => {
        if (typeof data === "string") add(got, { at: now(), message: JSON.parse(data) });
      });
    }

    send(data) {
      if (this.isLive && typeof data !== "string") {
        const head = new DataView(data.buffer ?? data);
        const jpeg = (data.buffer ?? data).slice(12);
        add(sent, { at: now(), t: head.getFloat64(0, true), number: head.getUint32(8, true), jpeg });
      }
      super.send(data);
    }
  };

  const media = navigator.mediaDevices;
  let video = null; // of the camera, for reading its newest picture
  if (media) {
    const open = media.getUserMedia.bind(media);
    media.getUserMedia = async (...args) => {
      const stream = await open(...args);
      tracks.push(...stream.getTracks());
      return stream;
    };
    const play = HTMLMediaElement.prototype.play;
    HTMLMediaElement.prototype.play = function () {
      if (this.srcObject) video = this;
      return play.call(this);
    };
  }

  function canvasNow() {
    return document.querySelector("canvas.hf-stage-picture");
  }

  let frame = "";
  let passed = 0;
  function look() {
    requestAnimationFrame(look);
    const canvas = canvasNow();
    const found = canvas?.dataset.frame ?? "";
    if (!found || found === frame) return;
    frame = found;
    passed += 1;
    if (passed <= keep.passOver) return;
    passed = 0;
    const board = readNumber(canvas);
    add(shown, { at: now(), frame: Number(found), board, newest: video ? readNumber(video) : null });
  }
  requestAnimationFrame(look);

  function base64(buffer) {
    const bytes = new Uint8Array(buffer);
    let text = "";
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return btoa(text);
  }

  window.hfProbe = {
    sent,
    got,
    shown,
    sockets,
    keep: (what) => (keep = { ...keep, ...what }),
    looks: () => got.filter(({ message }) => message.type === "look"),
    jpegs: (numbers) => sent.filter((one) => numbers.includes(one.number)).map((one) => base64(one.jpeg)),
    rows: () => sent.map(({ at, t, number }) => ({ at, t, number })),
    camerasOn: () => tracks.filter((track) => track.readyState === "live").length,
    /** What stands on the canvas now, and of which picture it is. */
    snapshot() {
      const canvas = canvasNow();
      return { frame: Number(canvas.dataset.frame), image: canvas.toDataURL("image/jpeg", 0.95).split(",")[1] };
    },
  };
})();
