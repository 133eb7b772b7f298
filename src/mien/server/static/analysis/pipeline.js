/** The way of a frame, as mien/pipeline.py: cut, classifier, tracker, quality, neutral, smoother, doubt. */

import { area, centre, clip, square, swing } from "./boxes.js";
import { cutFace, tiltToUndo } from "./cut.js";
import { Judge } from "./doubt.js";
import { PersonalNeutral } from "./neutral.js";
import { EMOTIONS } from "./options.js";
import { measure } from "./quality.js";
import { recordOf } from "./record.js";
import { Smoother } from "./smoother.js";
import { Tracker } from "./tracker.js";

/** Milliseconds on a clock that all threads share. */
export function sharedNowMs() {
  return performance.timeOrigin + performance.now();
}

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

/** The faces by how much of each lies in the picture, most first. */
function largestFirst(faces, { width, height }) {
  const visible = (face) => area(clip(face.boxXyxy, width, height));
  return [...faces].sort((a, b) => visible(b) - visible(a));
}

export class Pipeline {
  #frame = 0;
  #tracker = new Tracker();
  #smoother = new Smoother();
  #judge = new Judge();

  /**
   * The classifier may be shared; the rest belongs to one stream alone.
   * @param framing how the detector's boxes are cut
   */
  constructor(classifier, framing) {
    this.classifier = classifier;
    this.framing = framing;
    this.neutral = new PersonalNeutral();
  }

  /**
   * The rest of a frame's way once its faces are found, which another thread may do, as it is the longer part.
   * @param seen {picture, found, startMs}: in blue, green, red; the faces; when that began, shared clock
   * @param explain whether to say where the model looked
   * @returns {{record: object, heats: object[]}}
   */
  async tell({ picture, found, startMs }, timestampS, explain = false) {
    const { framing } = this;
    const seen = largestFirst(found, picture);
    const crops = seen.map((face) => cutFace(picture, face, framing, this.classifier.inputPx));
    const { probs, cams, camPx } = await this.classifier.read(crops, explain);
    const rated = seen.map((face, row) => ({ ...face, probs: probs[row], quality: measure(picture, face) }));
    const personal = this.neutral.update(this.#tracker.update(rated, timestampS, crops), timestampS);
    const faces = this.#judge.update(this.#smoother.update(personal, timestampS), timestampS);
    const heats = cams.map((cam, row) => heatOf(cam, camPx, faces[row], framing));
    const { width, height } = picture;
    const analysisMs = sharedNowMs() - startMs;
    const record = recordOf({ frame: this.#frame, timestampS, width, height, analysisMs, faces });
    this.#frame += 1;
    return { record, heats };
  }
}
