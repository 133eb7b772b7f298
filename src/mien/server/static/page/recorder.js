/** Keeps the results, never the pictures, as JSON lines until they are saved. */
export class Recorder {
  #lines = null;
  #startMs = 0;

  get isOn() {
    return this.#lines !== null;
  }

  /** How many frames are kept. */
  get count() {
    return this.#lines?.length ?? 0;
  }

  start() {
    this.#lines = [];
  }

  /** Keep one record; its frames and seconds count from the recording's first, whichever way was taken. */
  add(record, timing, takenMs) {
    if (!this.isOn) return;
    if (!this.#lines.length) this.#startMs = takenMs;
    const timestamp = Number(((takenMs - this.#startMs) / 1000).toFixed(4));
    const line = { ...record, frame: this.#lines.length, timestamp_s: timestamp, timing };
    this.#lines.push(JSON.stringify(line));
  }

  /** Stop. @returns {Blob} a line of JSON a frame, as docs/schema.md describes it */
  stop() {
    const blob = new Blob(this.#lines.map((line) => `${line}\n`), { type: "application/jsonl" });
    this.#lines = null;
    return blob;
  }
}

/** Hand the person a file. */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
