/** Boxes, words and heat over the picture. */

import { clamp } from "../analysis/numbers.js";
import { heatPicture } from "./heat.js";
import { COLOURS, inkOn, wordsOf } from "./words.js";

const DARK = "#141418";

/** Give a canvas the pixels of its place on the screen, and clear it; new memory only where they are others. */
export function fit(canvas) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((side) =>
    Math.floor(side * window.devicePixelRatio),
  );
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  context.resetTransform();
  context.clearRect(0, 0, width, height);
}

export class Overlay {
  #canvas;
  #answer = null;

  constructor(canvas) {
    this.#canvas = canvas;
    this.isMirrored = false;
    new ResizeObserver(() => this.#draw()).observe(canvas);
  }

  /** Show an answer, {record, heats}, or nothing. */
  show(answer) {
    this.#answer = answer;
    this.#draw();
  }

  #draw() {
    const canvas = this.#canvas;
    fit(canvas);
    if (!this.#answer || !canvas.width) return;
    const context = canvas.getContext("2d");
    context.scale(window.devicePixelRatio, window.devicePixelRatio);
    const { record, heats } = this.#answer;
    for (const heat of heats) this.#drawHeat(context, heat, record);
    for (const face of record.faces) this.#drawBox(context, face, record);
    for (const face of record.faces) this.#drawWord(context, face, record);
  }

  /** Left, top, width and height on the canvas, in CSS pixels, of a box in the frame. */
  #place([x0, y0, x1, y1], { width, height }) {
    const [wide, high] = [this.#canvas.clientWidth / width, this.#canvas.clientHeight / height];
    const left = this.isMirrored ? width - x1 : x0;
    return [left * wide, y0 * high, (x1 - x0) * wide, (y1 - y0) * high];
  }

  #drawHeat(context, heat, record) {
    const [left, top, width, height] = this.#place(heat.box_xyxy, record);
    context.save();
    context.imageSmoothingQuality = "high";
    context.translate(left + width / 2, top + height / 2);
    context.scale(this.isMirrored ? -1 : 1, 1);
    context.rotate((heat.tilt_deg * Math.PI) / 180);
    context.drawImage(heatPicture(heat), -width / 2, -height / 2, width, height);
    context.restore();
  }

  #drawBox(context, face, record) {
    const [left, top, width, height] = this.#place(face.box_xyxy, record);
    const thick = face.doubt ? 1.5 : 3;
    for (const [colour, lineWidth] of [[DARK, thick + 2], [COLOURS[face.label], thick]]) {
      context.beginPath();
      context.roundRect(left, top, width, height, 0.08 * Math.min(width, height));
      Object.assign(context, { strokeStyle: colour, lineWidth });
      context.stroke();
    }
  }

  #drawWord(context, face, record) {
    const [left, top, , height] = this.#place(face.box_xyxy, record);
    const number = record.faces.length > 1 ? `${face.id}: ` : "";
    const text = number + wordsOf(face) + (face.personal ? " ●" : "");
    const { clientWidth, clientHeight } = this.#canvas;
    const fontPx = clamp(clientWidth / 32, 11, 15);
    context.font = `600 ${fontPx}px system-ui, sans-serif`;
    const [plateWidth, plateHeight] = [context.measureText(text).width + fontPx, 1.6 * fontPx];
    const x = clamp(left, 0, Math.max(0, clientWidth - plateWidth));
    const spots = [top - plateHeight - 4, top + height + 4];
    const y = spots.find((spot) => spot >= 0 && spot + plateHeight <= clientHeight) ?? Math.max(0, top) + 4;
    context.fillStyle = COLOURS[face.label];
    context.beginPath();
    context.roundRect(x, y, plateWidth, plateHeight, 6);
    context.fill();
    context.fillStyle = inkOn(COLOURS[face.label]);
    context.textBaseline = "middle";
    context.fillText(text, x + fontPx / 2, y + 0.52 * plateHeight);
  }
}
