/** Reads what full looks and glances would see as JSON from stdin, writes what the page's lookout finds: for tests/test_page_lookout.py. */

import { text } from "node:stream/consumers";

import { Lookout } from "../src/mien/server/static/analysis/lookout.js";

const faces = (boxes) => boxes.map((boxXyxy) => ({ boxXyxy }));
const [asked, leastPx] = [[], []];
let now = null;
const lookout = new Lookout({
  detect: async () => {
    asked.push("look");
    return faces(now.full);
  },
  glance: async (_, px) => {
    asked.push("glance");
    leastPx.push(px);
    return now.glance && faces(now.glance);
  },
});

const found = [];
for (now of JSON.parse(await text(process.stdin))) {
  found.push((await lookout.find(null, now.timestampS)).map(({ boxXyxy }) => boxXyxy));
}
console.log(JSON.stringify({ found, asked, leastPx }));
