/** The pixels of what the page sends: a VideoFrame of the camera, or an ImageBitmap. */

import { fromBgrx, fromImageData } from "./picture.js";

const DIRECT = { format: "BGRX" };

/** Whether a VideoFrame lies in memory as it is to be seen, and this browser converts its colours itself. */
function isDirect(frame) {
  if (!(frame instanceof globalThis.VideoFrame) || frame.rotation || frame.flip) return false;
  const { width, height } = frame.visibleRect;
  const isWhole = frame.displayWidth === width && frame.displayHeight === height;
  // A browser that does not know the option answers with the size of the frame's own format.
  return isWhole && frame.allocationSize(DIRECT) === 4 * width * height;
}

async function copied(frame) {
  const { width, height } = frame.visibleRect;
  const bgrx = new Uint8Array(4 * width * height);
  await frame.copyTo(bgrx, DIRECT);
  return fromBgrx(bgrx, width, height);
}

function drawn(frame) {
  const [width, height] = [frame.displayWidth ?? frame.width, frame.displayHeight ?? frame.height];
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(frame, 0, 0, width, height);
  return fromImageData(context.getImageData(0, 0, width, height));
}

/** A picture in blue, green, red; the frame is used up. */
export async function pixelsOf(frame) {
  try {
    return globalThis.VideoFrame && isDirect(frame) ? await copied(frame) : drawn(frame);
  } finally {
    frame.close();
  }
}
