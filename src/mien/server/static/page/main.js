/** The page put together: which part tells which other one what. */

import { Page } from "./page.js";
import { takeFromAddress } from "./token.js";

takeFromAddress();
const page = new Page(new URL("./", location.href));
addEventListener("hashchange", () => {
  const given = takeFromAddress();
  if (given !== null) page.enter(given);
});
await page.begin();
