/** Raw answers become faces, the same as in Python. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { decode } from "../../src/mien/server/static/analysis/decode.js";

const FILE = new URL("../../tests/vectors/detector_decode.json", import.meta.url);
const VECTORS = JSON.parse(readFileSync(FILE, "utf8"));

function assertClose(found, expected, within) {
  assert.equal(found.length, expected.length);
  found.forEach((value, at) => assert.ok(Math.abs(value - expected[at]) <= within, `${value}: expected ${expected[at]}`));
}

for (const { name, raw, width, height, min_score: minScore, max_iou: maxIou, faces } of VECTORS) {
  test(`the vectors: ${name}`, () => {
    const found = decode(Float32Array.from(raw.flat()), width, height, minScore, maxIou);
    assertClose(found.map(({ score }) => score), faces.map(({ score }) => score), 1e-4);
    assertClose(found.flatMap(({ boxXyxy }) => boxXyxy), faces.flatMap((face) => face.box_xyxy), 2e-3);
    assertClose(found.flatMap(({ landmarksXy }) => landmarksXy.flat()), faces.flatMap((face) => face.landmarks_xy.flat()), 2e-3);
  });
}
