/** A card for each person: the word, the five probabilities, the last seconds. */

import { fit } from "./overlay.js";
import { drawStrip } from "./timeline.js";
import { COLOURS, inkOn, wordsOf } from "./words.js";

const GONE_MS = 3000;
/** Numbers that change more often cannot be read, and drawing them takes time from the analysis. */
const EVERY_MS = 100;

function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

class Bar {
  constructor(emotion) {
    this.row = element("div", "bar");
    this.fill = element("span", "bar-fill");
    this.fill.style.backgroundColor = COLOURS[emotion];
    this.share = element("dd", "bar-share");
    const track = element("span", "bar-track");
    track.setAttribute("aria-hidden", "true");
    track.append(this.fill);
    this.row.append(element("dt", "bar-word", emotion), track, this.share);
  }

  show(prob) {
    this.fill.style.width = `${100 * prob}%`;
    this.share.textContent = `${Math.round(100 * prob)}%`;
  }
}

class Card {
  constructor(id, emotions) {
    this.node = element("li", "card");
    this.word = element("strong", "card-word");
    this.personal = element("span", "card-personal", "own resting face");
    const head = element("div", "card-head");
    head.append(element("span", "card-name", `Person ${id}`), this.personal, this.word);
    this.bars = new Map(emotions.map((emotion) => [emotion, new Bar(emotion)]));
    const list = element("dl", "bars");
    list.append(...Array.from(this.bars.values(), ({ row }) => row));
    this.strip = element("canvas", "strip");
    this.strip.setAttribute("role", "img");
    this.strip.setAttribute("aria-label", `Person ${id}, the last ten seconds`);
    this.node.append(head, list, this.strip);
  }

  show(face, segments, nowMs) {
    this.seenMs = nowMs;
    this.node.classList.remove("is-gone");
    this.word.textContent = wordsOf(face);
    this.word.style.backgroundColor = COLOURS[face.label];
    this.word.style.color = inkOn(COLOURS[face.label]);
    this.personal.hidden = !face.personal;
    for (const [emotion, bar] of this.bars) bar.show(face.probs[emotion]);
    this.strip.hidden = segments.length === 0;
    fit(this.strip);
    if (this.strip.width) drawStrip(this.strip, segments);
  }
}

export class People {
  #list;
  #cards = new Map();
  #shownMs = -Infinity;

  constructor(list) {
    this.#list = list;
  }

  /** @param timeline of the stream, or null for a photo */
  show(record, timeline, nowMs = performance.now()) {
    if (timeline && nowMs - this.#shownMs < EVERY_MS) return;
    this.#shownMs = nowMs;
    for (const face of record.faces) {
      const card = this.#cardOf(face);
      card.show(face, timeline ? timeline.of(face.id) : [], nowMs);
    }
    for (const [id, card] of this.#cards) {
      if (card.seenMs === nowMs) continue;
      card.node.classList.add("is-gone");
      if (nowMs - card.seenMs > GONE_MS) this.#remove(id, card);
    }
  }

  clear() {
    for (const [id, card] of this.#cards) this.#remove(id, card);
    this.#shownMs = -Infinity;
  }

  #cardOf(face) {
    if (!this.#cards.has(face.id)) {
      const card = new Card(face.id, Object.keys(face.probs));
      this.#cards.set(face.id, card);
      this.#list.append(card.node);
    }
    return this.#cards.get(face.id);
  }

  #remove(id, card) {
    card.node.remove();
    this.#cards.delete(id);
  }
}
