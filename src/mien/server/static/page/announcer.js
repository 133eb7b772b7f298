/** Tells a screen reader what changed, not more often than one can listen. */

const EVERY_MS = 2500;

export class Announcer {
  #region;
  #said = "";
  #saidMs = -Infinity;

  /** @param region an element with aria-live */
  constructor(region) {
    this.#region = region;
  }

  /** Say who shows what, if that is news. */
  tell(record, nowMs = performance.now()) {
    const text = record.faces.map(({ id, label }) => `Person ${id}: ${label}`).join(", ") || "No face in view";
    if (text === this.#said || nowMs - this.#saidMs < EVERY_MS) return;
    this.#said = text;
    this.#saidMs = nowMs;
    this.#region.textContent = text;
  }

  /** What was said holds no longer: what is said next is news, and waits for nothing. */
  forget() {
    this.#said = "";
    this.#saidMs = -Infinity;
    this.#region.textContent = "";
  }
}
