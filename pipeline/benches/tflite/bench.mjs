// Times BlazeFace (wasm SIMD, CPU) beside the cascade on the same frames, and its networks beside the same ones in
// TensorFlow Lite on the same pictures, in one process on one thread. How to call it: ../README.md

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { HEIGHT, WIDTH, frames, squeezed } from "./frames.mjs";
import { TFLITE_VERSION, install, open, readModel } from "./runtime.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(HERE, "../../..");
const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target");
const OUT = join(TARGET, "pipeline-bench");
const NETWORKS = [
  { range: "short", side: 128 },
  { range: "full", side: 192 },
];
// Sums of a thousand products in another order, over some thirty layers, of outputs up to 200 pixels: as in the tests
// of model-core.
const TOLERANCE = 2e-3;

const { values: args } = parseArgs({
  options: {
    runs: { type: "string", default: "101" },
    json: { type: "string" },
    "no-build": { type: "boolean", default: false },
  },
});

install();
if (!args["no-build"]) build();
const ours = createRequire(import.meta.url)(join(OUT, "pipeline_bench.js"));
const shown = frames(ROOT, ours.Picture.decode);
const nRuns = Number(args.runs);
console.log(`median of ${nRuns} interleaved runs on one thread, Node ${process.version}, tfjs-tflite ${TFLITE_VERSION}\n`);
report({ node: process.version, tflite: TFLITE_VERSION, runs: nRuns, networks: await compareNetworks(), frames: await compareFrames() });

/** The result as one line of JSON; fails if the two differ anywhere, or a face was not found. */
function report(result) {
  console.log(JSON.stringify(result));
  if (args.json) writeFileSync(args.json, `${JSON.stringify(result, null, 2)}\n`);
  // NaN is not within the tolerance.
  const isFine = result.networks.every((row) => row.difference <= TOLERANCE) && result.frames.every((row) => row.found);
  if (!isFine) process.exitCode = 1;
}

/** Compiles the detectors to wasm as the page is compiled. */
function build() {
  const run = (command, ...rest) => execFileSync(command, rest, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
  run("cargo", "build", "--quiet", "-p", "pipeline-bench", "--target", "wasm32-unknown-unknown", "--profile", "web");
  const module = join(TARGET, "wasm32-unknown-unknown/web/pipeline_bench.wasm");
  run("wasm-bindgen", module, "--target", "nodejs", "--no-typescript", "--out-dir", OUT);
}

/** One of our networks, and its card. */
function openOurs(range) {
  const file = (extension) => readFileSync(join(ROOT, `www/models/blazeface-${range}.${extension}`));
  const card = file("json");
  return { network: new ours.Network(range === "full", card, file("safetensors")), card: JSON.parse(card) };
}

// ---- the two measurements

/** Each network by itself, from a picture to the numbers of all anchors. */
async function compareNetworks() {
  const openTheirs = await open();
  console.log("network  side  Ferrum ms  TensorFlow Lite ms  ratio  greatest difference");
  const rows = [];
  for (const { range, side } of NETWORKS) {
    const { network, card } = openOurs(range);
    const programs = { ours: (picture) => network.run(picture), theirs: openTheirs(readModel(range, card)) };
    const pictures = shown.map(({ rgba }) => squeezed(rgba, side));
    const { ms, results } = await take(programs, pictures);
    const row = { range, side, ours_ms: median(ms.ours), theirs_ms: median(ms.theirs) };
    row.ratio = row.ours_ms / row.theirs_ms;
    row.difference = Math.max(...pictures.map((_, i) => greatestDifference(results.ours[i], results.theirs[i])));
    const columns = [range.padEnd(7), String(side).padStart(4), row.ours_ms.toFixed(2).padStart(9)];
    columns.push(row.theirs_ms.toFixed(2).padStart(18), row.ratio.toFixed(2).padStart(5), row.difference.toExponential(1));
    if (!(row.difference <= TOLERANCE)) columns.push("OUTPUTS DIFFER");
    console.log(columns.join("  "));
    rows.push(row);
  }
  return rows;
}

/** Each detector on each frame, from RGBA pixels to faces. */
async function compareFrames() {
  const [short, full] = NETWORKS.map(({ range }) => openOurs(range).network);
  const blazeface = ours.FaceDetector.blazeface(short, full);
  const haar = ours.FaceDetector.haar(readFileSync(join(ROOT, "vision/cascades/haarcascade_frontalface_default.xml"), "utf8"));
  const programs = {
    near: (rgba) => blazeface.near(rgba, WIDTH, HEIGHT),
    far: (rgba) => blazeface.far(rgba, WIDTH, HEIGHT),
    haar: (rgba) => haar.near(rgba, WIDTH, HEIGHT),
  };
  console.log(`\n${WIDTH}×${HEIGHT}     faces: near, far, cascade  near ms  far ms  cascade ms  cascade ÷ near`);
  const rows = [];
  for (const { name, faces, rgba } of shown) {
    const { ms, results } = await take(programs, [rgba]);
    const n = Object.fromEntries(Object.entries(results).map(([program, [rects]]) => [program, rects.length / 4]));
    const row = { name, faces: n, near_ms: median(ms.near), far_ms: median(ms.far), haar_ms: median(ms.haar) };
    row.ratio = row.haar_ms / row.near_ms;
    row.found = n.near === faces[0] && n.far === faces[1];
    const columns = [name.padEnd(11), `${n.near}, ${n.far}, ${n.haar}`.padStart(24), row.near_ms.toFixed(2).padStart(7)];
    columns.push(row.far_ms.toFixed(2).padStart(6), row.haar_ms.toFixed(2).padStart(10), row.ratio.toFixed(1).padStart(14));
    if (!row.found) columns.push(`EXPECTED ${faces.join(", ")}`);
    console.log(columns.join("  "));
    rows.push(row);
  }
  return rows;
}

/** Runs every program on every input in turns. */
async function take(programs, inputs) {
  const ms = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
  const results = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
  // Some runs more, not counted: the engine compiles what is hot meanwhile.
  for (let run = -20; run < nRuns; run++) {
    for (const [i, input] of inputs.entries()) {
      for (const [name, program] of Object.entries(programs)) {
        const start = performance.now();
        results[name][i] = await program(input);
        if (run >= 0) ms[name].push(performance.now() - start);
      }
    }
  }
  return { ms, results };
}

/** NaN if they are not as many. */
function greatestDifference(ours, theirs) {
  if (ours.length !== theirs.length) return NaN;
  return Array.from(ours).reduce((greatest, number, i) => Math.max(greatest, Math.abs(number - theirs[i])), 0);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
