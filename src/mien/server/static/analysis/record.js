/** What is said about one frame, in the form of docs/schema.md. */

import { clip } from "./boxes.js";
import { rounded } from "./numbers.js";
import { EMOTIONS, SCHEMA } from "./options.js";

function faceRecord(face, width, height) {
  return {
    id: face.id,
    box_xyxy: clip(face.boxXyxy, width, height).map((value) => rounded(value, 2)),
    score: rounded(face.score, 4),
    label: face.doubt ? "unsure" : face.emotion,
    emotion: face.emotion,
    probs: Object.fromEntries(EMOTIONS.map((emotion, column) => [emotion, rounded(face.probs[column], 5)])),
    doubt: face.doubt,
    quality: Object.fromEntries(Object.entries(face.quality).map(([name, value]) => [name, rounded(value, 3)])),
    personal: face.personal,
  };
}

export function recordOf({ frame, timestampS, width, height, analysisMs, faces }) {
  return {
    schema: SCHEMA,
    frame,
    timestamp_s: rounded(timestampS, 4),
    width,
    height,
    analysis_ms: rounded(analysisMs, 2),
    timing: null,
    faces: faces.map((face) => faceRecord(face, width, height)),
  };
}
