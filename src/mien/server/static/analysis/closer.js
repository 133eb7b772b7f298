/** A closer look at faces that are in doubt, each alone, as mien/detector/closer.py takes it. */

import * as boxes from "./boxes.js";
import { clamp, round } from "./numbers.js";
import { DETECTOR } from "./options.js";
import { squareAt } from "./picture.js";
import { resize } from "./resize.js";

const LEAST_IOU = 0.3;
export const UNSEEN = 0.02;

/** The faces that deserve a closer look, the surest first and only so many. */
export function doubtful(faces) {
  const { ownDoubtLeast: least, ownDoubtMost: most, ownCloserLooks } = DETECTOR;
  const inside = faces.filter(({ score }) => score >= least && score <= most);
  return inside.sort((a, b) => b.score - a.score).slice(0, ownCloserLooks);
}

/** The face in the middle of a square picture, how much longer its sides are, and where it begins. */
export function closerLook(picture, { boxXyxy }) {
  const side = Math.max(1, round(DETECTOR.ownCloserRoom * Math.sqrt(boxes.area(boxXyxy))));
  const corner = boxes.centre(boxXyxy).map((value) => round(value - side / 2));
  const goal = DETECTOR.ownCloserPx;
  return { picture: resize(squareAt(picture, ...corner, side), goal, goal), factor: goal / side, corner };
}

function logit(score) {
  const kept = clamp(score, 1e-6, 1 - 1e-6);
  return Math.log(kept / (1 - kept));
}

/** The face after a closer look that showed `seen`, by falling score, all in pixels of the picture. */
export function weigh(face, seen) {
  const again = seen.find(({ boxXyxy }) => boxes.iou(boxXyxy, face.boxXyxy) >= LEAST_IOU);
  const other = Math.max(UNSEEN, again?.score ?? 0);
  const score = 1 / (1 + Math.exp(-(logit(face.score) + logit(other)) / 2));
  if (!again) return { ...face, score };
  const share = again.score / (again.score + face.score);
  const between = (ours, theirs) => ours.map((value, at) => value + share * (theirs[at] - value));
  return {
    boxXyxy: between(face.boxXyxy, again.boxXyxy),
    score,
    landmarksXy: face.landmarksXy.map((point, at) => between(point, again.landmarksXy[at])),
  };
}
