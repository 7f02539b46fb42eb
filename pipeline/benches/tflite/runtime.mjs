// TensorFlow Lite as it is used here: the wasm build of tfjs-tflite with SIMD and XNNPACK, on one thread.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const PACKAGES = JSON.parse(readFileSync(join(HERE, "package.json"))).dependencies;
// NOTE: the package's JavaScript for browsers is passed over: it fetches the same module, which Node can run as well.
const MODULE = join(HERE, "node_modules/@tensorflow/tfjs-tflite/wasm/tflite_web_api_cc_simd");

/** The version that is compared with. */
export const TFLITE_VERSION = PACKAGES["@tensorflow/tfjs-tflite"];

/** Fetches the packages with npm where one is missing; without TensorFlow.js, which tfjs-tflite's own door needs. */
export function install() {
  const found = ([name, version]) => {
    const file = join(HERE, "node_modules", name, "package.json");
    return existsSync(file) && JSON.parse(readFileSync(file)).version === version;
  };
  if (Object.entries(PACKAGES).every(found)) return;
  const options = ["--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps"];
  execFileSync("npm", ["install", ...options], { cwd: HERE, stdio: "inherit" });
}

/** MediaPipe's file of the network `range`, which must be the one that was converted for `card`. */
export function readModel(range, card) {
  const model = readFileSync(join(HERE, `node_modules/@mediapipe/face_detection/face_detection_${range}_range.tflite`));
  const actual = createHash("sha256").update(model).digest("hex");
  if (actual !== card.source_sha256) throw new Error(`${range}: expected SHA-256 ${card.source_sha256}, got ${actual}`);
  return model;
}

/** A function from a model's file to one from a picture to the numbers of its boxes, then its scores. */
export async function open() {
  const require = createRequire(import.meta.url);
  const tflite = await require(`${MODULE}.js`)({ wasmBinary: readFileSync(`${MODULE}.wasm`), printErr() {} });
  return (model) => {
    // The interpreter reads the file for as long as it lives.
    const address = tflite._malloc(model.length);
    tflite.HEAPU8.set(model, address);
    const options = { numThreads: 1, enableProfiling: false, maxProfilingBufferEntries: 0 };
    const opened = tflite.TFLiteWebModelRunner.CreateFromBufferAndOptions(address, model.length, options);
    if (!opened.ok()) throw new Error(`TensorFlow Lite cannot read the network: ${opened.errorMessage()}`);
    return runner(opened.value());
  };
}

function runner(interpreter) {
  const input = interpreter.GetInputs().get(0);
  const found = interpreter.GetOutputs();
  const outputs = [found.get(0), found.get(1)].sort((a, b) => b.data().length - a.data().length);
  return (picture) => {
    // A new view each time: the memory may have grown.
    input.data().set(picture);
    if (!interpreter.Infer()) throw new Error("TensorFlow Lite failed");
    const [boxes, scores] = outputs.map((output) => output.data());
    const numbers = new Float32Array(boxes.length + scores.length);
    numbers.set(boxes);
    numbers.set(scores, boxes.length);
    return numbers;
  };
}
