/**
 * Each person's own resting face, learned on request, taken out of what the model says, as mien/neutral.py and
 * mien/resting.py.
 */

import { area } from "./boxes.js";
import { Memory } from "./memory.js";
import { clamp } from "./numbers.js";
import { EMOTIONS, NEUTRAL, RESTING } from "./options.js";

/** What is added to the log-probabilities of someone whose resting face was read so, in so many frames. */
export function correctionOf(rows, options = NEUTRAL) {
  return EMOTIONS.map((emotion, column) => {
    const logs = rows.map((row) => Math.log(Math.max(row[column], RESTING.floor)));
    const mine = logs.reduce((sum, value) => sum + value, 0) / logs.length;
    const shift = clamp(options.strength * (RESTING.usual[column] - mine), -options.limit, options.limit);
    return emotion === "neutral" ? Math.max(0, shift) : Math.min(0, shift);
  });
}

/** p_k * exp(correction_k), made to sum to 1 again. */
export function corrected(probs, correction) {
  const raised = probs.map((prob, column) => prob * Math.exp(correction[column]));
  const sum = raised.reduce((total, value) => total + value, 0);
  return raised.map((value) => value / sum);
}

/** The largest of some faces, or undefined. */
function largest(faces) {
  return [...faces].sort((a, b) => area(b.boxXyxy) - area(a.boxXyxy))[0];
}

/**
 * A learned face keeps its own correction while its id lives. The one of the largest face of the last lesson is
 * at hand beside that: when nobody has it any more it goes to the largest face in view that has none.
 */
export class PersonalNeutral {
  #people = new Memory(NEUTRAL.maxGapS);
  #atHand = null;
  #lesson = null;

  /** Learn, from the next face in view on, the resting face of everyone in view. */
  learn(seconds = NEUTRAL.learnS) {
    this.#lesson = { seconds, startS: null, seen: new Map() };
  }

  /** The faces of one frame, in the order given, corrected and `personal` where one is learned. */
  update(faces, timestampS) {
    this.#people.forget(timestampS);
    if (this.#lesson) this.#attend(faces, timestampS);
    this.#handOut(faces, timestampS);
    return faces.map((face) => {
      const correction = this.#people.get(face.id);
      if (!correction) return { ...face, personal: false };
      this.#people.set(face.id, correction, timestampS);
      return { ...face, probs: corrected(face.probs, correction), personal: true };
    });
  }

  #attend(faces, timestampS) {
    const lesson = this.#lesson;
    for (const face of faces) {
      const rows = [...(lesson.seen.get(face.id)?.rows ?? []), face.probs];
      lesson.seen.set(face.id, { rows, face, seenS: timestampS });
    }
    if (!lesson.seen.size) return;
    lesson.startS ??= timestampS;
    if (timestampS - lesson.startS < lesson.seconds) return;
    this.#lesson = null;
    const enough = [...lesson.seen.values()].filter(({ rows }) => rows.length >= NEUTRAL.minFrames);
    for (const { rows, face, seenS } of enough) this.#people.set(face.id, correctionOf(rows), seenS);
    // A detector may miss a face in the very frame that ends the lesson.
    const near = enough.filter(({ seenS }) => timestampS - seenS <= NEUTRAL.maxGapS);
    const nearest = largest(near.map(({ face }) => face));
    if (nearest) this.#atHand = this.#people.get(nearest.id);
  }

  #handOut(faces, timestampS) {
    if (!this.#atHand || this.#people.entries().some(([, correction]) => correction === this.#atHand)) return;
    const heir = largest(faces.filter(({ id }) => !this.#people.get(id)));
    if (heir) this.#people.set(heir.id, this.#atHand, timestampS);
  }
}
