/** Keys that do what a button does; not while someone writes or holds another key. */
export function bindKeys(actions) {
  document.addEventListener("keydown", (event) => {
    const isWriting = event.target.matches("input[type=password], select, textarea");
    if (isWriting || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const action = actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
