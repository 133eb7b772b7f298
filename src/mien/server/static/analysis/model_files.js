/** The model files of our own server, fetched and checked. */

function hex(buffer) {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The bytes; an Error that names the file unless their SHA-256 is the one stated. */
export async function checked(bytes, file, sha256) {
  const found = hex(await crypto.subtle.digest("SHA-256", bytes));
  if (found === sha256) return bytes;
  throw new Error(`${file}: SHA-256 is ${found.slice(0, 12)}…, expected ${sha256.slice(0, 12)}…`);
}

async function body(response, onBytes) {
  const parts = [];
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return new Blob(parts).arrayBuffer();
    parts.push(value);
    onBytes(value.length);
  }
}

/**
 * One model file.
 * @param {URL} url
 * @param stated what /v1/model says of it: file, sha256
 * @param {HeadersInit} headers
 * @param onBytes told how many more bytes have come
 */
export async function fetchModel(url, stated, headers, onBytes) {
  url.searchParams.set("sha256", stated.sha256);
  const response = await fetch(url, { headers });
  if (!response.ok) throw new Error(`${url.pathname}: the server answers ${response.status}, expected the file`);
  return checked(await body(response, onBytes), stated.file, stated.sha256);
}
