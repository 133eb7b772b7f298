/**
 * From the face network's raw answers to faces, as mien/detector/decode.py does it: tests/vectors/
 * detector_decode.json shows both equal.
 *
 * A cell is a square of 8, 16 or 32 pixels. Its answer is a score logit, the natural logarithms of the
 * distances from its middle to the left, upper, right and lower side of the box, and the offsets x, y of five
 * points from its middle; distances and offsets in units of its stride.
 */

import { overlap, area } from "./boxes.js";

const STRIDES = [8, 16, 32];
const CHANNELS = 15;
const LARGEST_LOG = 6;

/** Middle x, y and stride of every cell, in the order of the network's answers. */
function* cells(width, height) {
  for (const stride of STRIDES) {
    for (let y = 0.5 * stride; y < height; y += stride) {
      for (let x = 0.5 * stride; x < width; x += stride) yield [x, y, stride];
    }
  }
}

function faceOf(said, [x, y, stride], score) {
  const [left, top, right, bottom] = Array.from(
    said.subarray(1, 5),
    (value) => Math.exp(Math.min(value, LARGEST_LOG)) * stride,
  );
  const landmarksXy = [5, 7, 9, 11, 13].map((at) => [x + said[at] * stride, y + said[at + 1] * stride]);
  return { boxXyxy: [x - left, y - top, x + right, y + bottom], score, landmarksXy };
}

/** The faces that stay when, best first, each strikes out the later ones that it overlaps too much. */
function suppress(faces, maxIou) {
  const kept = [];
  for (const face of faces) {
    const struck = kept.some(({ boxXyxy }) => {
      const shared = overlap(boxXyxy, face.boxXyxy);
      return shared > maxIou * (area(boxXyxy) + area(face.boxXyxy) - shared);
    });
    if (!struck) kept.push(face);
  }
  return kept;
}

/**
 * The faces of one picture, by falling score.
 * @param {Float32Array} raw 15 numbers a cell, of an input of width x height pixels, multiples of 32
 * @param minScore cells scored under it, 0 to 1, say nothing
 * @param maxIou of two boxes that overlap more than this only the better scored one stays
 * @returns {{boxXyxy: number[], score: number, landmarksXy: number[][]}[]} in pixels of the input
 */
export function decode(raw, width, height, minScore, maxIou = 0.45) {
  const faces = [];
  let start = 0;
  for (const cell of cells(width, height)) {
    const score = 1 / (1 + Math.exp(-raw[start]));
    if (score >= minScore) faces.push(faceOf(raw.subarray(start, start + CHANNELS), cell, score));
    start += CHANNELS;
  }
  return suppress(faces.sort((a, b) => b.score - a.score), maxIou);
}
