// The picture that was analysed, with the body drawn on exactly this picture, as the overlay video draws it.

// The landmarks' numbers and the lines between them are those of hipform.skeleton.
const LIVE_JOINTS = { shoulder: 11, elbow: 13, wrist: 15, hip: 23, knee: 25, ankle: 27, heel: 29, foot: 31 };
const LIVE_LIMBS = [
  ["shoulder", "elbow"],
  ["elbow", "wrist"],
  ["shoulder", "hip"],
  ["hip", "knee"],
  ["knee", "ankle"],
  ["ankle", "heel"],
  ["heel", "foot"],
  ["ankle", "foot"],
];
const LIVE_ACROSS = [
  [11, 12],
  [23, 24],
];
const LIVE_LEG = new Set(["hip", "knee", "ankle", "heel", "foot"]);
const LIVE_THIN = new Set(["elbow", "heel", "foot"]);
const LIVE_DARK = "rgb(12, 16, 22)";
const LIVE_TRUNK = [238, 241, 244];
const LIVE_COLOURS = { left: [0, 114, 178], right: [213, 94, 0] }; // Okabe-Ito, as everywhere
const LIVE_GREY = 132; // what the far side fades to
const LIVE_LEAST_HEIGHT_PX = 720; // a smaller picture is enlarged, or lines would be coarse
const LIVE_RAW_AFTER_MS = 700; // without answers for so long the plain camera picture is shown

/** A canvas that shows answered pictures, or the camera itself while there are none. */
function createPicture() {
  const canvas = make("canvas", "hf-stage-picture", { width: 4, height: 3, attrs: { "aria-hidden": "true" } });
  const context = canvas.getContext("2d", { alpha: false });
  let answeredAt = -Infinity;

  function paint(source, width, height) {
    const scale = Math.max(1, LIVE_LEAST_HEIGHT_PX / Math.min(width, height));
    const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
    if (canvas.width !== size.width || canvas.height !== size.height) fit(size);
    context.drawImage(source, 0, 0, size.width, size.height);
  }

  function fit(size) {
    Object.assign(canvas, size);
    canvas.parentElement.style.setProperty("--hf-aspect", size.width / size.height);
  }

  return {
    element: canvas,
    mirror: (on) => canvas.classList.toggle("hf-mirror", on),
    showRaw(video) {
      if (performance.now() - answeredAt < LIVE_RAW_AFTER_MS || !video.videoWidth) return;
      delete canvas.dataset.frame;
      paint(video, video.videoWidth, video.videoHeight);
    },
    showLook(bitmap, look) {
      answeredAt = performance.now();
      paint(bitmap, bitmap.width, bitmap.height);
      paintBody(context, look);
      canvas.dataset.frame = look.number;
    },
    clear() {
      answeredAt = -Infinity;
      delete canvas.dataset.frame;
      context.clearRect(0, 0, canvas.width, canvas.height);
    },
  };
}

/** Draws the limbs between trusted joints, the far side first and fainter. */
function paintBody(context, { points, near }) {
  const { width, height } = context.canvas;
  const at = points.map((point) => point && [point[0] * width, point[1] * height]);
  const line = lineWidth(at, height);
  const limbs = bodyLimbs(near).filter(({ ends: [a, b] }) => at[a] && at[b]);
  context.lineCap = "round";
  for (const limb of limbs) stroke(context, at, limb, LIVE_DARK, line * limb.width + line * 0.7);
  for (const limb of limbs) stroke(context, at, limb, limb.colour, line * limb.width);
  const order = near === "right" ? ["left", "right"] : ["right", "left"];
  for (const side of order) paintJoints(context, at, side, near, line);
}

function sideJoint(side, joint) {
  return LIVE_JOINTS[joint] + (side === "right" ? 1 : 0);
}

/** A twelfth of the thigh, within what is neither lost nor clumsy on a screen. */
function lineWidth(at, height) {
  const thighs = ["left", "right"].map((side) => {
    const [hip, knee] = [at[sideJoint(side, "hip")], at[sideJoint(side, "knee")]];
    return hip && knee ? Math.hypot(hip[0] - knee[0], hip[1] - knee[1]) : 0;
  });
  const most = height / 90;
  return Math.min(most, Math.max(3, Math.max(...thighs) / 12 || most));
}

function bodyLimbs(near) {
  const limbs = ["left", "right"].flatMap((side) => {
    const far = near !== null && side !== near;
    return LIVE_LIMBS.map(([a, b]) => {
      const colour = LIVE_LEG.has(a) && LIVE_LEG.has(b) ? LIVE_COLOURS[side] : LIVE_TRUNK;
      return {
        ends: [sideJoint(side, a), sideJoint(side, b)],
        colour: rgb(colour, far),
        width: far || LIVE_THIN.has(a) || LIVE_THIN.has(b) ? 0.6 : 1,
        rank: side === near ? 2 : 0,
      };
    });
  });
  for (const ends of LIVE_ACROSS) limbs.push({ ends, colour: rgb(LIVE_TRUNK, false), width: 1, rank: 1 });
  return limbs.sort((a, b) => a.rank - b.rank);
}

function rgb(colour, faded) {
  return `rgb(${(faded ? colour.map((part) => (part + LIVE_GREY) / 2) : colour).join(",")})`;
}

function stroke(context, at, { ends: [a, b] }, colour, width) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(...at[a]);
  context.lineTo(...at[b]);
  context.stroke();
}

function paintJoints(context, at, side, near, line) {
  const far = near !== null && side !== near;
  for (const joint of ["shoulder", "hip", "knee", "ankle"]) {
    const point = at[sideJoint(side, joint)];
    if (!point) continue;
    const radius = line * (far ? 0.8 : 1.25);
    dot(context, point, LIVE_DARK, radius + 1.5);
    dot(context, point, rgb(joint === "shoulder" ? LIVE_TRUNK : LIVE_COLOURS[side], far), radius);
    if (!far) dot(context, point, "white", radius * 0.5);
  }
}

function dot(context, [x, y], colour, radius) {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}
