"""A detector for the tests of the lookout, Python's and the page's."""

from __future__ import annotations

import numpy as np

IMAGE = np.zeros((480, 640, 3), np.uint8)


class ScriptedDetector:
    """Its looks see `full` and its glances `quick`, as the test says; it notes what it was asked.

    least_px: what the glances were asked for, in their order.
    """

    name = "scripted"
    framing = None

    def __init__(self):
        self.full, self.quick = [], []
        self.asked, self.least_px = [], []

    def detect(self, image):
        self.asked.append("look")
        return list(self.full)

    def glance(self, image, least_px):
        self.asked.append("glance")
        self.least_px.append(least_px)
        return None if self.quick is None else list(self.quick)
