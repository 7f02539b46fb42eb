// The page of webgpu.mjs.

import { compare, isFine, probabilities } from "./compare.mjs";
import * as gpu from "./webgpu-calls.mjs";

const SIDE = 48;
const wanted = new URLSearchParams(location.search);
const [network, nRuns] = [wanted.get("network"), Number(wanted.get("runs"))];

const send = (path, message) => fetch(path, { method: "POST", body: JSON.stringify(message) });

async function say(line) {
  document.getElementById("lines").textContent += `${line}\n`;
  await send("/line", line);
}

async function bytes(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

// Imported when asked for: what fails here is reported as well.
async function openTheirs(card) {
  const ort = await import("/ort/ort.webgpu.min.mjs");
  ort.env.wasm.wasmPaths = "/ort/";
  const session = await ort.InferenceSession.create(await bytes(`/built/${network}.onnx`), { executionProviders: ["webgpu"] });
  const classify = async (faces) => {
    const levels = Float32Array.from(faces);
    const outputs = await session.run({ faces: new ort.Tensor("float32", levels, [faces.length / SIDE ** 2, 1, SIDE, SIDE]) });
    return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data]));
  };
  return probabilities(classify, card);
}

async function openOurs(card) {
  const { default: init, Network } = await import("/built/model_bench.js");
  await init();
  const ours = await Network.on_webgpu(card, await bytes(`/models/${network}.bpk`));
  return (faces) => ours.classify(faces);
}

/** What the search of a live frame asks of the GPU, after a first one, which compiles. */
async function countSearch() {
  const { Detector } = await import("/built/model_bench.js");
  const id = "blazeface-short";
  const detector = await Detector.on_webgpu(await bytes(`/models/${id}.json`), await bytes(`/models/${id}.safetensors`));
  await detector.search();
  gpu.reset();
  await detector.search();
  const { dispatches, submits, read_backs, ms } = gpu.counted();
  await say(`\n${id}, a frame: ${dispatches} dispatches, ${submits} submits, ${read_backs} read-backs; ${ms.toFixed(1)} ms`);
  return { dispatches, submits, read_backs, ms };
}

async function run() {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) throw new Error("this browser gives no WebGPU adapter");
  const { vendor, architecture, description } = adapter.info;
  const name = [vendor, architecture, description].filter(Boolean).join(" ");
  const card = await bytes(`/models/${network}.json`);
  await say(`${network} on ${name}, median of ${nRuns} interleaved runs, onnxruntime-web ${wanted.get("ort")}\n`);
  gpu.install();
  const ours = await begin("Ferrum", () => openOurs(card));
  const theirs = await begin("onnxruntime-web", () => openTheirs(JSON.parse(new TextDecoder().decode(card))));
  const first_ms = { ours: ours.ms, theirs: theirs.ms };
  const batches = await compare({ ours: ours.classify, theirs: theirs.classify }, nRuns, say, gpu);
  const search = await countSearch();
  const browser = navigator.userAgent;
  const report = { adapter: name, browser, onnxruntime: wanted.get("ort"), network, runs: nRuns, first_ms, batches, search };
  return { ...report, faults: faults(report) };
}

/** What is not as it should be: other outputs, or a call of ours that waits for the GPU more than once. */
function faults({ batches, search }) {
  const found = isFine(batches) ? [] : ["the outputs differ"];
  const calls = [...batches.map((row) => row.gpu.ours), search];
  if (!calls.every((call) => call.read_backs === 1)) found.push("expected one read-back in each call of Ferrum");
  return found;
}

/** Opens a program and has it classify a face: kernels are compiled for it. */
async function begin(name, open) {
  const start = performance.now();
  const classify = await open();
  await classify(new Uint8Array(SIDE ** 2));
  const ms = performance.now() - start;
  await say(`${name}: ${ms.toFixed(0)} ms from the first byte asked for to the first face`);
  return { classify, ms };
}

// Whoever opened the page in a browser of their own finds the report in it.
try {
  window.report = await run();
} catch (error) {
  window.report = { error: String(error) };
  await say(`error: ${error.message ?? error}`);
}
await send("/report", window.report);
