/** Rounding and limits as Python has them. */

/** To the nearest whole number, halves to the even one. */
export function round(value) {
  const near = Math.round(value);
  return near - value === 0.5 && near % 2 !== 0 ? near - 1 : near;
}

/** The value itself, or the limit that it is beyond. */
export function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

/** A value with so many digits after the point, as records have it; null stays null. */
export function rounded(value, digits) {
  return value === null ? null : Number(value.toFixed(digits));
}
