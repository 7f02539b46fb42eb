// onnxruntime-web as it is used here: its wasm back-end, on one thread.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const SIDE = 48;

/** The version that is compared with. */
export const ORT_VERSION = JSON.parse(readFileSync(join(HERE, "package.json"))).dependencies["onnxruntime-web"];

/** Fetches onnxruntime-web with npm where it is missing. */
export function install() {
  const found = join(HERE, "node_modules/onnxruntime-web/package.json");
  if (existsSync(found) && JSON.parse(readFileSync(found)).version === ORT_VERSION) return;
  execFileSync("npm", ["install", "--no-package-lock", "--no-audit", "--no-fund"], { cwd: HERE, stdio: "inherit" });
}

/** A function from faces, `n * 48 * 48` grey levels, to logits by the name of the output, as flat arrays. */
export async function open(file) {
  const ort = await import("onnxruntime-web");
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(readFileSync(file), { executionProviders: ["wasm"] });
  return async (faces) => {
    const levels = Float32Array.from(faces);
    const outputs = await session.run({ faces: new ort.Tensor("float32", levels, [faces.length / SIDE ** 2, 1, SIDE, SIDE]) });
    return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data]));
  };
}
