/** Where a stream's faces are, as mien/lookout.py: a full look now and then, and glances between. */

import { iou, longerSide } from "./boxes.js";
import { LOOKOUT } from "./options.js";

/** The one among others that lies best on a face, if it lies there at all. */
function same(face, others) {
  let [best, most] = [null, LOOKOUT.sameIou];
  for (const other of others) {
    const overlap = iou(other.boxXyxy, face.boxXyxy);
    if (overlap >= most && (best === null || overlap > most)) [best, most] = [other, overlap];
  }
  return best;
}

export class Lookout {
  #known = [];
  #lookedS = -Infinity;
  #trustsGlances = false;
  #leastPx = 0;

  /** @param detector `detect(picture)` and `glance(picture, leastPx)`; may be shared */
  constructor(detector) {
    this.detector = detector;
  }

  /** @returns the faces of one frame of the stream, as the detector gives them */
  async find(picture, timestampS) {
    const sinceS = timestampS - this.#lookedS;
    const isSoon = sinceS >= 0 && sinceS < LOOKOUT.fullS;
    if (!isSoon) [this.#lookedS, this.#trustsGlances] = [timestampS, true];
    let again = this.#trustsGlances ? await this.#glance(picture) : null;
    if (again === null || !isSoon) {
      again = await this.#look(picture, again ?? []);
      this.#trustsGlances = !isSoon;
    }
    this.#known = again;
    return again;
  }

  /** All faces there are, those that a glance found again where that placed them. */
  async #look(picture, again) {
    return (await this.detector.detect(picture)).map((face) => same(face, again) ?? face);
  }

  /** The known faces where they are by now; null if it takes a full look. */
  async #glance(picture) {
    if (this.#known.length === 0) return null;
    const found = (await this.detector.glance(picture, this.#steadyPx())) ?? [];
    const again = this.#known.map((face) => same(face, found));
    const seen = found.filter((face) => again.includes(face));
    return seen.length === this.#known.length ? seen : null;
  }

  /** The size of the smallest known face, the same as before while that does: so glances are alike. */
  #steadyPx() {
    const nowPx = Math.min(...this.#known.map(({ boxXyxy }) => longerSide(boxXyxy)));
    const ratio = nowPx / Math.max(this.#leastPx, 1);
    if (ratio < 1 / LOOKOUT.steady || ratio > LOOKOUT.steady) this.#leastPx = nowPx;
    return this.#leastPx;
  }
}
