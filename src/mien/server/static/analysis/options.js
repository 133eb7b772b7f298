/**
 * The numbers of the analysis, by the names that they have in mien/options.py, where each is explained.
 * A test holds the two equal.
 */

export const EMOTIONS = Object.freeze(["angry", "happy", "sad", "surprise", "neutral"]);

export const SCHEMA = 2;

export const DETECTOR = Object.freeze({
  minFacePx: 20,
  longSidePx: 480,
  ownLargestPx: 960,
  ownCloseUpPx: 160,
  ownCloseUpFace: 0.3,
  ownDoubtLeast: 0.3,
  ownDoubtMost: 0.8,
  ownCloserLooks: 16,
  ownCloserPx: 160,
  ownCloserRoom: 2.0,
  ownGlancePx: 48,
  ownGlanceGain: 0.7,
  maxCover: 0.5,
  maxFaces: 1000,
});

export const LOOKOUT = Object.freeze({ fullS: 0.3, sameIou: 0.4, steady: 1.3 });

export const TRACKER = Object.freeze({ maxGapS: 1.5 });

export const SMOOTHER = Object.freeze({
  halfLifeS: 0.15,
  holdS: 0.3,
  clearOdds: 1.8,
  evenOdds: 1.1,
  restlessHalfLifeS: 5,
  restlessMost: 1,
  maxGapS: 1.0,
});

export const DOUBT = Object.freeze({
  minProb: 0.5,
  minSizePx: 24,
  minSharpness: 0.03,
  minLight: 0.03,
  maxTiltDeg: 50,
  maxTurn: 0.6,
  slack: 0.2,
  holdS: 1.5,
  haste: 4,
  maxGapS: 1.0,
});

export const NEUTRAL = Object.freeze({ learnS: 5, minFrames: 5, strength: 1, limit: 0.75, maxGapS: 1.5 });

/** Logarithms of the usual resting face's probabilities, and the least probability: mien/resting.py. */
export const RESTING = Object.freeze({ usual: Object.freeze([-3.41, -3.15, -1.80, -3.74, -0.31]), floor: 1e-4 });
