/** From face crops to probabilities of five emotions, as mien/classifier.py and mien/decision.py. */

import { EMOTIONS } from "./options.js";

/** p_k / prior_k ** share, made to sum to 1 again: one row of the graph's probabilities as it is served. */
export function served(probs, { prior, share }) {
  const raised = Array.from(probs, (prob, column) => prob / prior[column] ** share);
  const sum = raised.reduce((total, value) => total + value, 0);
  return raised.map((value) => value / sum);
}

/** `count` equal parts of an array. */
function parts(values, count) {
  const length = values.length / count;
  return Array.from({ length: count }, (_, row) => values.subarray(row * length, (row + 1) * length));
}

export class Classifier {
  /**
   * @param runtime see Detector
   * @param session of the emotion model
   * @param spec its metadata: labels, input_px, serve, rules
   */
  constructor(runtime, session, spec) {
    if (spec.labels.join() !== EMOTIONS.join()) {
      throw new Error(`the model's labels are ${spec.labels.join(", ")}: expected ${EMOTIONS.join(", ")}`);
    }
    this.runtime = runtime;
    this.session = session;
    this.spec = spec;
  }

  /** One of a model file's bytes. */
  static async open(runtime, bytes, spec) {
    const classifier = new Classifier(runtime, await runtime.session(bytes), spec);
    // As with the detector.
    await classifier.read([new Uint8Array(classifier.inputPx ** 2)]);
    return classifier;
  }

  get inputPx() {
    return this.spec.input_px;
  }

  /**
   * @param {Uint8Array[]} crops inputPx x inputPx grey each
   * @param explain whether to say where the evidence for each emotion lies, too
   * @returns {{probs: number[][], cams: Float32Array[], camPx: number}} a row of each a crop; cams: the maps
   *     of the five emotions one after the other, camPx x camPx numbers each; none unless asked for
   */
  async read(crops, explain = false) {
    if (crops.length === 0) return { probs: [], cams: [], camPx: 0 };
    const side = this.inputPx;
    const all = new Uint8Array(crops.length * side * side);
    crops.forEach((crop, row) => all.set(crop, row * side * side));
    const faces = this.runtime.tensor("uint8", all, [crops.length, side, side]);
    const head = `${this.spec.serve}_probs`;
    const said = await this.runtime.run(this.session, { faces }, explain ? [head, "cam"] : [head]);
    const rule = this.spec.rules[this.spec.serve];
    const cams = explain ? parts(said.cam, crops.length) : [];
    const camPx = explain ? Math.sqrt(cams[0].length / EMOTIONS.length) : 0;
    return { probs: parts(said[head], crops.length).map((row) => served(row, rule)), cams, camPx };
  }
}
