/** Analysis by the server, through a WebSocket: a frame out, its result back, one frame in flight. */

import { NO_ANSWER } from "./door.js";
import { Pause } from "./pause.js";
import { unreadable } from "./photo.js";
import * as token from "./token.js";

const ENCODER = new URL("./encoder.js", import.meta.url);
const SILENCE_MS = 8000;
/** The largest body that a server takes, as ServerOptions has it. */
const MOST_BYTES = 10e6;

/** The pixels of a canvas as a JPEG file, coarser where it would be too large for the server. */
async function jpegFileOf(canvas) {
  const made = (quality) => new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
  const fine = await made(0.95);
  return fine && fine.size > MOST_BYTES ? made(0.75) : fine;
}

/**
 * Events: "ready"; "free" when the next frame may come; "answer" with {record, heats, takenMs}; "failed" with a message, for one frame; "trouble" with
 * {message, retryS} when the server is gone: it is tried again by itself.
 */
export class ServerWay extends EventTarget {
  name = "server";
  #socket = null;
  #pause = new Pause();
  #encoder = new Worker(ENCODER, { type: "module" });
  #timer = 0;
  #watch = 0;
  #isBusy = false;
  #takenMs = 0;
  #isExplaining = false;
  /** How often it was opened or closed: only the last counts. */
  #calls = 0;
  #passDoor;

  /**
   * @param {URL} base address of the page
   * @param passDoor resolves when the server lets us in or does not answer
   */
  constructor(base, passDoor) {
    super();
    this.#passDoor = passDoor;
    this.url = new URL("v1/stream", base);
    this.url.protocol = base.protocol === "https:" ? "wss:" : "ws:";
    this.photoUrl = new URL("v1/analyze", base);
  }

  get isFree() {
    return this.#socket?.readyState === WebSocket.OPEN && !this.#isBusy;
  }

  /** Connect, now. @param model what /v1/model says, where it was just asked */
  async open(model = null) {
    this.close();
    const call = this.#calls;
    // A server that was started again may want another token: a socket that is refused is not told why.
    if (!model) await this.#passDoor();
    if (call === this.#calls) this.#connect();
  }

  #connect() {
    const socket = new WebSocket(this.url, token.protocols());
    this.#socket = socket;
    this.#isBusy = false;
    socket.addEventListener("open", () => {
      if (this.#isExplaining) this.#command({ command: "explain", on: true });
      this.#tell("ready");
    });
    socket.addEventListener("message", ({ data }) => this.#take(JSON.parse(data)));
    socket.addEventListener("close", ({ code, reason }) => this.#lose(socket, code, reason));
  }

  close() {
    this.#calls += 1;
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /** Send a frame; only while `isFree`. The picture is used up. */
  async offer(picture, { takenMs, explain }) {
    this.#isBusy = true;
    this.#takenMs = takenMs;
    const socket = this.#socket;
    if (explain !== this.#isExplaining) this.#command({ command: "explain", on: explain });
    this.#isExplaining = explain;
    const jpeg = await this.#jpegOf(picture);
    if (socket !== this.#socket || socket.readyState !== WebSocket.OPEN) return;
    if (!jpeg) {
      // Nothing was sent, and so there is no answer to watch for.
      this.#isBusy = false;
      return;
    }
    socket.send(jpeg);
    this.#watch = setTimeout(() => socket.close(), SILENCE_MS);
  }

  /** Learn the resting faces in view. */
  learn(seconds) {
    this.#command({ command: "neutral", seconds });
  }

  /** One photo, as a canvas; answers as the stream does. */
  async photo(canvas) {
    const body = await jpegFileOf(canvas);
    await this.#passDoor();
    const headers = { ...token.headers(), "Content-Type": "image/jpeg" };
    const response = await fetch(this.photoUrl, { method: "POST", headers, body }).catch(() => null);
    const said = await response?.json().catch(() => null);
    if (!said) throw unreadable(NO_ANSWER);
    if (!response.ok) throw unreadable(said.error ?? `the server answers ${response.status}`);
    return { record: said, heats: [] };
  }

  /** One at a time, as frames are. */
  #jpegOf(picture) {
    return new Promise((resolve) => {
      this.#encoder.onmessage = ({ data }) => resolve(data);
      this.#encoder.postMessage(picture, [picture]);
    });
  }

  #command(command) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(command));
  }

  #take({ error, heats = [], ...record }) {
    clearTimeout(this.#watch);
    this.#isBusy = false;
    const takenMs = this.#takenMs;
    this.#tell("free");
    if (error) {
      this.#tell("failed", error);
      return;
    }
    // A server that is full says so, too: only one that analyses is there again.
    this.#pause.reset();
    this.#tell("answer", { record, heats, takenMs });
  }

  #lose(socket, code, reason) {
    if (socket !== this.#socket) return;
    clearTimeout(this.#watch);
    const retryS = this.#pause.next();
    this.#timer = setTimeout(() => this.open(), 1000 * retryS);
    this.#tell("trouble", { message: reason || "The server does not answer.", code, retryS });
  }

  #tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}
