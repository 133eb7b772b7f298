/** A face in doubt is looked at again, and the mean of both looks is told; a network of paper answers. */

import assert from "node:assert/strict";
import test from "node:test";

import { weigh } from "../../src/mien/server/static/analysis/closer.js";
import { Detector } from "../../src/mien/server/static/analysis/detector.js";

const PICTURE = { width: 160, height: 160, channels: 3, data: new Uint8Array(3 * 160 * 160) };
const logit = (score) => Math.log(score / (1 - score));

/** Answers with one face of 80 pixels in the middle of each picture: so sure first, so sure at the closer look. */
function detectorOf(first, closer) {
  const asked = [];
  const runtime = {
    tensor: (type, data, dims) => ({ dims }),
    run: async (session, { images }) => {
      const [count, , high, wide] = images.dims;
      asked.push([count, high, wide]);
      const cells = [8, 16, 32].reduce((sum, stride) => sum + (wide / stride) * (high / stride), 0);
      const raw = new Float32Array(count * cells * 15).fill(-20);
      for (let at = 0; at < count; at += 1) {
        // The stride-8 cell in row 10 and column 10, whose middle is at 84, 84.
        const start = (at * cells + 10 * (wide / 8) + 10) * 15;
        raw[start] = logit(asked.length > 2 ? closer : first);
        raw.fill(Math.log(5), start + 1, start + 5);
        raw.fill(0, start + 5, start + 15);
      }
      return { raw };
    },
  };
  return { asked, detector: new Detector(runtime, null, { smallest_px: 12, min_score: 0.54 }) };
}

test("a face in doubt is looked at again", async () => {
  const { asked, detector } = detectorOf(0.5, 0.8);
  const [face] = await detector.detect(PICTURE);
  assert.deepEqual(asked.at(-1), [1, 160, 160]);
  assert.ok(Math.abs(face.score - 2 / 3) < 1e-6);
  // In the closer look, which begins at 4, 4, the face lies four pixels further on.
  const share = 0.8 / 1.3;
  face.boxXyxy.forEach((value, at) => assert.ok(Math.abs(value - ([44, 44, 124, 124][at] + 4 * share)) < 1e-3));
});

test("a face that was nothing is left out, a sure one is left alone", async () => {
  assert.deepEqual(await detectorOf(0.6, 0.1).detector.detect(PICTURE), []);
  const { asked, detector } = detectorOf(0.9, 0.1);
  assert.equal((await detector.detect(PICTURE)).length, 1);
  assert.equal(asked.length, 2);
});

test("a face that is not seen again loses its score alone", () => {
  const face = { boxXyxy: [0, 0, 4, 4], score: 0.5, landmarksXy: [[1, 1]] };
  const after = weigh(face, []);
  assert.ok(Math.abs(after.score - 1 / 8) < 1e-9);
  assert.deepEqual(after.boxXyxy, face.boxXyxy);
});
