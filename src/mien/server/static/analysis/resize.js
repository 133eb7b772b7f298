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

/** Mix those rows of `source` that make the new row `to` into `row`, of as many numbers. */
function mixRows(source, { starts, counts, weights, most }, to, row) {
  const length = row.length;
  let old = starts[to] * length;
  let weight = weights[to * most];
  for (let k = 0; k < length; k += 1) row[k] = weight * source[old + k];
  for (let tap = 1; tap < counts[to]; tap += 1) {
    old += length;
    weight = weights[to * most + tap];
    for (let k = 0; k < length; k += 1) row[k] += weight * source[old + k];
  }
}

/** Mix the pixels of a row, of one number each, into those of a narrower or wider one at `at` of `data`. */
function mixGrey(row, { starts, counts, weights, most }, data, at) {
  for (let i = 0; i < starts.length; i += 1) {
    let sum = 0;
    for (let tap = 0; tap < counts[i]; tap += 1) sum += weights[i * most + tap] * row[starts[i] + tap];
    data[at + i] = sum;
  }
}

/** The same for three numbers each. */
function mixColour(row, { starts, counts, weights, most }, data, at) {
  for (let i = 0, to = at; i < starts.length; i += 1, to += 3) {
    let blue = 0;
    let green = 0;
    let red = 0;
    for (let tap = 0, old = 3 * starts[i]; tap < counts[i]; tap += 1, old += 3) {
      const weight = weights[i * most + tap];
      blue += weight * row[old];
      green += weight * row[old + 1];
      red += weight * row[old + 2];
    }
    data[to] = blue;
    data[to + 1] = green;
    data[to + 2] = red;
  }
}

/** The picture in another size: means where neither side grows, else bilinear. */
export function resize(picture, width, height) {
  const shrinks = width <= picture.width && height <= picture.height;
  return mixed(picture, width, height, shrinks ? areaTaps : linearTaps);
}

/** The picture no larger than it is, as mien/detector/looks.py: means of whole blocks, then bilinear. */
export function shrunk(picture, width, height) {
  const block = Math.floor(Math.min(picture.width / width, picture.height / height));
  const few = [picture.width, picture.height].map((side) => Math.floor(side / block));
  return mixed(mixed(picture, ...few, areaTaps), width, height, linearTaps);
}

function mixed(picture, width, height, tapsOf) {
  if (picture.width === width && picture.height === height) return picture;
  const { channels } = picture;
  const [across, down] = [tapsOf(picture.width, width), tapsOf(picture.height, height)];
  const mixPixels = channels === 1 ? mixGrey : mixColour;
  const row = new Float32Array(picture.width * channels);
  // A clamped array rounds, halves to the even number.
  const data = new Uint8ClampedArray(width * height * channels);
  for (let y = 0; y < height; y += 1) {
    mixRows(picture.data, down, y, row);
    mixPixels(row, across, data, y * width * channels);
  }
  return { width, height, channels, data: new Uint8Array(data.buffer) };
}
