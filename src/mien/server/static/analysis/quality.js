/** How well a face can be seen, as mien/quality.py measures it. */

import * as boxes from "./boxes.js";
import { tiltDeg, turn } from "./landmarks.js";
import { round } from "./numbers.js";
import { grey, part } from "./picture.js";
import { resize } from "./resize.js";

const SIDE_PX = 48;

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values) {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / values.length;
}

/** A place beyond the edge is that mirrored at the edge's pixel. */
function within(place, size) {
  return place < 0 ? 1 : place >= size ? size - 2 : place;
}

function laplacian({ width, height, data }) {
  const at = (x, y) => data[within(y, height) * width + within(x, width)];
  return Float32Array.from(data, (value, index) => {
    const [x, y] = [index % width, Math.floor(index / width)];
    return at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4 * value;
  });
}

/** How much fine detail a grey picture holds, 0 to 1: variance of its Laplacian over its own, r / (1 + r). */
export function sharpness(picture) {
  const spread = variance(picture.data);
  if (spread < 1) return 0;
  const ratio = variance(laplacian(picture)) / spread;
  return ratio / (1 + ratio);
}

/** The face as it is looked at, or null for one outside the picture. */
function seenPart(picture, box) {
  const [x0, y0, x1, y1] = boxes.clip(box, picture.width, picture.height).map(round);
  if (x1 <= x0 || y1 <= y0) return null;
  return grey(resize(part(picture, x0, y0, x1, y1), SIDE_PX, SIDE_PX));
}

/** @returns size_px, sharpness, light, tilt_deg and turn of a face in a picture in blue, green, red */
export function measure(picture, { boxXyxy, landmarksXy }) {
  const seen = seenPart(picture, boxXyxy);
  return {
    size_px: boxes.longerSide(boxXyxy),
    sharpness: seen ? sharpness(seen) : 0,
    light: seen ? mean(seen.data) / 255 : 0,
    tilt_deg: landmarksXy ? tiltDeg(landmarksXy) : null,
    turn: landmarksXy ? turn(landmarksXy) : null,
  };
}
