/** What each person was told in the last seconds, as mien/overlay/timeline.py. */

import { COLOURS, inkOn } from "./words.js";

const SECONDS = 10;
/** Longer than between two frames of the slowest computer. */
const GAP_S = 1.5;

export class Timeline {
  #nowS = 0;
  #people = new Map();

  /** Take one record; time that jumps back begins anew. */
  add(record) {
    if (record.timestamp_s < this.#nowS) this.#people.clear();
    this.#nowS = record.timestamp_s;
    for (const { id, label } of record.faces) this.#extend(id, label);
    this.#forget(this.#nowS - SECONDS);
  }

  /** Label, begin and end of each segment of a person, oldest first; 0 is the oldest moment kept, 1 is now. */
  of(id) {
    const startS = this.#nowS - SECONDS;
    return (this.#people.get(id) ?? []).map((segment) => ({
      label: segment.label,
      begin: Math.max(0, (segment.startS - startS) / SECONDS),
      end: (segment.endS - startS) / SECONDS,
    }));
  }

  #extend(id, label) {
    const segments = this.#people.get(id) ?? [];
    const last = segments.at(-1);
    const isGap = !last || this.#nowS - last.endS > GAP_S;
    if (!isGap) last.endS = this.#nowS;
    if (isGap || last.label !== label) segments.push({ label, startS: this.#nowS, endS: this.#nowS });
    this.#people.set(id, segments);
  }

  #forget(beforeS) {
    for (const [id, segments] of this.#people) {
      const kept = segments.filter(({ endS }) => endS >= beforeS);
      if (kept.length) this.#people.set(id, kept);
      else this.#people.delete(id);
    }
  }
}

/** Draw the segments of one person, now at the right, words where they fit. */
export function drawStrip(canvas, segments) {
  const context = canvas.getContext("2d");
  const { width, height } = canvas;
  context.clearRect(0, 0, width, height);
  context.font = `${Math.round(0.62 * height)}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  context.textAlign = "center";
  for (const { label, begin, end } of segments) {
    // A flicker, too, is to be seen.
    const start = Math.min(begin * width, end * width - 1);
    context.fillStyle = COLOURS[label];
    context.fillRect(start, 0, end * width - start, height);
    if (context.measureText(label).width + 0.5 * height > end * width - start) continue;
    context.fillStyle = inkOn(COLOURS[label]);
    context.fillText(label, (start + end * width) / 2, 0.54 * height);
  }
}
