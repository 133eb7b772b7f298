/** The token of a server that wants one: from the address (#token=…) or from the person, kept for this tab. */

const KEY = "mien.token";
/** What a server takes for one, as ServerOptions has it; a header can hold no other characters. */
const FORM = /^[A-Za-z0-9._~-]{8,256}$/;

/** Take the token out of the address, where others might read it. @returns it, or null where there is none */
export function takeFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return null;
  keep(token);
  history.replaceState(null, "", location.pathname + location.search);
  return token;
}

export function keep(token) {
  sessionStorage.setItem(KEY, token);
}

/** Whether one was given, of whatever form. */
export function isGiven() {
  return Boolean(sessionStorage.getItem(KEY));
}

/** The one that was given, or "" where that can be none. */
function token() {
  const given = sessionStorage.getItem(KEY) ?? "";
  return FORM.test(given) ? given : "";
}

/** What a request needs. */
export function headers() {
  return token() ? { Authorization: `Bearer ${token()}` } : {};
}

/** What a WebSocket needs: its protocols, by which a token travels outside the address. */
export function protocols() {
  return token() ? [`mien.token.${token()}`] : [];
}
