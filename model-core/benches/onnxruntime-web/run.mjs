// Prints what onnxruntime-web makes of faces, a line of JSON a model: `node run.mjs FACES MODEL.onnx …`, where FACES holds
// 48 * 48 bytes a face.

import { readFileSync } from "node:fs";
import { open } from "./runtime.mjs";

const [faces, ...models] = process.argv.slice(2);
for (const model of models) {
  const classify = await open(model);
  const logits = Object.entries(await classify(readFileSync(faces))).map(([name, data]) => [name, Array.from(data)]);
  console.log(JSON.stringify(Object.fromEntries(logits)));
}
