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

export class Camera {
  #video;
  #stream = null;

  /** @param onLost called when the camera goes away by itself */
  constructor(video, onLost) {
    this.#video = video;
    this.onLost = onLost;
  }

  get isOn() {
    return this.#stream !== null;
  }

  /** Open a camera by its id, or the usual one; throws what `troubleOf` explains. */
  async open(deviceId = "") {
    this.close();
    if (!navigator.mediaDevices) throw new Error(INSECURE);
    const wanted = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
    const video = deviceId ? { ...wanted, deviceId: { exact: deviceId } } : { ...wanted, facingMode: "user" };
    this.#stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
    this.#stream.getVideoTracks()[0].addEventListener("ended", () => {
      this.close();
      this.onLost();
    });
    this.#video.srcObject = this.#stream;
    await this.#video.play();
  }

  close() {
    this.#stream?.getTracks().forEach((track) => track.stop());
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
