/** Boxes, as tests/test_boxes.py has them. */

import assert from "node:assert/strict";
import test from "node:test";

import { swing } from "../../src/mien/server/static/analysis/boxes.js";

test("a box swings clockwise about a pivot and keeps its size", () => {
  const turned = swing([4, 0, 6, 2], [0, 1], 90);
  [-1, 5, 1, 7].forEach((expected, k) => assert.ok(Math.abs(turned[k] - expected) < 1e-9));
  assert.deepEqual(swing([4, 0, 6, 2], [0, 1], 0), [4, 0, 6, 2]);
});
