/** The camera: which there are, opening one, and what to tell when that fails. */

const TROUBLES = Object.freeze({
  NotAllowedError:
    "The camera was refused. Allow it for this page beside the address in the browser, then start again. A photo works without.",
  NotFoundError: "There is no camera here. Connect one, then start again. A photo works without.",
  NotReadableError: "The camera is in use by another program. Close that one, then start again.",
  OverconstrainedError: "That camera is gone. Choose another one.",
});

const INSECURE =
  "The browser gives a camera only to pages of this computer (127.0.0.1) or over https. A photo works without.";

/** One line that says why there is no camera, and what to do. */
export function troubleOf(error) {
  return TROUBLES[error.name] ?? `The camera does not open: ${error.message}`;
}

async function streamOf(deviceId) {
  if (!navigator.mediaDevices) throw new Error(INSECURE);
  const wanted = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
  const video = deviceId ? { ...wanted, deviceId: { exact: deviceId } } : { ...wanted, facingMode: "user" };
  return navigator.mediaDevices.getUserMedia({ video, audio: false });
}

function stop(stream) {
  for (const track of stream.getTracks()) track.stop();
}

export class Camera {
  #video;
  #stream = null;
  /** How often it was opened or closed: an opening that is not the last of these is given up. */
  #calls = 0;

  /** @param onLost called when the camera goes away by itself */
  constructor(video, onLost) {
    this.#video = video;
    this.onLost = onLost;
  }

  get isOn() {
    return this.#stream !== null;
  }

  /**
   * Open a camera by its id, or the usual one; throws what `troubleOf` explains.
   * @returns whether it is on: false where it was opened again or closed meanwhile
   */
  async open(deviceId = "") {
    this.close();
    const call = this.#calls;
    try {
      const stream = await streamOf(deviceId);
      if (call === this.#calls) await this.#play(stream);
      else stop(stream);
    } catch (error) {
      if (call === this.#calls) throw error;
    }
    return call === this.#calls;
  }

  async #play(stream) {
    this.#stream = stream;
    stream.getVideoTracks()[0].addEventListener("ended", () => {
      this.close();
      this.onLost();
    });
    this.#video.srcObject = stream;
    await this.#video.play();
  }

  close() {
    this.#calls += 1;
    if (this.#stream) stop(this.#stream);
    this.#stream = null;
    this.#video.srcObject = null;
  }

  /** Id of the camera that is on, or "". */
  get deviceId() {
    return this.#stream?.getVideoTracks()[0].getSettings().deviceId ?? "";
  }

  /** [{id, name}] of all cameras; their names are known once one was allowed. */
  static async all() {
    const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    return devices
      .filter(({ kind }) => kind === "videoinput")
      .map(({ deviceId, label }, row) => ({ id: deviceId, name: label || `Camera ${row + 1}` }));
  }
}
