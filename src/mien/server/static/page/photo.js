/** Photos: dropped on the page, pasted, or picked. */

function imageAmong(files) {
  return Array.from(files ?? []).find(({ type }) => type.startsWith("image/"));
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
