"""Where a moving point is expected: a Kalman filter in seconds, the same at any frame rate."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mien.options import TrackerOptions


@dataclass(frozen=True)
class Motion:
    """A point's place and speed, and how sure they are.

    xy: place in pixels. speed_xy: in pixels a second. spread: the upper half of the 2x2 covariance of place
    and speed (place, both, speed), the same for x and y, in squared sides of the face.
    """

    xy: tuple[float, float]
    speed_xy: tuple[float, float]
    spread: tuple[float, float, float]

    @classmethod
    def start(cls, xy: tuple[float, float], options: TrackerOptions) -> Motion:
        """A point first seen here, whose speed may be any that people usually have."""
        return cls(xy, (0.0, 0.0), (options.tremble**2, 0.0, options.unrest * options.coast_s / 2))

    def after(self, passed_s: float, options: TrackerOptions) -> Motion:
        """What is expected after so many seconds.

        An Ornstein-Uhlenbeck speed (Singer 1970): it falls to 1 / e of itself in `coast_s`, and takes random
        pushes of `unrest`, whose part in the spread is to first order in time.
        """
        unrest, coast_s = options.unrest, options.coast_s
        keep = math.exp(-passed_s / coast_s)
        reach_s = coast_s * (1 - keep)
        a, b, d = self.spread
        (x, y), (vx, vy) = self.xy, self.speed_xy
        return Motion(
            (x + vx * reach_s, y + vy * reach_s),
            (vx * keep, vy * keep),
            (
                a + 2 * reach_s * b + reach_s**2 * d + unrest * passed_s**3 / 3,
                keep * (b + reach_s * d) + unrest * passed_s**2 / 2,
                keep**2 * d + unrest * passed_s,
            ),
        )

    def seen(self, xy: tuple[float, float], options: TrackerOptions) -> Motion:
        """The same after the point was measured here, `tremble` off (Kalman 1960)."""
        a, b, d = self.spread
        place_gain, speed_gain = a / (a + options.tremble**2), b / (a + options.tremble**2)
        dx, dy = xy[0] - self.xy[0], xy[1] - self.xy[1]
        return Motion(
            (self.xy[0] + place_gain * dx, self.xy[1] + place_gain * dy),
            (self.speed_xy[0] + speed_gain * dx, self.speed_xy[1] + speed_gain * dy),
            ((1 - place_gain) * a, (1 - place_gain) * b, d - speed_gain * b),
        )
