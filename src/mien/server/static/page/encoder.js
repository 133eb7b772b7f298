/**
 * Makes JPEG files in a thread of its own: on the page's thread a browser makes them only when it is idle.
 *
 * In: a VideoFrame or an ImageBitmap, which is used up. Out: a Blob, or null for one that cannot be drawn.
 */

const JPEG = { type: "image/jpeg", quality: 0.9 };

async function jpegOf(picture) {
  const [width, height] = [picture.displayWidth ?? picture.width, picture.displayHeight ?? picture.height];
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d").drawImage(picture, 0, 0, width, height);
  picture.close();
  return canvas.convertToBlob(JPEG);
}

addEventListener("message", async ({ data: picture }) => {
  postMessage(await jpegOf(picture).catch(() => null));
});
