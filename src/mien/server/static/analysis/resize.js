/**
 * Pictures in another size, as OpenCV makes them: shrinking is the mean over the area (INTER_AREA), growing
 * is bilinear (INTER_LINEAR).
 */

import { clamp } from "./numbers.js";

/**
 * Which old pixels make each new one.
 * @typedef {{starts: Int32Array, counts: Int32Array, weights: Float32Array, most: number}} Taps
 *     where they begin, how many they are, and what they weigh; there is room for `most` weights a pixel
 */
function taps(to, most) {
  return { starts: new Int32Array(to), counts: new Int32Array(to), weights: new Float32Array(to * most), most };
}

function areaTaps(from, to) {
  const scale = from / to;
  const made = taps(to, Math.ceil(scale) + 1);
  for (let i = 0; i < to; i += 1) {
    const [begin, end] = [i * scale, Math.min((i + 1) * scale, from)];
    const start = Math.floor(begin + 1e-6);
    made.starts[i] = start;
    made.counts[i] = Math.ceil(end - 1e-6) - start;
    for (let tap = 0; tap < made.counts[i]; tap += 1) {
      const shared = Math.min(end, start + tap + 1) - Math.max(begin, start + tap);
      made.weights[i * made.most + tap] = shared / (end - begin);
    }
  }
  return made;
}

function linearTaps(from, to) {
  const made = taps(to, 2);
  for (let i = 0; i < to; i += 1) {
    const place = clamp(((i + 0.5) * from) / to - 0.5, 0, from - 1);
    made.starts[i] = Math.floor(place);
    made.counts[i] = place < from - 1 ? 2 : 1;
    made.weights[2 * i + 1] = place - made.starts[i];
    made.weights[2 * i] = 1 - made.weights[2 * i + 1];
  }
  return made;
}

/** Rows in another width: `height` rows of `from` pixels become rows of `to` pixels. */
function narrowed(source, height, from, to, channels, { starts, counts, weights, most }) {
  const result = new Float32Array(height * to * channels);
  let at = 0;
  for (let row = 0; row < height; row += 1) {
    for (let i = 0; i < to; i += 1) {
      for (let channel = 0; channel < channels; channel += 1, at += 1) {
        let old = (row * from + starts[i]) * channels + channel;
        let sum = 0;
        const end = i * most + counts[i];
        for (let tap = i * most; tap < end; tap += 1, old += channels) sum += weights[tap] * source[old];
        result[at] = sum;
      }
    }
  }
  return result;
}

/** Columns in another height: rows of `width` numbers, mixed to `to` rows. */
function lowered(source, width, to, { starts, counts, weights, most }) {
  const result = new Float32Array(to * width);
  for (let row = 0; row < to; row += 1) {
    for (let tap = 0; tap < counts[row]; tap += 1) {
      const weight = weights[row * most + tap];
      const old = (starts[row] + tap) * width;
      for (let k = 0; k < width; k += 1) result[row * width + k] += weight * source[old + k];
    }
  }
  return result;
}

/** The picture in another size: means where neither side grows, else bilinear. */
export function resize(picture, width, height) {
  if (picture.width === width && picture.height === height) return picture;
  const { channels } = picture;
  const tapsOf = width <= picture.width && height <= picture.height ? areaTaps : linearTaps;
  const across = tapsOf(picture.width, width);
  const narrow = narrowed(picture.data, picture.height, picture.width, width, channels, across);
  const all = lowered(narrow, width * channels, height, tapsOf(picture.height, height));
  // A clamped array rounds, halves to the even number.
  return { width, height, channels, data: new Uint8Array(new Uint8ClampedArray(all).buffer) };
}
