/** Who analyses the frames: the server or this browser, whichever the person chose. */

const KEY = "mien.way";
const EVENTS = ["ready", "free", "answer", "failed", "trouble", "loading"];

/** A server on this computer may see the frames; one elsewhere only if the person says so. */
function usual() {
  return ["127.0.0.1", "localhost", "[::1]"].includes(location.hostname) ? "server" : "browser";
}

export class Ways {
  #ways;
  #chosen = null;

  /**
   * @param ways by name
   * @param handlers by event, called with its detail when the way that is chosen tells it
   */
  constructor(ways, handlers) {
    this.#ways = ways;
    for (const way of Object.values(ways)) {
      for (const kind of EVENTS) {
        way.addEventListener(kind, ({ detail }) => {
          if (way === this.#chosen) handlers[kind](detail);
        });
      }
    }
  }

  /** The way that is taken. */
  get now() {
    return this.#chosen;
  }

  /** What was chosen the last time, as far as it is there. */
  first(names) {
    const kept = localStorage.getItem(KEY) ?? usual();
    return names.includes(kept) ? kept : names[0];
  }

  /** Take the way of this name. @param model what /v1/model says, or null: the way asks itself */
  choose(name, model) {
    this.#chosen?.close();
    this.#chosen = this.#ways[name];
    localStorage.setItem(KEY, name);
    this.#chosen.open(model);
  }
}
