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
    const now = reasonFor(face, old?.doubt ?? null, this.options);
    const settled = { doubt: now, emotion: face.emotion, wrongSinceS: null };
    // A new emotion has been held by the smoother already: what is sure now need not wait once more.
    const isNews = now === null && face.emotion !== old?.emotion;
    if (!old || now === old.doubt || isNews) return settled;
    const sinceS = old.wrongSinceS ?? timestampS;
    // A timestamp such as 0.3 is not exact: without some slack the hold would last a frame longer.
    return timestampS - sinceS >= this.options.holdS - 1e-6 ? settled : { ...old, wrongSinceS: sinceS };
  }
}
