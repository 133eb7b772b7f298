/**
 * Faces in a picture: mien's own detector, two looks at each picture and a closer one at each face in doubt, as
 * mien/detector/onnx_face.py.
 */

import * as boxes from "./boxes.js";
import { UNSEEN, closerLook, doubtful, weigh } from "./closer.js";
import { decode } from "./decode.js";
import { round } from "./numbers.js";
import { DETECTOR } from "./options.js";
import { resize, shrunk } from "./resize.js";

const LARGEST_STRIDE = 32;
const FILL = 114;

/** A copy of the picture with this long side, how much longer its sides are, and where it begins. */
function takeLook(picture, longSidePx, { enlarge = false } = {}) {
  const wanted = longSidePx / Math.max(picture.width, picture.height);
  const factor = enlarge ? wanted : Math.min(1, wanted);
  const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, round(side * factor)));
  const scaled = factor < 1 ? shrunk : resize;
  return { picture: scaled(picture, width, height), factor, corner: [0, 0] };
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

/** The faces to report, largest first. */
function choose(faces, picture) {
  const kept = distinct(faces, picture);
  return kept.sort((a, b) => boxes.area(b.boxXyxy) - boxes.area(a.boxXyxy)).slice(0, DETECTOR.maxFaces);
}

/** The faces that may be reported: not too small, not outside, of two that cover each other the surer. */
function distinct(faces, { width, height }) {
  const wanted = faces.filter(({ boxXyxy }) => {
    const [x, y] = boxes.centre(boxXyxy);
    const inside = x >= 0 && x < width && y >= 0 && y < height;
    return inside && boxes.longerSide(boxXyxy) >= DETECTOR.minFacePx;
  });
  const kept = [];
  for (const face of wanted.sort((a, b) => b.score - a.score)) {
    if (kept.every((other) => boxes.cover(face.boxXyxy, other.boxXyxy) <= DETECTOR.maxCover)) kept.push(face);
  }
  return kept;
}

/** A face of a look in pixels of the picture. */
function placed(face, { factor, corner: [left, top] }) {
  const back = ([x, y]) => [x / factor + left, y / factor + top];
  const [x0, y0, x1, y1] = face.boxXyxy;
  return {
    ...face,
    boxXyxy: [...back([x0, y0]), ...back([x1, y1])],
    landmarksXy: face.landmarksXy.map(back),
  };
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
    const longSidePx = Math.max(picture.width, picture.height);
    const sharp = await this.#look(takeLook(picture, this.#sharpPx(longSidePx)));
    const close = await this.#look(takeLook(picture, DETECTOR.ownCloseUpPx, { enlarge: true }));
    const least = DETECTOR.ownCloseUpFace * longSidePx;
    return this.#settle([...sharp, ...close.filter(({ boxXyxy }) => boxes.longerSide(boxXyxy) >= least)], picture);
  }

  /**
   * One look, only as large as faces of at least so many pixels need.
   * @returns what it finds, largest first; null where it would save nothing
   */
  async glance(picture, leastPx) {
    const longSidePx = Math.max(picture.width, picture.height);
    const needed = Math.ceil((longSidePx * DETECTOR.ownGlancePx) / Math.max(leastPx, 1));
    const whole = Math.ceil(needed / LARGEST_STRIDE) * LARGEST_STRIDE;
    const glancePx = Math.max(whole, DETECTOR.ownCloseUpPx);
    const fullPx = Math.min(this.#sharpPx(longSidePx), longSidePx);
    if (glancePx ** 2 > DETECTOR.ownGlanceGain * fullPx ** 2) return null;
    return this.#settle(await this.#look(takeLook(picture, glancePx)), picture);
  }

  /** The faces among what was found, after a closer look at those in doubt; largest first. */
  async #settle(looked, picture) {
    const found = await this.#reconsider(distinct(looked, picture), picture);
    return choose(found.filter(({ score }) => score >= this.spec.min_score), picture);
  }

  /** Long side at which the smallest wanted face is not too small for the model, as far as that goes. */
  #sharpPx(longSidePx) {
    const needed = Math.ceil((longSidePx * this.spec.smallest_px) / DETECTOR.minFacePx);
    return Math.min(Math.max(needed, DETECTOR.longSidePx), DETECTOR.ownLargestPx);
  }

  async #look(look) {
    const [faces] = await this.#readAll([look], Math.min(this.spec.min_score, DETECTOR.ownDoubtLeast));
    return faces;
  }

  /** The faces after a closer look at those in doubt. */
  async #reconsider(faces, picture) {
    const unsure = doubtful(faces);
    if (unsure.length === 0) return faces;
    const looks = unsure.map((face) => closerLook(picture, face));
    const seen = await this.#readAll(looks, UNSEEN);
    return [...faces.filter((face) => !unsure.includes(face)), ...unsure.map((face, at) => weigh(face, seen[at]))];
  }

  /** The faces scored at least so in looks of one size, each in pixels of the picture. */
  async #readAll(looks, least) {
    const filled = looks.map(({ picture }) => planesOf(picture));
    const [{ planes, wide, high }] = filled;
    const all = new Uint8Array(looks.length * planes.length);
    filled.forEach((each, at) => all.set(each.planes, at * planes.length));
    const images = this.runtime.tensor("uint8", all, [looks.length, 3, high, wide]);
    const { raw } = await this.runtime.run(this.session, { images }, ["raw"]);
    const length = raw.length / looks.length;
    return looks.map((look, at) =>
      decode(raw.subarray(at * length, (at + 1) * length), wide, high, least).map((face) => placed(face, look)),
    );
  }
}
