/** The page put together: which part tells which other one what. */

import { Page } from "./page.js";
import { takeFromAddress } from "./token.js";

takeFromAddress();
await new Page(new URL("./", location.href)).begin();
