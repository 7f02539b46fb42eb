// Human and face-api.js on the photos of a folder, each with its own settings, on tfjs's wasm back-end: the label that
// either gives to the largest face of each photo. `cargo xtask bench wild` calls it.
//
//     node cli/benches/face-apis/wild.mjs FOLDER OUT.json

import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import sharp from 'sharp';

const require = createRequire(import.meta.url);
const modules = path.join(path.dirname(fileURLToPath(import.meta.url)), 'node_modules');
const wasm = path.join(modules, '@tensorflow/tfjs-backend-wasm/dist/');

// FER2013's word for each of theirs.
const LABELS = {
  angry: 'angry', disgust: 'disgust', fear: 'fear', happy: 'happy', sad: 'sad', surprise: 'surprise', neutral: 'neutral',
  fearful: 'fear', disgusted: 'disgust', surprised: 'surprise',
};

// Both read their weights by `fetch`, which in Node reads no files.
const fetchFromNetwork = globalThis.fetch;
globalThis.fetch = async (address, options) => {
  const url = String(address?.url ?? address);
  return url.startsWith('file:') ? new Response(fs.readFileSync(fileURLToPath(url))) : fetchFromNetwork(address, options);
};

/** Human: `photo => [{ area, label }]`. */
async function human() {
  const { Human } = require(path.join(modules, '@vladmandic/human/dist/human.node-wasm.js'));
  const off = { enabled: false };
  const human = new Human({
    backend: 'wasm',
    wasmPath: wasm,
    modelBasePath: `${pathToFileURL(path.join(modules, '@vladmandic/human/models')).href}/`,
    // Every photo is another one.
    cacheSensitivity: 0,
    face: { iris: off, description: off, antispoof: off, liveness: off },
    body: off, hand: off, gesture: off, object: off, segmentation: off,
  });
  await human.load();
  const read = async ({ data, info }) => {
    const tensor = human.tf.tensor4d(new Int32Array(data), [1, info.height, info.width, info.channels], 'float32');
    const { face, error } = await human.detect(tensor);
    human.tf.dispose(tensor);
    if (error) throw new Error(error);
    return face.map(({ box: [, , width, height], emotion }) => ({ area: width * height, label: emotion?.[0]?.emotion }));
  };
  return [{ name: `Human ${human.version}`, read }];
}

/** face-api.js with each of its detectors. */
async function faceApi() {
  const api = require(path.join(modules, '@vladmandic/face-api/dist/face-api.node-wasm.js'));
  require('@tensorflow/tfjs-backend-wasm').setWasmPaths(wasm);
  await api.tf.setBackend('wasm');
  await api.tf.ready();
  const models = path.join(modules, '@vladmandic/face-api/model');
  const { tinyFaceDetector, ssdMobilenetv1, faceExpressionNet } = api.nets;
  for (const net of [tinyFaceDetector, ssdMobilenetv1, faceExpressionNet]) {
    await net.loadFromUri(pathToFileURL(models).href);
  }
  const by = (options) => async ({ data, info }) => {
    const tensor = api.tf.tensor3d(new Int32Array(data), [info.height, info.width, info.channels]);
    const faces = await api.detectAllFaces(tensor, options).withFaceExpressions();
    api.tf.dispose(tensor);
    return faces.map(({ detection, expressions }) => ({
      area: detection.box.area,
      label: expressions.asSortedArray()[0]?.expression,
    }));
  };
  const name = `face-api ${api.version}`;
  return [
    { name: `${name}, tiny detector`, read: by(new api.TinyFaceDetectorOptions()) },
    { name: `${name}, SSD detector`, read: by(new api.SsdMobilenetv1Options()) },
  ];
}

const [folder, out] = process.argv.slice(2);
if (!out) {
  console.error('expected the folder of the photos and a file to write, as in `wild.mjs ../shared/wild/photos out.json`');
  process.exit(2);
}
const photos = fs.readdirSync(folder).filter((name) => /\.(jpe?g|png|webp)$/i.test(name)).sort();
const report = {};
for (const { name, read } of [...(await human()), ...(await faceApi())]) {
  const answers = {};
  for (const [i, photo] of photos.entries()) {
    const picture = sharp(path.join(folder, photo)).rotate().flatten().toColourspace('srgb').raw();
    const faces = await read(await picture.toBuffer({ resolveWithObject: true }));
    const largest = faces.sort((a, b) => b.area - a.area)[0];
    answers[photo] = largest ? LABELS[largest.label] ?? null : undefined;
    if (process.stderr.isTTY) process.stderr.write(`\r${name}: ${i + 1} of ${photos.length} photos`);
  }
  process.stderr.write(process.stderr.isTTY ? '\n' : `${name}: ${photos.length} photos\n`);
  // A photo without a face is left out; a face without a label is null.
  report[name] = answers;
}
fs.writeFileSync(out, JSON.stringify(report));
