/**
 * Each person's own resting face, learned on request, taken out of what the model says: the correction of
 * mien/resting.py. It belongs to an id; unlike mien/neutral.py it is not handed on to who comes later.
 */

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

export class PersonalNeutral {
  #people = new Memory(NEUTRAL.maxGapS);
  #lesson = null;

  /** Learn, from the next frame on, the resting face of everyone in view. */
  learn(seconds = NEUTRAL.learnS) {
    this.#lesson = { seconds, startS: null, seen: new Map() };
  }

  /** Correct nobody any more, and stop a lesson. */
  forget() {
    this.#lesson = null;
    this.#people.clear();
  }

  /** The faces of one frame, in the order given, corrected and `personal` where one is learned. */
  update(faces, timestampS) {
    this.#people.forget(timestampS);
    if (this.#lesson) this.#attend(faces, timestampS);
    return faces.map((face) => {
      const correction = this.#people.get(face.id);
      if (!correction) return { ...face, personal: false };
      this.#people.set(face.id, correction, timestampS);
      return { ...face, probs: corrected(face.probs, correction), personal: true };
    });
  }

  #attend(faces, timestampS) {
    const lesson = this.#lesson;
    lesson.startS ??= timestampS;
    for (const { id, probs } of faces) lesson.seen.set(id, [...(lesson.seen.get(id) ?? []), probs]);
    if (timestampS - lesson.startS < lesson.seconds) return;
    this.#lesson = null;
    for (const [id, rows] of lesson.seen) {
      if (rows.length >= NEUTRAL.minFrames) this.#people.set(id, correctionOf(rows), timestampS);
    }
  }
}
