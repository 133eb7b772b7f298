/** How the stream keeps up, in words, as the window's status line. */
export function statusWords(cameraFps, timing) {
  const parts = [];
  if (cameraFps !== null) parts.push(`camera ${cameraFps.toFixed(0)} fps`);
  if (timing?.analysis_fps) parts.push(`analysis ${timing.analysis_fps.toFixed(0)} fps`);
  if (timing) parts.push(`${timing.latency_ms.toFixed(0)} ms late`, `${timing.dropped} dropped`);
  // A part stays on one line.
  return parts.map((part) => part.replaceAll(" ", "\u00a0")).join("   ");
}

/** Where the frames go, said plainly. */
export function whereWords(way) {
  if (way === "browser") return "Frames stay in this browser.";
  const isHere = ["127.0.0.1", "localhost", "[::1]"].includes(location.hostname);
  return `Frames go to ${location.host}${isHere ? " (this computer)" : ""}, are analysed and forgotten.`;
}
