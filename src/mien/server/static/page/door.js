/** Asks for the token of a server that wants one. */

import * as token from "./token.js";

function ask(dialog, note) {
  dialog.querySelector("#token-note").textContent = note;
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.querySelector("input").value.trim()), { once: true });
  });
}

/** Why nothing comes of what was asked, where nobody is behind the door. */
export const NO_ANSWER = "the server does not answer";

/** Give a token in the place of the person, if they are asked for one. */
export function give(dialog, given) {
  if (dialog.open) dialog.querySelector("input").value = given;
  dialog.close();
}

/**
 * Resolves when the server lets us in, or does not answer: then there is nothing to ask.
 * @returns what /v1/model says, or null
 */
export async function passDoor(modelUrl, dialog) {
  let note = "It is kept until this tab is closed.";
  for (;;) {
    const response = await fetch(modelUrl, { headers: token.headers() }).catch(() => null);
    if (response?.status !== 401) return response?.ok ? response.json().catch(() => null) : null;
    if (token.isGiven()) note = "That token was refused. Try again.";
    token.keep(await ask(dialog, note));
  }
}
