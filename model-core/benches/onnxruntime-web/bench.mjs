// Times a network of `model-core` (wasm SIMD, CPU) beside the same network in onnxruntime-web on the same faces, in one
// process on one thread. How to call it: ../README.md

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ORT_VERSION, install, open } from "./runtime.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(HERE, "../../..");
const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target");
const OUT = join(TARGET, "model-bench");
const FACE_LEN = 48 * 48;
const BATCHES = [1, 4];
// Sums of thousands of products in single precision, in another order: probabilities agree to five digits.
const TOLERANCE = 1e-4;

const { values: args } = parseArgs({
  options: {
    network: { type: "string", default: "ferrum" },
    weights: { type: "string" },
    runs: { type: "string", default: "101" },
    json: { type: "string" },
    "no-build": { type: "boolean", default: false },
  },
});

const weights = args.weights ? resolve(args.weights) : join(ROOT, `www/models/${args.network}.bpk`);
const card = JSON.parse(readFileSync(weights.replace(/\.bpk$/, ".json")));
const onnx = join(OUT, `${args.network}.onnx`);
install();
if (!args["no-build"]) build();
report(await compare({ ours: openOurs(), theirs: await openTheirs() }, Number(args.runs)));

/** The result as one line of JSON; fails if the two differ anywhere. */
function report(result) {
  console.log(JSON.stringify(result));
  if (args.json) writeFileSync(args.json, `${JSON.stringify(result, null, 2)}\n`);
  // Written so that what is not a number fails, too.
  if (!result.batches.every((row) => row.difference <= TOLERANCE)) process.exitCode = 1;
}

// ---- the two programs

/** Compiles model-core to wasm as the page is compiled, and writes the network as ONNX. */
function build() {
  const run = (command, ...rest) => execFileSync(command, rest, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
  run("cargo", "build", "--quiet", "-p", "model-bench", "--target", "wasm32-unknown-unknown", "--profile", "web");
  const module = join(TARGET, "wasm32-unknown-unknown/web/model_bench.wasm");
  run("wasm-bindgen", module, "--target", "nodejs", "--no-typescript", "--out-dir", OUT);
  run("cargo", "run", "--quiet", "-p", "trainer-native", "--", "onnx", args.network, "--weights", weights, "--out", onnx);
}

/** A function from faces to probabilities of labels and votes. */
function openOurs() {
  const { Network } = createRequire(import.meta.url)(join(OUT, "model_bench.js"));
  const network = new Network(readFileSync(weights.replace(/\.bpk$/, ".json")), readFileSync(weights));
  return (faces) => network.classify(faces);
}

/** The same by onnxruntime-web, whose logits are divided by the card's temperatures. */
async function openTheirs() {
  const classify = await open(onnx);
  const { temperature = 1, votes_temperature = 1 } = card.calibration ?? {};
  return async (faces) => {
    const { label_logits, votes_logits = [] } = await classify(faces);
    const labels = softmax(label_logits, 7, temperature);
    return labels.concat(softmax(votes_logits, 8, votes_temperature ?? 1));
  };
}

function softmax(logits, width, temperature) {
  const shares = [];
  for (let start = 0; start < logits.length; start += width) {
    const row = Array.from(logits.slice(start, start + width), (logit) => logit / temperature);
    const powers = row.map((logit) => Math.exp(logit - Math.max(...row)));
    const sum = powers.reduce((a, b) => a + b);
    shares.push(...powers.map((power) => power / sum));
  }
  return shares;
}

// ---- faces and the measurement

/** Grey levels of waves with noise, from a linear congruential generator (Numerical Recipes' constants). */
function makeFaces(n) {
  let state = 1;
  const noise = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  return Uint8Array.from({ length: n * FACE_LEN }, (_, i) => 128 + 60 * Math.sin(i / 97) + 40 * Math.sin(i / 7) + 50 * (noise() - 0.5));
}

async function compare(programs, nRuns) {
  console.log(`${args.network}, ${(card.macs / 1e6).toFixed(1)} M multiply–accumulates a face, one thread`);
  console.log(`median of ${nRuns} interleaved runs, Node ${process.version}, onnxruntime-web ${ORT_VERSION}\n`);
  console.log("batch  Ferrum ms/face  onnxruntime-web ms/face  ratio  greatest difference");
  const batches = [];
  for (const batch of BATCHES) batches.push(await compareBatch(batch, programs, nRuns));
  return { node: process.version, onnxruntime: ORT_VERSION, network: args.network, runs: nRuns, batches };
}

async function compareBatch(batch, programs, nRuns) {
  const faces = makeFaces(batch);
  const ms = { ours: [], theirs: [] };
  const shares = {};
  // Some runs more, not counted: the engine compiles what is hot meanwhile.
  for (let run = -20; run < nRuns; run++) {
    for (const [name, classify] of Object.entries(programs)) {
      const start = performance.now();
      shares[name] = await classify(faces);
      if (run >= 0) ms[name].push((performance.now() - start) / batch);
    }
  }
  const row = { batch, ours_ms: median(ms.ours), theirs_ms: median(ms.theirs) };
  row.ratio = row.ours_ms / row.theirs_ms;
  row.difference = greatestDifference(shares);
  const columns = [String(batch).padStart(5), row.ours_ms.toFixed(2).padStart(14), row.theirs_ms.toFixed(2).padStart(23)];
  columns.push(row.ratio.toFixed(2).padStart(5), row.difference.toExponential(1));
  if (!(row.difference <= TOLERANCE)) columns.push("OUTPUTS DIFFER");
  console.log(columns.join("  "));
  return row;
}

/** NaN if they are not as many. */
function greatestDifference({ ours, theirs }) {
  if (ours.length !== theirs.length) return NaN;
  return Array.from(ours).reduce((greatest, share, i) => Math.max(greatest, Math.abs(share - theirs[i])), 0);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
