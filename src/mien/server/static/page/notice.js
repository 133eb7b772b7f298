/** One line for the person at the screen: what is the matter, and for how long. */
export class Notice {
  #node;
  #timer = 0;

  constructor(node) {
    this.#node = node;
  }

  /** Show a line; `forMs` 0 is until it is cleared. */
  show(text, forMs = 0) {
    this.#stop();
    this.#node.textContent = text;
    this.#node.hidden = false;
    if (forMs) this.#timer = setTimeout(() => this.clear(), forMs);
  }

  /** Show a line that counts down: `words` makes it out of the seconds left. */
  countDown(seconds, words) {
    const endMs = performance.now() + 1000 * seconds;
    const text = () => words(Math.max(0, Math.ceil((endMs - performance.now()) / 1000)));
    this.show(text());
    const tick = () => {
      this.#node.textContent = text();
    };
    this.#timer = setInterval(tick, 500);
  }

  clear() {
    this.#stop();
    this.#node.hidden = true;
    this.#node.textContent = "";
  }

  #stop() {
    clearTimeout(this.#timer);
    clearInterval(this.#timer);
  }
}
