/**
 * Pictures in another size, as OpenCV makes them: shrinking is the mean over the area (INTER_AREA), growing
 * is bilinear (INTER_LINEAR). Both go along the rows first, then along the columns.
 */

import { clamp } from "./numbers.js";

/**
 * For each new pixel, where in the old ones its taps begin, how many there are, and what they weigh.
 * @returns {{starts: Int32Array, weights: Float32Array, most: number}} weights: `most` a pixel, 0 where unused
 */
function areaTaps(from, to) {
  const scale = from / to;
  const most = Math.ceil(scale) + 1;
  const [starts, weights] = [new Int32Array(to), new Float32Array(to * most)];
  for (let i = 0; i < to; i += 1) {
    const [begin, end] = [i * scale, Math.min((i + 1) * scale, from)];
    starts[i] = Math.min(Math.floor(begin + 1e-6), from - 1);
    for (let tap = 0; tap < most; tap += 1) {
      const old = starts[i] + tap;
      weights[i * most + tap] = Math.max(0, Math.min(end, old + 1) - Math.max(begin, old)) / (end - begin);
    }
  }
  return { starts, weights, most };
}

function linearTaps(from, to) {
  const [starts, weights] = [new Int32Array(to), new Float32Array(to * 2)];
  for (let i = 0; i < to; i += 1) {
    const place = clamp(((i + 0.5) * from) / to - 0.5, 0, from - 1);
    starts[i] = Math.floor(place);
    weights[2 * i + 1] = place - starts[i];
    weights[2 * i] = 1 - weights[2 * i + 1];
  }
  return { starts, weights, most: 2 };
}

/** One direction: `lines` of `from` steps become `to` steps; a step is `width` numbers, kept side by side. */
function along(source, lines, from, to, width, taps) {
  const result = new Float32Array(lines * to * width);
  const { starts, weights, most } = taps;
  for (let line = 0; line < lines; line += 1) {
    for (let i = 0; i < to; i += 1) {
      const at = (line * to + i) * width;
      for (let tap = 0; tap < most; tap += 1) {
        const weight = weights[i * most + tap];
        if (weight === 0) continue;
        const old = (line * from + starts[i] + tap) * width;
        for (let k = 0; k < width; k += 1) result[at + k] += weight * source[old + k];
      }
    }
  }
  return result;
}

/** The picture in another size: means where neither side grows, else bilinear. */
export function resize(picture, width, height) {
  if (picture.width === width && picture.height === height) return picture;
  const { channels } = picture;
  const taps = width <= picture.width && height <= picture.height ? areaTaps : linearTaps;
  const wide = along(picture.data, picture.height, picture.width, width, channels, taps(picture.width, width));
  const rows = along(wide, 1, picture.height, height, width * channels, taps(picture.height, height));
  // A clamped array rounds, halves to the even number.
  return { width, height, channels, data: new Uint8Array(new Uint8ClampedArray(rows).buffer) };
}
