/**
 * Pictures as plain numbers. A picture is {width, height, channels, data}: rows from above, uint8, the
 * channels of a pixel side by side, blue, green, red or one grey.
 */

import { clamp } from "./numbers.js";

/** A picture in blue, green, red out of ImageData, which is in red, green, blue, alpha. */
export function fromImageData({ width, height, data: rgba }) {
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    data[to] = rgba[from + 2];
    data[to + 1] = rgba[from + 1];
    data[to + 2] = rgba[from];
  }
  return { width, height, channels: 3, data };
}

/** A picture in blue, green, red out of pixels that have an unused byte behind them. */
export function fromBgrx(bgrx, width, height) {
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    data[to] = bgrx[from];
    data[to + 1] = bgrx[from + 1];
    data[to + 2] = bgrx[from + 2];
  }
  return { width, height, channels: 3, data };
}

/** The grey of blue, green, red, in OpenCV's whole numbers. */
function greyOf(blue, green, red) {
  return (blue * 3735 + green * 19235 + red * 9798 + 16384) >> 15;
}

/** A grey picture of one in blue, green, red. */
export function grey({ width, height, data: bgr }) {
  const data = new Uint8Array(width * height);
  for (let to = 0, from = 0; to < data.length; to += 1, from += 3) {
    data[to] = greyOf(bgr[from], bgr[from + 1], bgr[from + 2]);
  }
  return { width, height, channels: 1, data };
}

/** A square, in blue, green, red, whose corner may lie anywhere: edge pixels are repeated beyond the picture. */
export function squareAt(picture, left, top, side) {
  const data = new Uint8Array(3 * side * side);
  for (let y = 0, to = 0; y < side; y += 1) {
    const row = clamp(top + y, 0, picture.height - 1) * picture.width;
    for (let x = 0; x < side; x += 1, to += 3) {
      const at = 3 * (row + clamp(left + x, 0, picture.width - 1));
      data[to] = picture.data[at];
      data[to + 1] = picture.data[at + 1];
      data[to + 2] = picture.data[at + 2];
    }
  }
  return { width: side, height: side, channels: 3, data };
}

/** The grey of such a square. */
export function greySquareAt(picture, left, top, side) {
  return grey(squareAt(picture, left, top, side));
}

/** The part of a picture between whole pixels that lie in it. */
export function part({ width, channels, data }, x0, y0, x1, y1) {
  const row = (x1 - x0) * channels;
  const cut = new Uint8Array(row * (y1 - y0));
  for (let y = y0; y < y1; y += 1) {
    const start = (y * width + x0) * channels;
    cut.set(data.subarray(start, start + row), (y - y0) * row);
  }
  return { width: x1 - x0, height: y1 - y0, channels, data: cut };
}
