/** Who is who, what is drawn of the last seconds, what is kept, and how long to wait. */

import assert from "node:assert/strict";
import test from "node:test";

import { Tracker } from "../../src/mien/server/static/analysis/tracker.js";
import { round } from "../../src/mien/server/static/analysis/numbers.js";
import { resize } from "../../src/mien/server/static/analysis/resize.js";
import { checked } from "../../src/mien/server/static/analysis/model_files.js";
import { Pause } from "../../src/mien/server/static/page/pause.js";
import { Recorder } from "../../src/mien/server/static/page/recorder.js";
import { Timeline } from "../../src/mien/server/static/page/timeline.js";
import { inkOn, wordsOf } from "../../src/mien/server/static/page/words.js";

const at = (x) => ({ boxXyxy: [x, 0, x + 100, 100] });
const record = (timestamp, label) => ({ timestamp_s: timestamp, faces: [{ id: 1, label }] });

test("a face that moves keeps its id, another one gets a new id", () => {
  const tracker = new Tracker();
  const ids = [[at(0)], [at(40)], [at(300), at(80)]].map((faces, row) =>
    tracker.update(faces, row / 10).map(({ id }) => id),
  );
  assert.deepEqual(ids, [[1], [1], [2, 1]]);
});

test("someone who was gone for long is a new person", () => {
  const tracker = new Tracker();
  tracker.update([at(0)], 0);
  assert.equal(tracker.update([at(0)], 5)[0].id, 2);
});

test("halves are rounded to the even number, as Python does", () => {
  assert.deepEqual([0.5, 1.5, 2.5, -0.5, -1.5, 2.4].map(round).map(Math.abs), [0, 2, 2, 0, 2, 2]);
});

test("a shrunk picture is the mean over the area, and a grown one keeps its range", () => {
  const picture = { width: 3, height: 2, channels: 1, data: Uint8Array.of(0, 30, 60, 90, 120, 150) };
  assert.deepEqual([...resize(picture, 1, 1).data], [75]);
  // The middle third of the second pixel belongs to both.
  assert.deepEqual([...resize(picture, 2, 1).data], [55, 95]);
  const grown = resize(picture, 7, 5).data;
  assert.equal(grown[0], 0);
  assert.equal(grown.at(-1), 150);
});

test("a model file that is not what was stated is refused", async () => {
  const bytes = new TextEncoder().encode("abc");
  const sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assert.equal(await checked(bytes, "face.onnx", sha256), bytes);
  await assert.rejects(checked(bytes, "face.onnx", "0".repeat(64)), /face.onnx: SHA-256 is ba7816bf8f01…/);
});

test("the timeline knows the last ten seconds, and a gap where nobody was seen", () => {
  const timeline = new Timeline();
  timeline.add(record(0, "sad"));
  for (const [time, label] of [[8, "happy"], [9, "happy"], [10, "neutral"], [12, "neutral"]]) {
    timeline.add(record(time, label));
  }
  const segments = timeline.of(1).map(({ label, begin, end }) => [label, begin, end]);
  assert.deepEqual(segments, [["happy", 0.6, 0.8], ["neutral", 0.8, 0.8], ["neutral", 1, 1]]);
});

test("a recording counts from its own first frame, whatever the stream counts", async () => {
  const recorder = new Recorder();
  recorder.add(record(1, "sad"), null, 900);
  recorder.start();
  recorder.add(record(70, "sad"), null, 1000);
  recorder.add(record(3, "sad"), null, 1250);
  const lines = (await recorder.stop().text()).trim().split("\n").map(JSON.parse);
  assert.deepEqual(lines.map((line) => [line.frame, line.timestamp_s]), [[0, 0], [1, 0.25]]);
  assert.equal(recorder.isOn, false);
});

test("who comes after the analysis began anew is nobody of before in a recording", async () => {
  const recorder = new Recorder();
  recorder.start();
  for (const [frame, ids] of [[7, [1, 3]], [8, [3]], [0, [1]], [1, []], [1, [1, 2]]]) {
    recorder.add({ frame, faces: ids.map((id) => ({ id })) }, null, 1000);
  }
  const lines = (await recorder.stop().text()).trim().split("\n").map(JSON.parse);
  const ids = lines.map(({ faces }) => faces.map(({ id }) => id));
  assert.deepEqual(ids, [[1, 3], [3], [4], [], [5, 6]]);
});

test("each failed try doubles the pause, up to a limit, until one succeeds", () => {
  const pause = new Pause(1, 5);
  assert.deepEqual([pause.next(), pause.next(), pause.next(), pause.next(), pause.next()], [1, 2, 4, 5, 5]);
  pause.reset();
  assert.equal(pause.next(), 1);
});

test("words say why they are unsure, and can be read on their colour", () => {
  assert.equal(wordsOf({ doubt: "dark" }), "unsure: too dark");
  assert.equal(wordsOf({ doubt: null, emotion: "happy", probs: { happy: 0.914 } }), "happy 91%");
  assert.deepEqual([inkOn("#f0e442"), inkOn("#0072b2")], ["#000", "#fff"]);
});
