/** The first half of a frame's way: its faces, their crops, and how well each can be seen. */

import { cutFace } from "./cut.js";
import { measure } from "./quality.js";

/** Milliseconds on a clock that all threads share. */
export function sharedNowMs() {
  return performance.timeOrigin + performance.now();
}

/**
 * @param picture in blue, green, red
 * @param inputPx side of a crop
 * @returns {{startMs: number, width: number, height: number, faces: object[], crops: Uint8Array[]}}
 */
export async function find(detector, picture, inputPx) {
  const startMs = sharedNowMs();
  const found = await detector.detect(picture);
  return {
    startMs,
    width: picture.width,
    height: picture.height,
    faces: found.map((face) => ({ ...face, quality: measure(picture, face) })),
    crops: found.map((face) => cutFace(picture, face, detector.spec.framing, inputPx)),
  };
}
