/** Ids that stay with a person from frame to frame, as mien/tracker.py: by place, motion and looks. */

import { centre, longerSide } from "./boxes.js";
import { Motion } from "./motion.js";
import { likeness, portraitOf, unit } from "./portrait.js";
import { FOLLOWING } from "./tracker_options.js";

/** After so many seconds half of a person's portrait is new. */
const LEARN_S = 0.5;

function distance([x, y], [otherX, otherY]) {
  return Math.hypot(x - otherX, y - otherY);
}

/** 1 where a face is expected, falling to 0 at the end of its reach; half of that where it was. */
function nearness(track, box, expectedXy, gapS) {
  const [side, foundSide] = [longerSide(track.box), longerSide(box)];
  if (Math.max(side, foundSide) > FOLLOWING.maxGrowth * Math.min(side, foundSide)) return 0;
  const reachPx = Math.max(side * (FOLLOWING.reach + FOLLOWING.reachASecond * gapS), 1e-6);
  const [movedOn, stopped] = [expectedXy, centre(track.box)].map((xy) => 1 - distance(xy, centre(box)) / reachPx);
  return Math.max(movedOn, stopped / 2);
}

/** How well place and looks fit; null for someone who is plainly another. After an absence looks lead. */
function fitOf(near, like, wasAway) {
  if (near <= 0) return null;
  if (like === null) return near;
  if (!wasAway) return near + FOLLOWING.likeness * like;
  return like >= FOLLOWING.minLikeness ? near / 2 + FOLLOWING.likeness * like : null;
}

/** Every track that may be the person of a face: {fit, track, row}, the best first. */
function claimsOf(tracks, boxes, looks, timestampS, lastLookS) {
  const claims = tracks.flatMap((track) => {
    const gapS = Math.max(0, timestampS - track.seenS);
    const expectedXy = track.motion.after(gapS).xy;
    // Of a slow camera's frames each comes long after the last, and nobody was away.
    const wasAway = track.seenS < lastLookS && gapS > FOLLOWING.absenceS;
    return boxes.map((box, row) => {
      const like = track.portrait && looks[row] ? likeness(track.portrait, looks[row]) : null;
      return { fit: fitOf(nearness(track, box, expectedXy, gapS), like, wasAway), track, row };
    });
  });
  return claims.filter(({ fit }) => fit !== null).sort((a, b) => b.fit - a.fit);
}

/** Row of a face to its track: the best claim first, each face and each track once. */
function matched(claims) {
  const [rows, taken] = [new Map(), new Set()];
  for (const { track, row } of claims) {
    if (rows.has(row) || taken.has(track.id)) continue;
    rows.set(row, track);
    taken.add(track.id);
  }
  return rows;
}

function learned(portrait, look, passedS) {
  if (!look || !portrait) return look ?? portrait;
  const keep = 0.5 ** (passedS / LEARN_S);
  return unit(portrait.map((value, cell) => keep * value + (1 - keep) * look[cell]));
}

/** The track after the person was seen here. */
function moved(track, box, look, seenS) {
  const passedS = Math.max(0, seenS - track.seenS);
  const motion = track.motion.after(passedS).seen(centre(box));
  return { id: track.id, box, motion, portrait: learned(track.portrait, look, passedS), seenS };
}

export class Tracker {
  #tracks = [];
  #lastId = 0;
  #lookedS = -Infinity;

  /**
   * The faces of one frame in the order given, each with an `id`; ids count from 1, none is used again.
   * @param {Uint8Array[]} crops the faces' pixels, square and grey; without them looks do not count
   */
  update(faces, timestampS, crops = []) {
    const looks = faces.map((_, row) => (crops[row] ? portraitOf(crops[row]) : null));
    const alive = this.#tracks.filter(({ seenS }) => Math.abs(timestampS - seenS) <= FOLLOWING.maxGapS);
    const boxes = faces.map(({ boxXyxy }) => boxXyxy);
    const rows = matched(claimsOf(alive, boxes, looks, timestampS, this.#lookedS));
    this.#lookedS = timestampS;
    const seen = boxes.map((box, row) => {
      const track = rows.get(row);
      return track ? moved(track, box, looks[row], timestampS) : this.#begun(box, looks[row], timestampS);
    });
    const found = new Set(seen.map(({ id }) => id));
    this.#tracks = [...seen, ...alive.filter(({ id }) => !found.has(id))];
    return faces.map((face, row) => ({ ...face, id: seen[row].id }));
  }

  #begun(box, portrait, seenS) {
    this.#lastId += 1;
    return { id: this.#lastId, box, motion: Motion.start(centre(box)), portrait, seenS };
  }
}
