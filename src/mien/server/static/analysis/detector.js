/** Faces in a picture: mien's own detector, two looks at each picture, as mien/detector/onnx_face.py. */

import * as boxes from "./boxes.js";
import { decode } from "./decode.js";
import { round } from "./numbers.js";
import { DETECTOR } from "./options.js";
import { resize } from "./resize.js";

const LARGEST_STRIDE = 32;
const FILL = 114;

/** A copy of the picture with this long side, and how much longer its sides are than the picture's. */
function takeLook(picture, longSidePx, { enlarge = false } = {}) {
  const wanted = longSidePx / Math.max(picture.width, picture.height);
  const factor = enlarge ? wanted : Math.min(1, wanted);
  const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, round(side * factor)));
  return { picture: resize(picture, width, height), factor };
}

/** The network's input: planes of blue, green, red, filled up to multiples of 32 to the right and below. */
function planesOf({ width, height, data }) {
  const [wide, high] = [width, height].map((side) => Math.ceil(side / LARGEST_STRIDE) * LARGEST_STRIDE);
  const size = wide * high;
  const planes = new Uint8Array(3 * size);
  if (width * height < size) planes.fill(FILL);
  for (let y = 0, from = 0; y < height; y += 1) {
    for (let to = y * wide, end = to + width; to < end; to += 1, from += 3) {
      planes[to] = data[from];
      planes[to + size] = data[from + 1];
      planes[to + 2 * size] = data[from + 2];
    }
  }
  return { planes, wide, high };
}

/** The faces to report, largest first: not too small, not outside, of two that cover each other the surer. */
export function choose(faces, { width, height }) {
  const wanted = faces.filter(({ boxXyxy }) => {
    const [x, y] = boxes.centre(boxXyxy);
    const inside = x >= 0 && x < width && y >= 0 && y < height;
    return inside && boxes.longerSide(boxXyxy) >= DETECTOR.minFacePx;
  });
  const kept = [];
  for (const face of wanted.sort((a, b) => b.score - a.score)) {
    if (kept.every((other) => boxes.cover(face.boxXyxy, other.boxXyxy) <= DETECTOR.maxCover)) kept.push(face);
  }
  return kept.sort((a, b) => boxes.area(b.boxXyxy) - boxes.area(a.boxXyxy)).slice(0, DETECTOR.maxFaces);
}

export class Detector {
  /**
   * @param runtime what runs a model: `tensor(type, data, dims)` and `run(session, feeds, outputs)`
   * @param session of the face model
   * @param spec its metadata: smallest_px, min_score, framing
   */
  constructor(runtime, session, spec) {
    this.runtime = runtime;
    this.session = session;
    this.spec = spec;
  }

  /** One of a model file's bytes. */
  static async open(runtime, bytes, spec) {
    const detector = new Detector(runtime, await runtime.session(bytes), spec);
    // The first run is slow, and shows whether this runtime can do it at all.
    await detector.detect({ width: 640, height: 480, channels: 3, data: new Uint8Array(640 * 480 * 3) });
    return detector;
  }

  /** @returns the faces in a picture in blue, green, red, largest first, in its pixels, with landmarks */
  async detect(picture) {
    return choose([...(await this.lookSharp(picture)), ...(await this.lookClose(picture))], picture);
  }

  /** What the look that finds small faces finds: not yet chosen from. */
  lookSharp(picture) {
    return this.#look(takeLook(picture, this.#sharpPx(Math.max(picture.width, picture.height))));
  }

  /** What the small look finds: faces that fill the picture. */
  async lookClose(picture) {
    const least = DETECTOR.ownCloseUpFace * Math.max(picture.width, picture.height);
    const faces = await this.#look(takeLook(picture, DETECTOR.ownCloseUpPx, { enlarge: true }));
    return faces.filter(({ boxXyxy }) => boxes.longerSide(boxXyxy) >= least);
  }

  /** Long side at which the smallest wanted face is not too small for the model, as far as that goes. */
  #sharpPx(longSidePx) {
    const needed = Math.ceil((longSidePx * this.spec.smallest_px) / DETECTOR.minFacePx);
    return Math.min(Math.max(needed, DETECTOR.longSidePx), DETECTOR.ownLargestPx);
  }

  async #look({ picture, factor }) {
    const { planes, wide, high } = planesOf(picture);
    const images = this.runtime.tensor("uint8", planes, [1, 3, high, wide]);
    const { raw } = await this.runtime.run(this.session, { images }, ["raw"]);
    return decode(raw, wide, high, this.spec.min_score).map((face) => ({
      ...face,
      boxXyxy: face.boxXyxy.map((value) => value / factor),
      landmarksXy: face.landmarksXy.map((point) => point.map((value) => value / factor)),
    }));
  }
}
