/**
 * The analysis in threads of its own, so that the page stays responsive: this one finds the faces of each
 * frame, mostly the longest part of its way, while that of teller.js does all else for the frame before.
 *
 * In: {kind: "open", model, modelUrl, headers, page}, model: what /v1/model says, page: a port; {kind: "frame",
 * picture, takenMs, explain, alone} (alone: the number of a photo, 0 for a part of the stream); {kind: "neutral",
 * seconds}; {kind: "reset"}.
 * Out: {kind: "loading", bytes, of}; {kind: "ready", name}; {kind: "seen"} for each frame that is on its way to
 * the teller, which answers to the port; {kind: "failed", message, alone} for one thing asked.
 */

import { Detector } from "./detector.js";
import { inTurn } from "./in_turn.js";
import { Lookout } from "./lookout.js";
import { fetchModel } from "./model_files.js";
import { sharedNowMs } from "./pipeline.js";
import { pixelsOf } from "./pixels.js";
import { bestProvider, Runtime, threadsFor } from "./runtime.js";

const TELLER = new URL("./teller.js", import.meta.url);

let lookout = null;
let teller = null;

async function fetchBoth({ model, modelUrl, headers }) {
  const of = model.emotion.bytes + model.detector.bytes;
  let bytes = 0;
  const onBytes = (more) => postMessage({ kind: "loading", bytes: (bytes += more), of });
  const [emotion, face] = await Promise.all([
    fetchModel(new URL(model.files.emotion, modelUrl), model.emotion, headers, onBytes),
    fetchModel(new URL(model.files.face, modelUrl), model.detector, headers, onBytes),
  ]);
  return { model, emotion, face };
}

/** The thread of teller.js, once its model is loaded. */
function openTeller(message) {
  const thread = new Worker(TELLER, { type: "module" });
  return new Promise((resolve, reject) => {
    const fail = ({ message: why }) => {
      thread.terminate();
      reject(new Error(why));
    };
    thread.addEventListener("message", ({ data }) => (data.kind === "opened" ? resolve(thread) : fail(data)));
    thread.addEventListener("error", fail);
    thread.postMessage({ kind: "open", ...message });
  });
}

/** Open the models in both threads; @returns what they run on, in words for a person. */
async function openOn(provider, { model, emotion, face }) {
  const [seeing, telling] = [threadsFor(1 / 2, 4), threadsFor(1 / 4, 2)];
  lookout = new Lookout(await Detector.open(await Runtime.open(provider, seeing), face, model.detector));
  teller = await openTeller({ model, emotion, provider, threads: telling });
  return provider === "webgpu" ? "WebGPU" : `WebAssembly, ${seeing + telling} threads`;
}

async function open({ page, ...described }) {
  const files = await fetchBoth(described);
  const provider = await bestProvider();
  const name = await openOn(provider, files).catch((error) => {
    if (provider === "wasm") throw error;
    return openOn("wasm", files);
  });
  teller.postMessage({ kind: "meet", page }, [page]);
  postMessage({ kind: "ready", name });
}

async function frame({ picture: frame, ...asked }) {
  const startMs = sharedNowMs();
  const picture = await pixelsOf(frame);
  const found = asked.alone
    ? await lookout.detector.detect(picture)
    : await lookout.find(picture, asked.takenMs / 1000);
  const seen = { picture, found, startMs };
  teller.postMessage({ ...asked, kind: "tell", seen }, [picture.data.buffer]);
  if (!asked.alone) postMessage({ kind: "seen" });
}

const pass = (message) => teller.postMessage(message);

function reset(message) {
  lookout = new Lookout(lookout.detector);
  pass(message);
}

inTurn({ open, frame, neutral: pass, reset }, postMessage);
