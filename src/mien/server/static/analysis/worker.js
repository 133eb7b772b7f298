/**
 * The analysis in a thread of its own, so that the page stays responsive.
 *
 * In: {kind: "open", modelUrl, headers}; {kind: "frame", picture, timestampS, explain, alone} (alone: a photo,
 * no part of the stream); {kind: "neutral", seconds}; {kind: "reset"}.
 * Out: {kind: "loading", bytes, of}; {kind: "ready", name}; {kind: "answer", record, heats, alone};
 * {kind: "failed", message, alone} for one thing asked.
 */

import { Classifier } from "./classifier.js";
import { Detector } from "./detector.js";
import { fetchModel } from "./model_files.js";
import { Pipeline } from "./pipeline.js";
import { pixelsOf } from "./pixels.js";
import { Runtime } from "./runtime.js";

let pipeline = null;

async function described(modelUrl, headers) {
  const response = await fetch(modelUrl, { headers });
  if (!response.ok) throw new Error(`${modelUrl}: the server answers ${response.status}, expected the models`);
  return response.json();
}

async function fetchBoth(modelUrl, headers) {
  const model = await described(modelUrl, headers);
  const of = model.emotion.bytes + model.detector.bytes;
  let bytes = 0;
  const onBytes = (more) => postMessage({ kind: "loading", bytes: (bytes += more), of });
  const [emotion, face] = await Promise.all([
    fetchModel(new URL(model.files.emotion, modelUrl), model.emotion, headers, onBytes),
    fetchModel(new URL(model.files.face, modelUrl), model.detector, headers, onBytes),
  ]);
  return { model, emotion, face };
}

async function pipelineOn(runtime, { model, emotion, face }) {
  const detector = new Detector(runtime, await runtime.session(face), model.detector);
  const classifier = new Classifier(runtime, await runtime.session(emotion), model.emotion);
  const built = new Pipeline(detector, classifier);
  // The first run is slow, and shows whether this runtime can do it at all.
  await detector.detect({ width: 640, height: 480, channels: 3, data: new Uint8Array(640 * 480 * 3) });
  await classifier.read([new Uint8Array(classifier.inputPx ** 2)]);
  return built;
}

async function open({ modelUrl, headers }) {
  const files = await fetchBoth(modelUrl, headers);
  let runtime = await Runtime.best();
  try {
    pipeline = await pipelineOn(runtime, files);
  } catch (error) {
    if (runtime.provider === "wasm") throw error;
    runtime = await Runtime.plain();
    pipeline = await pipelineOn(runtime, files);
  }
  postMessage({ kind: "ready", name: runtime.name });
}

function fresh() {
  return new Pipeline(pipeline.detector, pipeline.classifier);
}

async function frame({ picture, timestampS, explain, alone }) {
  const way = alone ? fresh() : pipeline;
  const said = await way.process(await pixelsOf(picture), timestampS, explain);
  postMessage({ kind: "answer", alone, ...said });
}

const ANSWERS = {
  open,
  frame,
  neutral: ({ seconds }) => pipeline.neutral.learn(seconds),
  reset: () => {
    pipeline = fresh();
  },
};

async function answer(asked) {
  try {
    await ANSWERS[asked.kind](asked);
  } catch (error) {
    postMessage({ kind: "failed", message: error.message ?? String(error), alone: asked.alone ?? false });
  }
}

// One after the other: a model runs one input at a time.
let last = Promise.resolve();
addEventListener("message", ({ data }) => {
  last = last.then(() => answer(data));
});
