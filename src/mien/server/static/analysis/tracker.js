/**
 * Ids that stay with a person from frame to frame: a face is who it overlaps most. Simpler than
 * mien/tracker.py, which also knows motion and looks: people who cross may change their ids.
 */

import { iou } from "./boxes.js";
import { Memory } from "./memory.js";
import { TRACKER } from "./options.js";

const LEAST_IOU = 0.1;

export class Tracker {
  #seen = new Memory(TRACKER.maxGapS);
  #lastId = 0;

  /** The faces of one frame in the order given, each with an `id`; ids count from 1, none is used again. */
  update(faces, timestampS) {
    this.#seen.forget(timestampS);
    const ids = this.#matched(faces);
    return faces.map((face, row) => {
      const id = ids.get(row) ?? (this.#lastId += 1);
      this.#seen.set(id, face.boxXyxy, timestampS);
      return { ...face, id };
    });
  }

  /** Row of a face to its id: the largest overlap first, each face and each id once. */
  #matched(faces) {
    const claims = faces.flatMap(({ boxXyxy }, row) =>
      this.#seen.entries().map(([id, box]) => ({ row, id, fit: iou(box, boxXyxy) })),
    );
    const [ids, taken] = [new Map(), new Set()];
    for (const { row, id, fit } of claims.sort((a, b) => b.fit - a.fit)) {
      if (fit < LEAST_IOU || ids.has(row) || taken.has(id)) continue;
      ids.set(row, id);
      taken.add(id);
    }
    return ids;
  }
}
