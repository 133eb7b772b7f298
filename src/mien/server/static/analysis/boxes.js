/** Pure functions on boxes: [x0, y0, x1, y1] in pixels, x1 and y1 exclusive. Those of mien/boxes.py. */

import { clamp } from "./numbers.js";

/** Area in square pixels, 0 for an empty box. */
export function area([x0, y0, x1, y1]) {
  return Math.max(0, x1 - x0) * Math.max(0, y1 - y0);
}

/** The larger of width and height, in pixels. */
export function longerSide([x0, y0, x1, y1]) {
  return Math.max(x1 - x0, y1 - y0);
}

/** Middle of the box: [x, y] in pixels. */
export function centre([x0, y0, x1, y1]) {
  return [(x0 + x1) / 2, (y0 + y1) / 2];
}

/** Area in square pixels that two boxes share. */
export function overlap(a, b) {
  return area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
}

/** Intersection over union of two boxes, 0 to 1; 0 where both are empty. */
export function iou(a, b) {
  const shared = overlap(a, b);
  const union = area(a) + area(b) - shared;
  return union > 0 ? shared / union : 0;
}

/** Share of the smaller box that lies in the other, 0 to 1; 0 where one is empty. */
export function cover(a, b) {
  const smaller = Math.min(area(a), area(b));
  return smaller > 0 ? overlap(a, b) / smaller : 0;
}

/** The part of the box that lies within a picture of width x height pixels. */
export function clip([x0, y0, x1, y1], width, height) {
  return [clamp(x0, 0, width), clamp(y0, 0, height), clamp(x1, 0, width), clamp(y1, 0, height)];
}

/** The box moved so that its middle is turned clockwise, as one looks at the picture, about a pivot. */
export function swing(box, pivot, degrees) {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const [x, y] = centre(box);
  const [dx, dy] = [x - pivot[0], y - pivot[1]];
  const [right, down] = [cos * dx - sin * dy - dx, sin * dx + cos * dy - dy];
  return [box[0] + right, box[1] + down, box[2] + right, box[3] + down];
}

/** The square that is cut around a face; it may reach over the edge of the picture. */
export function square(box, framing) {
  const side = framing.scale * longerSide(box);
  const [x, y] = centre(box);
  const [left, top] = [x - side / 2, y - side / 2 - framing.lift * side];
  return [left, top, left + side, top + side];
}
