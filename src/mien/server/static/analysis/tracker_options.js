/** All numbers of the tracker, by the names that they have in mien/options.py. A test holds the two equal. */

import { TRACKER } from "./options.js";

export const FOLLOWING = Object.freeze({
  ...TRACKER,
  reach: 0.8,
  reachASecond: 1.2,
  maxGrowth: 2,
  unrest: 30,
  tremble: 0.03,
  coastS: 0.5,
  likeness: 1,
  minLikeness: 0.3,
  absenceS: 0.25,
});
