// The line to the server: one WebSocket that comes back by itself, and a short look at what the server does.

const LIVE_LOST_LIMIT_MS = 60_000; // the server keeps a set for as long without a camera, then ends it
const LIVE_RETRY_MS = 1_000; // between two tries: quick enough for somebody who stands and waits
const LIVE_ASK_LIMIT_MS = 5_000; // no answer for so long is no answer
const LIVE_HEAD_BYTES = 12; // float64 time and uint32 number before each JPEG
const LIVE_BAD_TOKEN = 1008;
const LIVE_BAD_MESSAGE = 4000;
const LIVE_TAKEN = 4001;

function liveAddress(url) {
  const address = new URL(url, window.location.href);
  address.protocol = address.protocol.replace("http", "ws");
  return address;
}

/** Asks once what the server does; gives its first answer, or null. It does not stay connected. */
function askLive(url, hello) {
  return new Promise((resolve) => {
    const socket = new WebSocket(liveAddress(url));
    const finish = (answer) => {
      clearTimeout(limit);
      socket.onclose = null;
      socket.close();
      resolve(answer);
    };
    const limit = setTimeout(() => finish(null), LIVE_ASK_LIMIT_MS);
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", takeOver: false, ...hello }));
    socket.onmessage = ({ data }) => typeof data === "string" && finish(JSON.parse(data));
    socket.onclose = () => finish(null);
  });
}

/**
 * Stays connected until `close`. `url()` gives the address, which changes with the page. `hello` is {role, id}.
 * `onMessage` is given each text message, `onPicture` (time, number, JPEG) what a watcher sees. `onLost` is told
 * when the line breaks and is tried again, `onGone` the close code, 0 for no answer, when it is not.
 */
function createWire({ url, hello, onMessage, onPicture, onLost, onGone }) {
  let socket = null;
  let timer = 0;
  let lostAt = null;
  let closed = false;
  let answered = false;

  function connect(takeOver) {
    socket = new WebSocket(liveAddress(url()));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => send({ type: "hello", takeOver, ...hello });
    socket.onmessage = ({ data }) => {
      [answered, lostAt] = [true, null];
      if (typeof data === "string") onMessage(JSON.parse(data));
      else readFrame(data, onPicture);
    };
    socket.onclose = ({ code }) => lost(code);
  }

  function lost(code) {
    if (closed) return;
    const now = performance.now();
    if (lostAt === null) lostAt = now;
    // A server that was started anew refuses the page's old address until the page has its new one.
    const final = code === LIVE_TAKEN || code === LIVE_BAD_MESSAGE;
    if (final || (code === LIVE_BAD_TOKEN && !answered)) return give(code);
    if (now - lostAt > LIVE_LOST_LIMIT_MS) return give(0);
    onLost();
    timer = setTimeout(() => connect(false), LIVE_RETRY_MS);
  }

  function give(code) {
    close();
    onGone(code);
  }

  /** Gives whether it went out; while the line is lost nothing does. */
  function send(message) {
    return pass(JSON.stringify(message));
  }

  function pass(content) {
    if (socket.readyState !== WebSocket.OPEN) return false;
    socket.send(content);
    return true;
  }

  function close() {
    closed = true;
    clearTimeout(timer);
    socket.close();
  }

  connect(false);
  return {
    send,
    close,
    takeOver: () => send({ type: "hello", takeOver: true, ...hello }),
    sendFrame: (t, number, jpeg) => pass(joinFrame(t, number, jpeg)),
  };
}

function joinFrame(t, number, jpeg) {
  const whole = new Uint8Array(LIVE_HEAD_BYTES + jpeg.byteLength);
  const head = new DataView(whole.buffer);
  head.setFloat64(0, t, true);
  head.setUint32(8, number, true);
  whole.set(new Uint8Array(jpeg), LIVE_HEAD_BYTES);
  return whole;
}

function readFrame(data, onPicture) {
  const head = new DataView(data);
  onPicture(head.getFloat64(0, true), head.getUint32(8, true), data.slice(LIVE_HEAD_BYTES));
}
