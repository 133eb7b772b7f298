/** Calm labels, as mien/smoother.py: smoothing with a half-life, and a margin held for a while. */

import { Memory } from "./memory.js";
import { EMOTIONS, SMOOTHER } from "./options.js";

/** The most probable emotion. */
export function leaderOf(probs) {
  return EMOTIONS[probs.indexOf(Math.max(...probs))];
}

function decide(mood, options) {
  const leader = leaderOf(mood.probs);
  const lead = mood.probs[EMOTIONS.indexOf(leader)] - mood.probs[EMOTIONS.indexOf(mood.shown)];
  if (leader === mood.shown || lead < options.margin) return { ...mood, rival: null };
  const sinceS = leader === mood.rival ? mood.rivalSinceS : mood.seenS;
  // A timestamp such as 0.3 is not exact: without some slack the hold would last a frame longer.
  if (mood.seenS - sinceS >= options.holdS - 1e-6) return { ...mood, shown: leader, rival: null };
  return { ...mood, rival: leader, rivalSinceS: sinceS };
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
    if (!mood) return { probs, shown: leaderOf(probs), rival: null, rivalSinceS: seenS, seenS };
    const keep = 0.5 ** (Math.max(0, seenS - mood.seenS) / this.options.halfLifeS);
    const blended = mood.probs.map((before, column) => keep * before + (1 - keep) * probs[column]);
    return decide({ ...mood, probs: blended, seenS }, this.options);
  }
}
