/** When mien had better say "unsure", as mien/doubt.py. */

import { Memory } from "./memory.js";
import { DOUBT, EMOTIONS } from "./options.js";

/** Each reason, a value, and what that must not be under. */
function* limits({ quality, probs, emotion }, options) {
  yield ["small", quality.size_px, options.minSizePx];
  yield ["dark", quality.light, options.minLight];
  if (quality.turn !== null) {
    // Minus signs: a face must not be tilted or turned by more than the limit.
    yield ["turned", -Math.abs(quality.turn), -options.maxTurn];
    yield ["turned", -Math.abs(quality.tilt_deg), -options.maxTiltDeg];
  }
  yield ["blurred", quality.sharpness, options.minSharpness];
  yield ["probability", probs[EMOTIONS.indexOf(emotion)], options.minProb];
}

/** The first reason that holds, or null; a face in doubt must be better than the limit by some slack. */
function reasonFor(face, shown, options) {
  for (const [doubt, value, limit] of limits(face, options)) {
    const strictness = doubt === shown ? options.slack * Math.abs(limit) : 0;
    if (value < limit + strictness) return doubt;
  }
  return null;
}

/** By how many times the slack the face is better than the limits of a doubt that is to end. */
function hasteOf(face, ended, options) {
  const { slack, haste } = options;
  const clearances = Array.from(limits(face, options))
    .filter(([doubt]) => doubt === ended)
    .map(([, value, limit]) => (slack * limit ? (value - limit) / (slack * Math.abs(limit)) : haste));
  return Math.max(1, Math.min(haste, ...clearances));
}

export class Judge {
  #verdicts;

  constructor(options = DOUBT) {
    this.options = options;
    this.#verdicts = new Memory(options.maxGapS);
  }

  /** The faces of one frame, in the order given, with `doubt` set or null. */
  update(faces, timestampS) {
    this.#verdicts.forget(timestampS);
    return faces.map((face) => {
      const verdict = this.#judge(face, timestampS);
      this.#verdicts.set(face.id, verdict, timestampS);
      return { ...face, doubt: verdict.doubt };
    });
  }

  #judge(face, timestampS) {
    const old = this.#verdicts.get(face.id);
    // A new emotion has been held by the smoother already: it need not wait, nor be surer, once more.
    const isNews = face.emotion !== old?.emotion;
    const now = reasonFor(face, isNews ? null : old.doubt, this.options);
    const settled = { doubt: now, emotion: face.emotion, wrongS: null, seenS: timestampS };
    if (!old || now === old.doubt || (isNews && now === null)) return settled;
    const wrongS = this.#wrongS(old, face, now, timestampS);
    // Sums of timestamps such as 0.3 are not exact: without some slack it would take a frame longer.
    return wrongS >= this.options.holdS - 1e-6 ? settled : { ...old, wrongS, seenS: timestampS };
  }

  /** For how long there has been reason for another verdict, where there is reason now. */
  #wrongS(old, face, now, timestampS) {
    if (old.wrongS === null) return 0;
    const haste = now === null ? hasteOf(face, old.doubt, this.options) : 1;
    return old.wrongS + haste * Math.max(0, timestampS - old.seenS);
  }
}
