/** The way through the server, its socket and its encoder played by the test. */

import assert from "node:assert/strict";
import test from "node:test";

import { ServerWay } from "../../src/mien/server/static/page/server_way.js";

class Socket extends EventTarget {
  static OPEN = 1;
  readyState = Socket.OPEN;
  isClosed = false;

  constructor() {
    super();
    Socket.last = this;
  }

  send() {}

  close() {
    this.isClosed = true;
  }
}

/** Answers each picture with itself. */
class Encoder {
  postMessage(picture) {
    this.onmessage({ data: picture });
  }
}

test("a stream is given up when a frame has no answer, but not when none was sent", async (context) => {
  Object.assign(globalThis, { WebSocket: Socket, Worker: Encoder, sessionStorage: { getItem: () => null } });
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const way = new ServerWay(new URL("http://127.0.0.1/"), async () => null);
  await way.open();
  await way.offer(null, { takenMs: 0, explain: false });
  assert.ok(way.isFree);
  context.mock.timers.tick(60_000);
  assert.ok(!Socket.last.isClosed);
  await way.offer("picture", { takenMs: 0, explain: false });
  context.mock.timers.tick(60_000);
  assert.ok(Socket.last.isClosed);
});
