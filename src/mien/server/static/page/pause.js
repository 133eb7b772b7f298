/** How long to wait before the next try: twice as long with each that fails. */
export class Pause {
  #seconds;

  constructor(firstS = 0.5, longestS = 10) {
    this.firstS = firstS;
    this.longestS = longestS;
    this.reset();
  }

  /** Seconds to wait now. */
  next() {
    const seconds = this.#seconds;
    this.#seconds = Math.min(2 * seconds, this.longestS);
    return seconds;
  }

  /** It worked: begin with the shortest again. */
  reset() {
    this.#seconds = this.firstS;
  }
}
