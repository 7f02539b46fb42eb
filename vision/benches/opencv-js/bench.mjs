// Times the cascade of `vision` (wasm SIMD) beside opencv.js on the same grey frames, in one process on one thread.
// How to call it: ../README.md

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(HERE, "../../..");
const SHARED = resolve(ROOT, "../shared");
const CASCADES = join(ROOT, "vision/cascades");
const OPENCV_VERSION = JSON.parse(readFileSync(join(HERE, "package.json"))).dependencies["@techstark/opencv-js"];
const WIDTH = 640;
const HEIGHT = 480;
const SETTINGS = { scaleFactor: 1.1, minNeighbors: 5, minSize: 30 };
const DEFAULT_CASCADE = "frontalface_default";

// Frames made of the one picture that is shipped: where to cut (x, y, width, height of 512×512), and what to do to it.
const SHIPPED = [
  { name: "astronaut", cut: [0, 0, 512, 384] },
  { name: "astronaut, near", cut: [130, 40, 224, 168] },
  { name: "astronaut, four times", cut: [0, 0, 512, 384], tiles: 2 },
  { name: "astronaut, dark", cut: [0, 0, 512, 384], gain: 0.3 },
  { name: "astronaut, mirrored", cut: [512, 60, -512, 384] },
];
// Photos that may be read but not shipped; used where they are.
const PHOTOS = [
  "vladmandic_human/samples/in/group-6.jpg",
  "vladmandic_human/samples/in/stock-emotions-a-3.jpg",
  "misc/zidane.jpg",
  "face_recognition/examples/obama-1080p.jpg",
  "linzaer_imgs/imgs/10.jpg",
];

const { values: args } = parseArgs({
  options: {
    runs: { type: "string", default: "15" },
    goldens: { type: "string" },
    json: { type: "string" },
    "no-build": { type: "boolean", default: false },
  },
});

const vision = args["no-build"] ? loadVision() : buildVision();
if (args.goldens) {
  report({ goldens: checkGoldens(resolve(args.goldens)) });
} else {
  const speed = await compareSpeed(Number(args.runs));
  const folder = join(SHARED, "goldens/haar");
  report(existsSync(folder) ? { ...speed, goldens: checkGoldens(folder) } : speed);
}

/** The result as one line of JSON; fails if the detectors differ anywhere. */
function report(result) {
  console.log(JSON.stringify(result));
  if (args.json) writeFileSync(args.json, `${JSON.stringify(result, null, 2)}\n`);
  const sets = Object.values(result.sets ?? {});
  const differ = sets.some((set) => set.frames.some((row) => !row.equal)) || result.goldens?.wrong.length > 0;
  if (differ) process.exitCode = 1;
}

// ---- the two detectors

/** Compiles vision to wasm as the page is compiled, and loads it. */
function buildVision() {
  const run = (command, ...rest) => execFileSync(command, rest, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
  run("cargo", "build", "--quiet", "-p", "vision-bench", "--target", "wasm32-unknown-unknown", "--profile", "web");
  const module = join(targetFolder(), "wasm32-unknown-unknown/web/vision_bench.wasm");
  run("wasm-bindgen", module, "--target", "nodejs", "--no-typescript", "--out-dir", outFolder());
  return loadVision();
}

function loadVision() {
  return createRequire(import.meta.url)(join(outFolder(), "vision_bench.js"));
}

function targetFolder() {
  return resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target");
}

function outFolder() {
  return join(targetFolder(), "vision-bench");
}

function loadCascade(name) {
  return readFileSync(join(CASCADES, `haarcascade_${name}.xml`), "utf8");
}

/** A function from a grey frame to rectangles, and how long it took. Its pixels are made before the clock starts. */
function openVision() {
  const detector = openDetector(DEFAULT_CASCADE, SETTINGS);
  return (frame) => {
    const pixels = asRgba(frame);
    const start = performance.now();
    const flat = detector.detect(pixels, WIDTH, HEIGHT);
    return { ms: performance.now() - start, rects: sortRects(flat) };
  };
}

function openDetector(cascade, { scaleFactor, minNeighbors, minSize }) {
  return new vision.Detector(loadCascade(cascade), scaleFactor, minNeighbors, minSize);
}

/** Grey levels as pixels of a page, whose luma are those levels. */
function asRgba(grey) {
  const pixels = new Uint8Array(4 * grey.length).fill(255);
  grey.forEach((level, idx) => pixels.fill(level, 4 * idx, 4 * idx + 3));
  return pixels;
}

/** The same of opencv.js. Its image and its list are made before the clock starts. */
async function openOpencv() {
  if (!existsSync(join(HERE, "node_modules/@techstark/opencv-js"))) {
    execFileSync("npm", ["install", "--no-package-lock", "--no-audit", "--no-fund"], { cwd: HERE, stdio: "inherit" });
  }
  const loaded = createRequire(import.meta.url)("@techstark/opencv-js");
  const cv = loaded instanceof Promise ? await loaded : loaded;
  if (!cv.Mat) await new Promise((done) => (cv.onRuntimeInitialized = done));
  cv.FS_createDataFile("/", "cascade.xml", loadCascade(DEFAULT_CASCADE), true, false, false);
  const classifier = new cv.CascadeClassifier();
  if (!classifier.load("cascade.xml")) throw new Error("opencv.js cannot read the cascade");
  const minSize = new cv.Size(SETTINGS.minSize, SETTINGS.minSize);
  const maxSize = new cv.Size(0, 0);
  return (frame) => {
    const image = cv.matFromArray(HEIGHT, WIDTH, cv.CV_8UC1, frame);
    const faces = new cv.RectVector();
    const start = performance.now();
    classifier.detectMultiScale(image, faces, SETTINGS.scaleFactor, SETTINGS.minNeighbors, 0, minSize, maxSize);
    const ms = performance.now() - start;
    const flat = Array.from({ length: faces.size() }, (_, idx) => faces.get(idx)).flatMap((r) => [r.x, r.y, r.width, r.height]);
    image.delete();
    faces.delete();
    return { ms, rects: sortRects(flat) };
  };
}

function sortRects(flat) {
  const rects = [];
  for (let idx = 0; idx < flat.length; idx += 4) rects.push(Array.from(flat.slice(idx, idx + 4)));
  return rects.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || a[3] - b[3]);
}

// ---- frames

function readGrey(path) {
  const grey = vision.Grey.decode(readFileSync(path));
  return { width: grey.width, height: grey.height, data: grey.data() };
}

function shippedFrames() {
  const picture = readGrey(join(ROOT, "www/samples/astronaut.png"));
  return SHIPPED.map(({ name, cut, tiles = 1, gain = 1 }) => ({ name, frame: makeFrame(picture, cut, tiles, gain) }));
}

function photoFrames() {
  const paths = PHOTOS.filter((path) => existsSync(join(SHARED, "media", path)));
  return paths.map((path) => {
    const picture = readGrey(join(SHARED, "media", path));
    const width = Math.min(picture.width, (picture.height * WIDTH) / HEIGHT);
    const height = (width * HEIGHT) / WIDTH;
    // Portraits have their face in the upper part.
    const cut = [(picture.width - width) / 2, (picture.height - height) / 4, width, height];
    return { name: path.split("/").pop(), frame: makeFrame(picture, cut, 1, 1) };
  });
}

/** A part of a picture at 640×480 (bilinear), `tiles` times along each side. */
function makeFrame(picture, [left, top, width, height], tiles, gain) {
  const { data, width: stride } = picture;
  const frame = new Uint8Array(WIDTH * HEIGHT);
  const clamp = (value, max) => Math.min(Math.max(value, 0), max);
  for (let y = 0; y < HEIGHT; y++) {
    const sourceY = clamp(top + ((((y + 0.5) * tiles) / HEIGHT) % 1) * height - 0.5, picture.height - 1);
    const [y0, y1, v] = [Math.floor(sourceY), Math.ceil(sourceY), sourceY % 1];
    for (let x = 0; x < WIDTH; x++) {
      const sourceX = clamp(left + ((((x + 0.5) * tiles) / WIDTH) % 1) * width - 0.5, picture.width - 1);
      const [x0, x1, u] = [Math.floor(sourceX), Math.ceil(sourceX), sourceX % 1];
      const upper = data[y0 * stride + x0] * (1 - u) + data[y0 * stride + x1] * u;
      const lower = data[y1 * stride + x0] * (1 - u) + data[y1 * stride + x1] * u;
      frame[y * WIDTH + x] = Math.round((upper * (1 - v) + lower * v) * gain);
    }
  }
  return frame;
}

// ---- the two measurements

async function compareSpeed(nRuns) {
  const detectors = { vision: openVision(), opencv: await openOpencv() };
  const sets = { shipped: shippedFrames(), photos: photoFrames() };
  console.log(`${WIDTH}×${HEIGHT} grey, ${DEFAULT_CASCADE}, ${JSON.stringify(SETTINGS)}`);
  console.log(`median of ${nRuns} interleaved runs, Node ${process.version}, opencv.js ${OPENCV_VERSION}\n`);
  console.log(`${"frame".padEnd(26)}  faces  vision ms  opencv.js ms  ratio`);
  const result = { node: process.version, opencv: OPENCV_VERSION, runs: nRuns, settings: SETTINGS, sets: {} };
  for (const [set, frames] of Object.entries(sets).filter(([, frames]) => frames.length > 0)) {
    const rows = frames.map(({ name, frame }) => compareFrame(name, frame, detectors, nRuns));
    result.sets[set] = { frames: rows, median_ratio: median(rows.map((row) => row.ratio)) };
    console.log(`median ratio, ${set}: ${result.sets[set].median_ratio.toFixed(2)}\n`);
  }
  return { ...result, median_ratio: result.sets.shipped.median_ratio };
}

function compareFrame(name, frame, detectors, nRuns) {
  const ms = { vision: [], opencv: [] };
  const rects = {};
  // Two runs more, not counted: the engine compiles what is hot meanwhile.
  for (let run = -2; run < nRuns; run++) {
    for (const [detector, detect] of Object.entries(detectors)) {
      const result = detect(frame);
      rects[detector] = result.rects;
      if (run >= 0) ms[detector].push(result.ms);
    }
  }
  const row = { name, faces: rects.vision.length, vision_ms: median(ms.vision), opencv_ms: median(ms.opencv) };
  row.ratio = row.opencv_ms / row.vision_ms;
  row.equal = JSON.stringify(rects.vision) === JSON.stringify(rects.opencv);
  const columns = [name.padEnd(26), String(row.faces).padStart(5), row.vision_ms.toFixed(1).padStart(9)];
  columns.push(row.opencv_ms.toFixed(1).padStart(12), row.ratio.toFixed(2).padStart(5), row.equal ? "" : "RECTANGLES DIFFER");
  console.log(columns.join("  "));
  return row;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** All lists of rectangles that OpenCV 4.14 gave, in wasm. */
function checkGoldens(folder) {
  const { items } = JSON.parse(readFileSync(join(folder, "haar_parity.json"), "utf8"));
  const detectors = {};
  let nLists = 0;
  const wrong = [];
  for (const { image, results } of items) {
    const { width, height, data } = readGrey(join(folder, image));
    const pixels = asRgba(data);
    for (const [setting, expected] of Object.entries(results)) {
      const [name, ...numbers] = setting.split("|");
      const [scaleFactor, minNeighbors, minSize] = numbers.map((part) => Number(part.replace(/^[a-z]+/, "")));
      detectors[setting] ??= openDetector(name, { scaleFactor, minNeighbors, minSize });
      const actual = sortRects(detectors[setting].detect(pixels, width, height));
      if (JSON.stringify(actual) !== JSON.stringify(expected)) wrong.push(`${image} ${setting}`);
      nLists += 1;
    }
  }
  console.log(`${nLists - wrong.length} of ${nLists} lists equal to OpenCV's in wasm`);
  wrong.forEach((list) => console.log(`different: ${list}`));
  return { lists: nLists, wrong };
}
