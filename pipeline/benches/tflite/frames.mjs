// Frames of 640×480 RGBA pixels, made of the two pictures that are shipped.

import { readFileSync } from "node:fs";
import { join } from "node:path";

export const WIDTH = 640;
export const HEIGHT = 480;

// How many faces the near and the far search find, and what is seen where: left, top, width and height in the picture (a
// negative width mirrors), then in the frame.
const FRAMES = [
  { name: "one face", faces: [1, 1], parts: [{ of: "astronaut", from: [0, 0, 512, 384], to: [0, 0, 640, 480] }] },
  {
    name: "three faces",
    faces: [3, 3],
    parts: [
      { of: "astronaut", from: [100, 0, 256, 384], to: [0, 0, 320, 480] },
      { of: "obama", from: [0, 0, 320, 240], to: [320, 0, 320, 240] },
      { of: "astronaut", from: [372, 0, -300, 225], to: [320, 240, 320, 240] },
    ],
  },
  // The far search looks twice.
  { name: "small face", faces: [0, 1], parts: [{ of: "astronaut", from: [0, 0, 512, 512], to: [40, 40, 200, 200] }] },
];

/** The frames: name, how many faces they show, and pixels. `decode` is from a file to `width` and `data`. */
export function frames(root, decode) {
  const read = (path) => {
    const { width, data } = decode(readFileSync(join(root, path)));
    return { width, data };
  };
  const pictures = { astronaut: read("www/samples/astronaut.png"), obama: read("trainer-native/assets/obama.jpg") };
  return FRAMES.map(({ name, faces, parts }) => {
    const rgba = new Uint8Array(WIDTH * HEIGHT * 4).fill(255);
    parts.forEach(({ of, from, to }) => paint(rgba, pictures[of], from, to));
    return { name, faces, rgba };
  });
}

/** `[side, side, 3]` from -1 to 1, as the networks read it: the nearest pixels of the frame, squeezed to a square. */
export function squeezed(rgba, side) {
  const picture = new Float32Array(side * side * 3);
  for (let pixel = 0; pixel < side * side; pixel++) {
    const [x, y] = [pixel % side, Math.floor(pixel / side)].map((at) => (at + 0.5) / side);
    const start = (Math.floor(y * HEIGHT) * WIDTH + Math.floor(x * WIDTH)) * 4;
    for (let colour = 0; colour < 3; colour++) picture[pixel * 3 + colour] = rgba[start + colour] / 127.5 - 1;
  }
  return picture;
}

/** A part of a picture, bilinear, into a part of a frame. */
function paint(rgba, { width: stride, data }, [left, top, width, height], [x0, y0, nColumns, nRows]) {
  const last = [stride - 1, data.length / 4 / stride - 1];
  const around = (at, end) => {
    const clamped = Math.min(Math.max(at, 0), end);
    return [Math.floor(clamped), Math.ceil(clamped), clamped % 1];
  };
  for (let y = 0; y < nRows; y++) {
    const [above, below, v] = around(top + ((y + 0.5) / nRows) * height - 0.5, last[1]);
    for (let x = 0; x < nColumns; x++) {
      const [before, after, u] = around(left + ((x + 0.5) / nColumns) * width - 0.5, last[0]);
      for (let colour = 0; colour < 3; colour++) {
        const at = (column, row) => data[(row * stride + column) * 4 + colour];
        const across = (row) => at(before, row) * (1 - u) + at(after, row) * u;
        rgba[((y0 + y) * WIDTH + x0 + x) * 4 + colour] = Math.round(across(above) * (1 - v) + across(below) * v);
      }
    }
  }
}
