/** Reads frames of faces as JSON from stdin, writes what the page's stages make of them: for tests/test_page_stages.py. */

import { text } from "node:stream/consumers";

import { Judge } from "../src/mien/server/static/analysis/doubt.js";
import { PersonalNeutral } from "../src/mien/server/static/analysis/neutral.js";
import * as options from "../src/mien/server/static/analysis/options.js";
import { Smoother } from "../src/mien/server/static/analysis/smoother.js";
import { FOLLOWING } from "../src/mien/server/static/analysis/tracker_options.js";

const { frames, learnAt } = JSON.parse(await text(process.stdin));
const [neutral, smoother, judge] = [new PersonalNeutral(), new Smoother(), new Judge()];
const said = frames.map(({ timestampS, faces }, row) => {
  if (row === learnAt) neutral.learn();
  return judge.update(smoother.update(neutral.update(faces, timestampS), timestampS), timestampS);
});
console.log(JSON.stringify({ options: { ...options, FOLLOWING }, said }));
