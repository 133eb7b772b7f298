/** The token of a server that wants one: from the address (#token=…) or from the person, kept for this tab. */

const KEY = "mien.token";

/** Take the token out of the address, where others might read it. */
export function takeFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return;
  keep(token);
  history.replaceState(null, "", location.pathname + location.search);
}

export function keep(token) {
  sessionStorage.setItem(KEY, token);
}

export function token() {
  return sessionStorage.getItem(KEY) ?? "";
}

/** What a request needs. */
export function headers() {
  return token() ? { Authorization: `Bearer ${token()}` } : {};
}

/** What a WebSocket needs: its protocols, by which a token travels outside the address. */
export function protocols() {
  return token() ? [`mien.token.${token()}`] : [];
}
