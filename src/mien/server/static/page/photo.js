/** Photos: the one that is shown, and how they come: dropped on the page, pasted, or picked. */

function imageAmong(files) {
  return Array.from(files ?? []).find(({ type }) => type.startsWith("image/"));
}

/** Why a photo cannot be read, in a line for a person. */
export function unreadable(why) {
  return new Error(`The photo cannot be read: ${why}`);
}

/** Draw a picture in its own size, over white as mien/pictures.py lays it. */
function lay(bitmap, canvas) {
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0);
}

/** The photo on the stage: decoded once, so that what is seen is what is analysed, whoever does that. */
export class Photo {
  /** How often one was opened or closed: an answer to an earlier one comes too late. */
  calls = 0;

  /** @param canvas that holds its pixels, hidden while none is open */
  constructor(canvas) {
    this.canvas = canvas;
  }

  get isOpen() {
    return !this.canvas.hidden;
  }

  /**
   * Show a picture file; throws an Error for a person where this browser cannot read it.
   * @returns whether it is shown: false where another was opened, or it was closed, meanwhile
   */
  async open(file) {
    this.calls += 1;
    const call = this.calls;
    try {
      const bitmap = await createImageBitmap(file);
      if (call === this.calls) this.#show(bitmap);
      bitmap.close();
    } catch (error) {
      if (call === this.calls) throw unreadable(error.message);
    }
    return call === this.calls;
  }

  #show(bitmap) {
    lay(bitmap, this.canvas);
    this.canvas.hidden = false;
  }

  close() {
    this.calls += 1;
    this.canvas.hidden = true;
  }
}

/**
 * Call `onPhoto` with the file of each photo that is given to the page.
 * @param input of type file
 * @param zone that shows by the class "is-target" that a photo may be dropped
 * @param onOther told that something else was given
 */
export function acceptPhotos({ input, zone, onPhoto, onOther }) {
  const take = (files) => {
    const file = imageAmong(files);
    if (file) onPhoto(file);
    else if (files?.length) onOther("That is no picture: JPEG, PNG or WebP is expected.");
  };
  const mark = (isTarget) => zone.classList.toggle("is-target", isTarget);
  input.addEventListener("change", () => {
    take(input.files);
    input.value = "";
  });
  document.addEventListener("paste", ({ clipboardData }) => take(clipboardData.files));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    mark(true);
  });
  document.addEventListener("dragleave", ({ relatedTarget }) => relatedTarget ?? mark(false));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    take(event.dataTransfer.files);
  });
}
