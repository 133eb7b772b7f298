/** One line for the person at the screen: what is the matter, and for how long. */
export class Notice {
  #node;
  #words;
  #count;
  #timer = 0;

  /** @param node holds two: what is read out whenever it changes, and after it what counts, which is not */
  constructor(node) {
    this.#node = node;
    [this.#words, this.#count] = node.children;
  }

  get isShown() {
    return !this.#node.hidden;
  }

  /** Show a line; `forMs` 0 is until it is cleared. */
  show(text, forMs = 0) {
    this.showCount(text, "");
    if (forMs) this.#timer = setTimeout(() => this.clear(), forMs);
  }

  /** Show a line and behind it what changes often, until it is cleared. */
  showCount(text, count) {
    this.#stop();
    // The same words put there again would be read out again.
    if (this.#words.textContent !== text) this.#words.textContent = text;
    this.#count.textContent = count;
    this.#node.hidden = false;
  }

  /** Show a line that counts down: `words` makes the end of it out of the seconds left. */
  countDown(seconds, text, words) {
    const endMs = performance.now() + 1000 * seconds;
    const tick = () => {
      this.#count.textContent = words(Math.max(0, Math.ceil((endMs - performance.now()) / 1000)));
    };
    this.showCount(text, "");
    tick();
    this.#timer = setInterval(tick, 500);
  }

  clear() {
    this.#stop();
    this.#node.hidden = true;
    this.#words.textContent = "";
    this.#count.textContent = "";
  }

  #stop() {
    clearTimeout(this.#timer);
    clearInterval(this.#timer);
  }
}
