/** Keys that do what a button does; not while someone writes, is asked for a token or holds another key. */
export function bindKeys(actions) {
  document.addEventListener("keydown", (event) => {
    const isWriting = event.target.matches("select, textarea");
    const isAsked = document.querySelector("#token-dialog").open;
    if (isWriting || isAsked || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const action = actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
