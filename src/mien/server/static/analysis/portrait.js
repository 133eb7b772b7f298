/** What a face looks like in a few numbers, as mien/portrait.py: its greys at length 1, or all 0 where blank. */

import { round } from "./numbers.js";
import { part } from "./picture.js";
import { resize } from "./resize.js";

const CELLS = 8;
const MARGIN = 0.15;

/** The same at length 1; what is blank stays 0. */
export function unit(portrait) {
  const length = Math.hypot(...portrait);
  return portrait.map((value) => (length > 1e-3 ? value / length : 0));
}

/** @param {Uint8Array} crop a square grey one */
export function portraitOf(crop) {
  const side = Math.sqrt(crop.length);
  const edge = round(side * MARGIN);
  const inner = part({ width: side, channels: 1, data: crop }, edge, edge, side - edge, side - edge);
  const small = Array.from(resize(inner, CELLS, CELLS).data);
  const mean = small.reduce((sum, value) => sum + value, 0) / small.length;
  return unit(small.map((value) => value - mean));
}

/** Correlation of two faces' greys, -1 to 1. */
export function likeness(a, b) {
  return a.reduce((sum, value, cell) => sum + value * b[cell], 0);
}
