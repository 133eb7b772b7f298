/** A frame's way, with a classifier that reads nothing. */

import assert from "node:assert/strict";
import test from "node:test";

import { Pipeline } from "../../src/mien/server/static/analysis/pipeline.js";

const FRAMING = { scale: 1, lift: 0, level: false };

const classifier = {
  inputPx: 8,
  read: async (crops) => ({
    probs: crops.map(() => [0.1, 0.6, 0.1, 0.1, 0.1]),
    cams: crops.map(() => new Float32Array(5)),
    camPx: 1,
  }),
};

test("what is seen of a face makes it the largest, and its map comes with it", async () => {
  const picture = { width: 100, height: 60, channels: 3, data: new Uint8Array(100 * 60 * 3).fill(90) };
  const overTheEdge = { boxXyxy: [60, 20, 130, 90], score: 0.9, landmarksXy: null };
  const whole = { boxXyxy: [5, 5, 55, 55], score: 0.7, landmarksXy: null };
  const found = [overTheEdge, whole];
  const { record, heats } = await new Pipeline(classifier, FRAMING).tell({ picture, found, startMs: 0 }, 0, true);
  const told = record.faces.map(({ id, box_xyxy }) => [id, box_xyxy]);
  assert.deepEqual(told, [[1, [5, 5, 55, 55]], [2, [60, 20, 100, 60]]]);
  assert.deepEqual(heats.map(({ box_xyxy }) => box_xyxy), [whole.boxXyxy, overTheEdge.boxXyxy]);
});
