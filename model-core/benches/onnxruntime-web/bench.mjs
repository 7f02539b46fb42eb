// Times a network of `model-core` (wasm SIMD, CPU) beside the same network in onnxruntime-web on the same faces, in one
// process on one thread. How to call it: ../README.md

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { compare, isFine, probabilities } from "./compare.mjs";
import { ORT_VERSION, install, open } from "./runtime.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(HERE, "../../..");
const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target");
const OUT = join(TARGET, "model-bench");

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
console.log(`${args.network}, ${(card.macs / 1e6).toFixed(1)} M multiply–accumulates a face, one thread`);
console.log(`median of ${args.runs} interleaved runs, Node ${process.version}, onnxruntime-web ${ORT_VERSION}\n`);
const batches = await compare({ ours: openOurs(), theirs: await openTheirs() }, Number(args.runs), console.log);
report({ node: process.version, onnxruntime: ORT_VERSION, network: args.network, runs: Number(args.runs), batches });

/** The result as one line of JSON; fails if the two differ anywhere. */
function report(result) {
  console.log(JSON.stringify(result));
  if (args.json) writeFileSync(args.json, `${JSON.stringify(result, null, 2)}\n`);
  if (!isFine(result.batches)) process.exitCode = 1;
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

/** The same by onnxruntime-web. */
async function openTheirs() {
  return probabilities(await open(onnx), card);
}
