/** What is remembered of each person for as long as they are seen now and then. */
export class Memory {
  #people = new Map();

  /** @param maxGapS after so many seconds unseen someone is forgotten; time that jumps back forgets too */
  constructor(maxGapS) {
    this.maxGapS = maxGapS;
  }

  /** Forget whoever was last seen too long ago. */
  forget(timestampS) {
    for (const [id, { seenS }] of this.#people) {
      if (Math.abs(timestampS - seenS) > this.maxGapS) this.#people.delete(id);
    }
  }

  get(id) {
    return this.#people.get(id)?.what;
  }

  set(id, what, timestampS) {
    this.#people.set(id, { what, seenS: timestampS });
  }

  /** [id, what] of everyone remembered. */
  entries() {
    return Array.from(this.#people, ([id, { what }]) => [id, what]);
  }
}
