/**
 * The second half of the analysis in a thread of its own: while one frame's faces are read, worker.js finds
 * the next one's.
 *
 * In: {kind: "open", bytes, model, provider, threads}; {kind: "meet", page}, page: a port; {kind: "tell", found,
 * takenMs, explain, alone}; {kind: "neutral", seconds}; {kind: "reset"}.
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
    async open({ bytes, model, provider, threads }) {
      const runtime = await Runtime.open(provider, threads);
      const classifier = new Classifier(runtime, await runtime.session(bytes), model.emotion);
      // The first run is slow, and shows whether this runtime can do it at all.
      await classifier.read([new Uint8Array(classifier.inputPx ** 2)]);
      pipeline = new Pipeline(classifier, model.detector.framing);
      postMessage({ kind: "opened" });
    },
    meet: ({ page: port }) => {
      page = port;
    },
    async tell({ found, takenMs, explain, alone }) {
      const way = alone ? fresh() : pipeline;
      page.postMessage({ kind: "answer", takenMs, alone, ...(await way.tell(found, takenMs / 1000, explain)) });
    },
    neutral: ({ seconds }) => pipeline.neutral.learn(seconds),
    reset: () => {
      pipeline = fresh();
    },
  },
  (failure) => (page ?? globalThis).postMessage(failure),
);
