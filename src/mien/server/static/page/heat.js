/** Where the model looked, as a small picture of its own that is laid over the face. */

const OPACITY = 0.6;

/** Inferno's colours (van der Walt and Smith), at even steps from cold to hot: red, green, blue. */
const INFERNO = [
  [0, 0, 4],
  [40, 11, 84],
  [101, 21, 110],
  [159, 42, 99],
  [212, 72, 66],
  [245, 125, 21],
  [250, 193, 39],
  [252, 255, 164],
];

function colourOf(value) {
  const place = (value / 255) * (INFERNO.length - 1);
  const low = Math.min(Math.floor(place), INFERNO.length - 2);
  return INFERNO[low].map((from, k) => from + (INFERNO[low + 1][k] - from) * (place - low));
}

/** A canvas of width x height pixels: colour by heat, and where it is cold the face shines through. */
export function heatPicture({ width, height, values }) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const image = canvas.getContext("2d").createImageData(width, height);
  values.forEach((value, at) => image.data.set([...colourOf(value), OPACITY * value], 4 * at));
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}
