/** Analysis in this browser, by a worker: no frame leaves it. */

import * as token from "./token.js";

const WORKER = new URL("../analysis/worker.js", import.meta.url);
const LIBRARY = new URL("../vendor/ort.wasm.min.mjs", import.meta.url);

/** Events as ServerWay has them, and "loading" with {bytes, of}. */
export class BrowserWay extends EventTarget {
  name = "browser";
  /** What the models run on, once that is known. */
  runsOn = "";
  #worker = null;
  #isReady = false;
  #isBusy = false;
  #photo = null;

  /** @param {URL} base address of the page */
  constructor(base) {
    super();
    this.modelUrl = new URL("v1/model", base).href;
  }

  /** Whether the server brings the library that this way needs. */
  static async isThere() {
    const response = await fetch(LIBRARY, { method: "HEAD" }).catch(() => null);
    return Boolean(response?.ok);
  }

  get isFree() {
    return this.#isReady && !this.#isBusy;
  }

  /** Load the models; once loaded they stay. */
  open() {
    if (this.#isReady) {
      this.#ask({ kind: "reset" });
      this.#tell("ready");
    } else if (!this.#worker) {
      this.#worker = new Worker(WORKER, { type: "module" });
      this.#worker.addEventListener("message", ({ data }) => this.#take(data));
      this.#worker.addEventListener("error", (event) => this.#take({ kind: "failed", message: event.message }));
      this.#ask({ kind: "open", modelUrl: this.modelUrl, headers: token.headers() });
    }
  }

  /** Nothing goes on by itself; the models are kept for the next time. */
  close() {}

  /** Analyse a frame; only while `isFree`. The picture is used up. */
  offer(picture, { timestampS, explain }) {
    this.#isBusy = true;
    this.#ask({ kind: "frame", picture, timestampS, explain, alone: false }, [picture]);
  }

  /** Learn the resting faces in view. */
  learn(seconds) {
    this.#ask({ kind: "neutral", seconds });
  }

  /** One photo; answers as the stream does. */
  async photo(blob, { explain }) {
    const picture = await createImageBitmap(blob);
    return new Promise((resolve, reject) => {
      this.#photo = { resolve, reject };
      this.#ask({ kind: "frame", picture, timestampS: 0, explain, alone: true }, [picture]);
    });
  }

  #ask(message, transferred = []) {
    this.#worker.postMessage(message, transferred);
  }

  #take({ kind, alone, ...said }) {
    if (alone) this.#settle(kind, said);
    else if (kind === "loading") this.#tell("loading", said);
    else if (kind === "ready") this.#becomeReady(said.name);
    else this.#advance(kind, said);
  }

  #settle(kind, said) {
    if (kind === "answer") this.#photo.resolve(said);
    else this.#photo.reject(new Error(said.message));
  }

  #advance(kind, said) {
    this.#isBusy = false;
    if (kind === "answer") this.#tell("answer", said);
    else if (this.#isReady) this.#tell("failed", said.message);
    else this.#giveUp(said.message);
  }

  #becomeReady(name) {
    this.runsOn = name;
    this.#isReady = true;
    this.#tell("ready");
  }

  #giveUp(message) {
    this.#worker.terminate();
    this.#worker = null;
    this.#tell("trouble", { message: `The models cannot be loaded: ${message}`, retryS: null });
  }

  #tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}
