/** Analysis in this browser, by a worker: no frame leaves it. */

import { NO_ANSWER } from "./door.js";
import { unreadable } from "./photo.js";
import * as token from "./token.js";

const WORKER = new URL("../analysis/worker.js", import.meta.url);
const LIBRARY = new URL("../vendor/ort.wasm.min.mjs", import.meta.url);

const INSECURE = "This browser cannot: it does so only for pages of this computer (localhost) or over https.";
const NO_LIBRARY = "This browser cannot: ONNX Runtime Web is not installed with the server (make web).";

/** One frame is looked at while the faces of the one before are told: so many may be on their way. */
const MOST_UNTOLD = 2;

/** Events as ServerWay has them, and "loading" with {bytes, of}. */
export class BrowserWay extends EventTarget {
  name = "browser";
  /** What the models run on, once that is known. */
  runsOn = "";
  #worker = null;
  /** Whether the worker was told to load the models: a promise, or null where nobody asked for it. */
  #beginning = null;
  #isReady = false;
  #isSeeing = false;
  #untold = 0;
  #photos = new Map();
  #lastPhoto = 0;
  #passDoor;

  /**
   * @param {URL} base address of the page
   * @param passDoor resolves when the server lets us in, to what /v1/model says, or to null
   */
  constructor(base, passDoor) {
    super();
    this.#passDoor = passDoor;
    this.modelUrl = new URL("v1/model", base).href;
  }

  /**
   * Why this way cannot be taken, in a line for a person, or "" where it can.
   * @param model what /v1/model says, or null where the server does not answer
   */
  static async obstacle(model) {
    // Browsers check a SHA-256 only there.
    if (!isSecureContext) return INSECURE;
    if (model && !model.files.face) {
      return `This browser cannot: the detector ${model.detector.name} runs on the server only.`;
    }
    const response = await fetch(LIBRARY, { method: "HEAD" }).catch(() => null);
    return response?.ok ? "" : NO_LIBRARY;
  }

  get isFree() {
    return this.#isReady && !this.#isSeeing && this.#untold < MOST_UNTOLD;
  }

  /** Load the models; once loaded they stay. @param model what /v1/model says, where it was just asked */
  open(model = null) {
    if (this.#isReady) {
      this.#ask({ kind: "reset" });
      this.#tell("ready");
    } else {
      this.#beginning ??= this.#begin(model);
    }
  }

  /** Nothing goes on by itself; the models are kept for the next time. */
  close() {}

  /** Analyse a frame; only while `isFree`. The picture is used up. */
  offer(picture, { takenMs, explain }) {
    this.#isSeeing = true;
    this.#untold += 1;
    this.#ask({ kind: "frame", picture, takenMs, explain, alone: 0 }, [picture]);
  }

  /** Learn the resting faces in view. */
  learn(seconds) {
    this.#ask({ kind: "neutral", seconds });
  }

  /** One photo, as a canvas; answers as the stream does. */
  async photo(canvas, { explain }) {
    const picture = await createImageBitmap(canvas);
    this.#beginning ??= this.#begin();
    if (!(await this.#beginning)) throw unreadable(NO_ANSWER);
    this.#lastPhoto += 1;
    this.#ask({ kind: "frame", picture, takenMs: 0, explain, alone: this.#lastPhoto }, [picture]);
    return new Promise((resolve, reject) => this.#photos.set(this.#lastPhoto, { resolve, reject }));
  }

  /** @returns whether the models are being loaded */
  async #begin(said = null) {
    const model = said ?? (await this.#passDoor());
    if (model) this.#load(model);
    else this.#giveUp(NO_ANSWER);
    return Boolean(model);
  }

  #load(model) {
    const { port1, port2: page } = new MessageChannel();
    port1.onmessage = ({ data }) => this.#hear(data);
    this.#worker = new Worker(WORKER, { type: "module" });
    this.#worker.addEventListener("message", ({ data }) => this.#take(data));
    this.#worker.addEventListener("error", ({ message }) => this.#take({ kind: "failed", message }));
    this.#ask({ kind: "open", model, modelUrl: this.modelUrl, headers: token.headers(), page }, [page]);
  }

  #ask(message, transferred = []) {
    this.#worker.postMessage(message, transferred);
  }

  /** What the thread that looks says. */
  #take({ kind, alone, ...said }) {
    if (kind === "loading") this.#tell("loading", said);
    else if (kind === "ready") this.#becomeReady(said.name);
    else if (alone) this.#settle(alone, kind, said);
    else if (!this.#isReady) this.#giveUp(said.message);
    else {
      this.#isSeeing = false;
      if (kind === "seen") this.#tell("free");
      else this.#hear({ kind, alone, ...said });
    }
  }

  /** What the thread that tells says. */
  #hear({ kind, alone, ...said }) {
    if (alone) {
      this.#settle(alone, kind, said);
      return;
    }
    this.#untold -= 1;
    this.#tell("free");
    if (kind === "answer") this.#tell("answer", said);
    else this.#tell("failed", said.message);
  }

  #settle(photo, kind, said) {
    const { resolve, reject } = this.#photos.get(photo);
    this.#photos.delete(photo);
    if (kind === "answer") resolve(said);
    else reject(unreadable(said.message));
  }

  #becomeReady(name) {
    this.runsOn = name;
    this.#isReady = true;
    this.#tell("ready");
  }

  #giveUp(message) {
    this.#worker?.terminate();
    this.#worker = null;
    this.#beginning = null;
    for (const { reject } of this.#photos.values()) reject(unreadable(message));
    this.#photos.clear();
    this.#tell("trouble", { message: `The models cannot be loaded: ${message}`, retryS: null });
  }

  #tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}
