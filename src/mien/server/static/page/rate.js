/** How often something happens a second, over the last second or so. */
export class Rate {
  #timesMs = [];

  /** It happened now. */
  count(nowMs = performance.now()) {
    this.#timesMs.push(nowMs);
    while (this.#timesMs.length > 2 && nowMs - this.#timesMs[0] > 1500) this.#timesMs.shift();
  }

  /** Times a second, or null as long as too little is known. */
  get perSecond() {
    const count = this.#timesMs.length - 1;
    const passedMs = this.#timesMs[count] - this.#timesMs[0];
    return count > 0 && passedMs > 0 ? (1000 * count) / passedMs : null;
  }

  clear() {
    this.#timesMs = [];
  }
}
