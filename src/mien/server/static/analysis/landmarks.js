/**
 * Pure functions on a face's five points, [x, y] each: the person's own right eye, left eye, nose, right and
 * left corner of the mouth. Those of mien/landmarks.py.
 */

/** From eye to eye, in pixels. */
export function eyeDistance([right, left]) {
  return Math.hypot(left[0] - right[0], left[1] - right[1]);
}

/** How far the eyes are from level, -180 to 180; positive where the person's own left eye is lower. */
export function tiltDeg([right, left]) {
  return (Math.atan2(left[1] - right[1], left[0] - right[0]) * 180) / Math.PI;
}

/** How far the nose is from the middle of the eyes, over their distance; positive to the picture's right. */
export function turn([right, left, nose]) {
  const [dx, dy] = [left[0] - right[0], left[1] - right[1]];
  const along = (nose[0] - (right[0] + left[0]) / 2) * dx + (nose[1] - (right[1] + left[1]) / 2) * dy;
  return along / Math.max(dx * dx + dy * dy, 1e-6);
}
