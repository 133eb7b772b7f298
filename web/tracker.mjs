/** Reads frames of boxes and crops as JSON from stdin, writes the page's ids for them: for tests/test_page_tracker.py. */

import { text } from "node:stream/consumers";

import { Tracker } from "../src/mien/server/static/analysis/tracker.js";

const tracker = new Tracker();
const ids = JSON.parse(await text(process.stdin)).map(({ timestampS, boxes, crops }) => {
  const faces = boxes.map((boxXyxy) => ({ boxXyxy }));
  const bytes = crops?.map((crop) => Uint8Array.from(Buffer.from(crop, "base64")));
  return tracker.update(faces, timestampS, bytes).map(({ id }) => id);
});
console.log(JSON.stringify(ids));
