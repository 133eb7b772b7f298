/** Calm labels, as mien/smoother.py: smoothing with a half-life, and a label that changes on evidence. */

import { Memory } from "./memory.js";
import { clamp } from "./numbers.js";
import { EMOTIONS, SMOOTHER } from "./options.js";

const FLOOR = 1e-9;

/** The most probable emotion, but never `except`. */
export function leaderOf(probs, except = null) {
  const allowed = probs.map((prob, column) => (EMOTIONS[column] === except ? -1 : prob));
  return EMOTIONS[allowed.indexOf(Math.max(...allowed))];
}

/** Seconds of evidence for each other emotion after this frame: cumulative sums of log-odds. */
function weigh(mood, restless, probs, passedS, options) {
  const [clear, even] = [Math.log(options.clearOdds), Math.log(options.evenOdds)];
  const countedS = Math.min(passedS, options.holdS / 2) / (clear - even);
  const logs = probs.map((prob) => Math.log(Math.max(prob, FLOOR)));
  const goal = logs[EMOTIONS.indexOf(mood.shown)] + Math.log(1 + restless);
  return mood.evidenceS.map((before, column) =>
    Math.max(0, before + countedS * (clamp(logs[column] - goal, -clear, clear) - even)),
  );
}

export class Smoother {
  #moods;

  constructor(options = SMOOTHER) {
    this.options = options;
    this.#moods = new Memory(options.maxGapS);
  }

  /** The faces of one frame, in the order given, with calm `probs` and an `emotion`. */
  update(faces, timestampS) {
    this.#moods.forget(timestampS);
    return faces.map((face) => {
      const mood = this.#feel(face, timestampS);
      this.#moods.set(face.id, mood, timestampS);
      return { ...face, probs: mood.probs, emotion: mood.shown };
    });
  }

  #feel({ id, probs }, seenS) {
    const mood = this.#moods.get(id);
    const anew = { probs, evidenceS: EMOTIONS.map(() => 0), seenS };
    if (!mood) return { ...anew, shown: leaderOf(probs), restless: 0 };
    const passedS = Math.max(0, seenS - mood.seenS);
    const keep = 0.5 ** (passedS / this.options.halfLifeS);
    const blended = mood.probs.map((before, column) => keep * before + (1 - keep) * probs[column]);
    const restless = mood.restless * 0.5 ** (passedS / this.options.restlessHalfLifeS);
    const evidenceS = weigh(mood, restless, probs, passedS, this.options);
    // Sums of timestamps such as 0.3 are not exact: without some slack it would take a frame longer.
    if (Math.max(...evidenceS) < this.options.holdS - 1e-6) {
      return { probs: blended, shown: mood.shown, evidenceS, restless, seenS };
    }
    const more = Math.min(restless + 1, this.options.restlessMost);
    return { ...anew, shown: leaderOf(blended, mood.shown), restless: more };
  }
}
