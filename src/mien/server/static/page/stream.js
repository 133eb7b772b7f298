/** The camera's frames on their way to whoever analyses them: the newest when the last one is done. */

import { Rate } from "./rate.js";

const LONGEST_PX = 1280;

/** What a video shows now, not larger than what is worth analysing; a VideoFrame costs no copy. */
async function pictureOf(video) {
  const { videoWidth: width, videoHeight: height } = video;
  const factor = LONGEST_PX / Math.max(width, height);
  if (factor >= 1) return globalThis.VideoFrame ? new VideoFrame(video) : createImageBitmap(video);
  const size = { resizeWidth: Math.round(width * factor), resizeHeight: Math.round(height * factor) };
  return createImageBitmap(video, size);
}

export class Stream {
  #video;
  #way = null;
  #onAnswer;
  #isTaking = false;
  #isNew = false;
  #seen = new Rate();
  #analysed = new Rate();

  /** @param onAnswer called with {record, heats, timing, takenMs} for each frame analysed */
  constructor(video, onAnswer) {
    this.#video = video;
    this.#onAnswer = onAnswer;
    this.dropped = 0;
    this.isExplaining = false;
    this.#await();
  }

  get way() {
    return this.#way;
  }

  /** Frames go this way from now on; null is nowhere. */
  set way(way) {
    this.#way = way;
    this.#analysed.clear();
    this.dropped = 0;
  }

  /** Frames that the camera gives a second, or null. */
  get cameraFps() {
    return this.#seen.perSecond;
  }

  /** The way's answer to the frame taken at `takenMs`. */
  take({ record, heats, takenMs }) {
    const nowMs = performance.now();
    this.#analysed.count(nowMs);
    const timing = {
      latency_ms: Number((nowMs - takenMs).toFixed(2)),
      dropped: this.dropped,
      analysis_fps: this.#analysed.perSecond && Number(this.#analysed.perSecond.toFixed(2)),
    };
    this.#onAnswer({ record, heats, timing, takenMs });
  }

  /** Send the newest frame if it has not been sent and the way is free. */
  async offer() {
    const way = this.#way;
    if (!this.#isNew || this.#isTaking || !way?.isFree || !this.#video.srcObject) return;
    this.#isTaking = true;
    this.#isNew = false;
    const takenMs = performance.now();
    const picture = await pictureOf(this.#video).catch(() => null);
    this.#isTaking = false;
    if (!picture) return;
    if (way !== this.#way || !way.isFree) {
      picture.close();
      return;
    }
    way.offer(picture, { takenMs, explain: this.isExplaining });
  }

  #await() {
    this.#video.requestVideoFrameCallback(() => {
      this.#seen.count();
      if (this.#isNew && this.#way) this.dropped += 1;
      this.#isNew = true;
      void this.offer();
      this.#await();
    });
  }
}
