/** Where a moving point is expected: the Kalman filter in seconds of mien/motion.py. */

import { FOLLOWING } from "./tracker_options.js";

const { unrest, tremble, coastS } = FOLLOWING;

export class Motion {
  /**
   * @param {number[]} xy place in pixels
   * @param {number[]} speedXy pixels a second
   * @param {number[]} spread how sure both are: upper half of the 2x2 covariance, in squared sides of the face
   */
  constructor(xy, speedXy, spread) {
    Object.assign(this, { xy, speedXy, spread });
  }

  /** A point first seen here, whose speed may be any that people usually have. */
  static start(xy) {
    return new Motion(xy, [0, 0], [tremble ** 2, 0, (unrest * coastS) / 2]);
  }

  /** What is expected after so many seconds. */
  after(passedS) {
    const keep = Math.exp(-passedS / coastS);
    const reachS = coastS * (1 - keep);
    const [a, b, d] = this.spread;
    return new Motion(
      this.xy.map((value, axis) => value + this.speedXy[axis] * reachS),
      this.speedXy.map((value) => value * keep),
      [
        a + 2 * reachS * b + reachS ** 2 * d + (unrest * passedS ** 3) / 3,
        keep * (b + reachS * d) + (unrest * passedS ** 2) / 2,
        keep ** 2 * d + unrest * passedS,
      ],
    );
  }

  /** The same after the point was measured here. */
  seen(xy) {
    const [a, b, d] = this.spread;
    const [placeGain, speedGain] = [a / (a + tremble ** 2), b / (a + tremble ** 2)];
    const off = xy.map((value, axis) => value - this.xy[axis]);
    return new Motion(
      this.xy.map((value, axis) => value + placeGain * off[axis]),
      this.speedXy.map((value, axis) => value + speedGain * off[axis]),
      [(1 - placeGain) * a, (1 - placeGain) * b, d - speedGain * b],
    );
  }
}
