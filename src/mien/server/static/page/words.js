/** Colours and words, those of mien's window (mien/overlay). */

/** Okabe and Ito's colours, which people with any kind of colour vision can tell apart. */
export const COLOURS = Object.freeze({
  angry: "#d55e00",
  happy: "#f0e442",
  sad: "#0072b2",
  surprise: "#cc79a7",
  neutral: "#009e73",
  unsure: "#a6aab0",
});

const DOUBTS = Object.freeze({
  probability: "unsure",
  small: "unsure: too small",
  blurred: "unsure: blurred",
  dark: "unsure: too dark",
  turned: "unsure: turned away",
});

/** Black or white, whichever has the higher contrast (WCAG 2 relative luminance). */
export function inkOn(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => (parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.0722 * blue + 0.7152 * green + 0.2126 * red > 0.179 ? "#000" : "#fff";
}

/** What a person is told about a face of a record: the emotion and how probable, or "unsure" and why. */
export function wordsOf(face) {
  if (face.doubt) return DOUBTS[face.doubt];
  return `${face.emotion} ${Math.round(100 * face.probs[face.emotion])}%`;
}
