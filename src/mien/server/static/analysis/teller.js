/**
 * The rest of a frame's way once its faces are found, in a thread of its own: worker.js looks at the next one
 * meanwhile.
 *
 * In: {kind: "open", model, emotion, provider, threads}; {kind: "meet", page}, page: a port;
 * {kind: "tell", seen, takenMs, explain, alone}; {kind: "neutral", seconds}; {kind: "reset"}.
 * Out, to who opened it: {kind: "opened"} or {kind: "failed", message}. To the port, then:
 * {kind: "answer", record, heats, takenMs, alone}; {kind: "failed", message, alone}.
 */

import { Classifier } from "./classifier.js";
import { inTurn } from "./in_turn.js";
import { Pipeline } from "./pipeline.js";
import { Runtime } from "./runtime.js";

let page = null;
let pipeline = null;

function fresh() {
  return new Pipeline(pipeline.classifier, pipeline.framing);
}

inTurn(
  {
    async open({ model, emotion, provider, threads }) {
      const runtime = await Runtime.open(provider, threads);
      pipeline = new Pipeline(await Classifier.open(runtime, emotion, model.emotion), model.detector.framing);
      postMessage({ kind: "opened" });
    },
    meet: ({ page: port }) => {
      page = port;
    },
    async tell({ seen, takenMs, explain, alone }) {
      const way = alone ? fresh() : pipeline;
      page.postMessage({ kind: "answer", takenMs, alone, ...(await way.tell(seen, takenMs / 1000, explain)) });
    },
    neutral: ({ seconds }) => pipeline.neutral.learn(seconds),
    reset: () => {
      pipeline = fresh();
    },
  },
  (failure) => (page ?? globalThis).postMessage(failure),
);
