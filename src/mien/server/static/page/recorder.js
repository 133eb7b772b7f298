/** Keeps the results, never the pictures, as JSON lines until they are saved. */
export class Recorder {
  #lines = null;
  #startMs = 0;
  /** Number that the last record came with. */
  #lastFrame = -1;
  #largestId = 0;
  /** What is added to the ids that a record comes with. */
  #idsBefore = 0;

  get isOn() {
    return this.#lines !== null;
  }

  /** How many frames are kept. */
  get count() {
    return this.#lines?.length ?? 0;
  }

  start() {
    this.#lines = [];
    this.#lastFrame = -1;
    this.#largestId = 0;
    this.#idsBefore = 0;
  }

  /** Keep one record; its frames and seconds count from the recording's first, whichever way was taken. */
  add(record, timing, takenMs) {
    if (!this.isOn) return;
    if (!this.#lines.length) this.#startMs = takenMs;
    const timestamp = Number(((takenMs - this.#startMs) / 1000).toFixed(4));
    const faces = this.#renumbered(record);
    const line = { ...record, frame: this.#lines.length, timestamp_s: timestamp, timing, faces };
    this.#lines.push(JSON.stringify(line));
  }

  /** The faces with ids that no one else has had: where frames count anew, so do the ids they come with. */
  #renumbered({ frame, faces }) {
    if (frame <= this.#lastFrame) this.#idsBefore = this.#largestId;
    this.#lastFrame = frame;
    const renumbered = faces.map((face) => ({ ...face, id: face.id + this.#idsBefore }));
    this.#largestId = Math.max(this.#largestId, ...renumbered.map(({ id }) => id));
    return renumbered;
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
