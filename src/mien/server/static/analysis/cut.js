/** From a face to the square grey crop that the network reads, as mien/preprocess.py cuts it. */

import * as boxes from "./boxes.js";
import { eyeDistance, tiltDeg } from "./landmarks.js";
import { clamp, round } from "./numbers.js";
import { greySquareAt } from "./picture.js";
import { resize } from "./resize.js";

/**
 * What is under a square that is turned about a pivot, brought upright.
 * @param tilt degrees, clockwise as one looks at the picture
 * @returns a grey picture of size x size: means of samples at most a pixel of the picture apart
 */
function cutTurned(picture, square, pivot, tilt, size) {
  const [cos, sin] = [Math.cos((tilt * Math.PI) / 180), Math.sin((tilt * Math.PI) / 180)];
  const turned = (x, y) => [cos * x - sin * y, sin * x + cos * y];
  const side = square[2] - square[0];
  const [x, y] = boxes.centre(square);
  const [dx, dy] = turned(x - pivot[0], y - pivot[1]);
  const middle = [pivot[0] + dx, pivot[1] + dy];
  // A pixel more on each side, since samples lie between pixels.
  const reach = Math.ceil(side * (Math.abs(cos) + Math.abs(sin))) + 3;
  const corner = middle.map((value) => round(value - reach / 2));
  const samples = size * Math.max(1, Math.ceil(side / size));
  const step = side / samples;
  const [backX, backY] = turned((side - step) / 2, (side - step) / 2);
  const first = [middle[0] - corner[0] - backX - 0.5, middle[1] - corner[1] - backY - 0.5];
  const around = greySquareAt(picture, corner[0], corner[1], reach);
  return resize(sampled(around, first, cos * step, sin * step, samples), size, size);
}

/** samples x samples bilinear samples of a grey picture, from `first` on; a step right is (cos, sin). */
function sampled({ width, height, data: source }, [firstX, firstY], cos, sin, samples) {
  const data = new Uint8ClampedArray(samples * samples);
  for (let row = 0, to = 0; row < samples; row += 1) {
    for (let column = 0; column < samples; column += 1, to += 1) {
      const x = clamp(firstX + cos * column - sin * row, 0, width - 1.001);
      const y = clamp(firstY + sin * column + cos * row, 0, height - 1.001);
      const left = Math.floor(x);
      const top = Math.floor(y);
      const at = top * width + left;
      const upper = source[at] + (source[at + 1] - source[at]) * (x - left);
      const lower = source[at + width] + (source[at + width + 1] - source[at + width]) * (x - left);
      data[to] = upper + (lower - upper) * (y - top);
    }
  }
  return { width: samples, height: samples, channels: 1, data: new Uint8Array(data.buffer) };
}

/** By how many degrees a face's square is turned: 0 without `framing.level`, landmarks, or a sure tilt. */
export function tiltToUndo(face, framing) {
  const points = face.landmarksXy;
  if (!framing.level || !points) return 0;
  if (eyeDistance(points) < framing.min_eyes * boxes.longerSide(face.boxXyxy)) return 0;
  return clamp(tiltDeg(points), -framing.max_tilt_deg, framing.max_tilt_deg);
}

/**
 * The crop of one face.
 * @param picture in blue, green, red
 * @param framing as the face model's metadata has it: scale, lift, level, max_tilt_deg, min_eyes
 * @returns {Uint8Array} size x size grey
 */
export function cutFace(picture, face, framing, size) {
  const square = boxes.square(face.boxXyxy, framing);
  const tilt = tiltToUndo(face, framing);
  if (tilt !== 0) return cutTurned(picture, square, boxes.centre(face.boxXyxy), tilt, size).data;
  const side = Math.max(1, round(square[2] - square[0]));
  return resize(greySquareAt(picture, round(square[0]), round(square[1]), side), size, size).data;
}
