/**
 * The second half of a frame's way, after finding.js: classifier, tracker, neutral, smoother, doubt. Both
 * together are what mien/pipeline.py does.
 */

import { centre, square, swing } from "./boxes.js";
import { tiltToUndo } from "./cut.js";
import { Judge } from "./doubt.js";
import { sharedNowMs } from "./finding.js";
import { PersonalNeutral } from "./neutral.js";
import { EMOTIONS } from "./options.js";
import { recordOf } from "./record.js";
import { Smoother } from "./smoother.js";
import { Tracker } from "./tracker.js";

/** Where the model saw the emotion shown: evidence against it counts 0, the strongest for it 255. */
function heatOf(cam, camPx, face, framing) {
  const column = EMOTIONS.indexOf(face.emotion);
  const evidence = Array.from(cam.subarray(column * camPx ** 2, (column + 1) * camPx ** 2), (v) => Math.max(0, v));
  const largest = Math.max(...evidence, 1e-6);
  const tilt = tiltToUndo(face, framing);
  return {
    box_xyxy: swing(square(face.boxXyxy, framing), centre(face.boxXyxy), tilt),
    tilt_deg: tilt,
    width: camPx,
    height: camPx,
    values: evidence.map((value) => Math.round((255 * value) / largest)),
  };
}

export class Pipeline {
  #frame = 0;
  #tracker = new Tracker();
  #smoother = new Smoother();
  #judge = new Judge();

  /**
   * @param classifier may be shared; the rest belongs to one stream alone
   * @param framing of the detector
   */
  constructor(classifier, framing) {
    this.classifier = classifier;
    this.framing = framing;
    this.neutral = new PersonalNeutral();
  }

  /**
   * @param found what `find` gave
   * @param explain whether to say where the model looked
   * @returns {{record: object, heats: object[]}}
   */
  async tell({ startMs, width, height, faces: found, crops }, timestampS, explain = false) {
    const { probs, cams, camPx } = await this.classifier.read(crops, explain);
    const rated = found.map((face, row) => ({ ...face, probs: probs[row] }));
    const personal = this.neutral.update(this.#tracker.update(rated, timestampS), timestampS);
    const faces = this.#judge.update(this.#smoother.update(personal, timestampS), timestampS);
    const heats = cams.map((cam, row) => heatOf(cam, camPx, faces[row], this.framing));
    const analysisMs = sharedNowMs() - startMs;
    const record = recordOf({ frame: this.#frame, timestampS, width, height, analysisMs, faces });
    this.#frame += 1;
    return { record, heats };
  }
}
