"use strict";

// The socket: with a stand-in for UXP's where UXP is strange, and with a real server for the bytes.

const assert = require("node:assert/strict");
const { randomFillSync } = require("node:crypto");
const { once } = require("node:events");
const { test } = require("node:test");
const { setTimeout: sleep } = require("node:timers/promises");
const { WebSocketServer } = require("ws");

const { Link } = require("../../uxp_panel/link.js");
const { FileOriginSocket } = require("./real_server.js");

const MIB = 1 << 20;

/** Keeps what a link tells. */
class Ears {
  constructor() {
    this.told = [];
    this.received = [];
    this.sending = [];
    this.events = {
      opened: () => this.told.push("opened"),
      closed: (reason) => this.told.push(reason),
      received: (message) => this.received.push(message),
      sending: (done, total) => this.sending.push([done, total]),
    };
  }
}

async function until(condition) {
  for (const end = Date.now() + 8000; !condition(); await sleep(5)) {
    assert.ok(Date.now() < end, "waited in vain");
  }
}

// ---- a socket like UXP's, played by the test

/** @param {(url: string, attempt: number) => void} permits throws where UXP does */
function playedLink(permits = () => {}) {
  const ears = new Ears();
  const sockets = [];
  let attempts = 0;
  class PlayedSocket {
    constructor(url) {
      attempts += 1;
      permits(url, attempts);
      Object.assign(this, { url, bufferedAmount: 0, sent: [], codes: [] });
      sockets.push(this);
    }

    send(message) {
      this.sent.push(message);
      this.bufferedAmount += message.length;
    }

    close(code) {
      assert.equal(code, 1000); // UXP throws for most others
      this.codes.push(code);
    }
  }
  const link = new Link({ WebSocket: PlayedSocket, events: ears.events });
  return { link, ears, sockets, attempts: () => attempts };
}

function openedLink() {
  const played = playedLink();
  played.link.open(7347);
  const [socket] = played.sockets;
  socket.onopen();
  played.ears.told.length = 0;
  return { ...played, socket };
}

test("it goes to localhost, by name, and asks for buffers", () => {
  const { link, sockets, ears } = playedLink();
  link.open(8123);
  assert.equal(sockets[0].url, "ws://localhost:8123");
  assert.equal(sockets[0].binaryType, "arraybuffer");
  assert.deepEqual(ears.told, []);
  sockets[0].onopen();
  assert.deepEqual(ears.told, ["opened"]);
});

test("a permission that comes late is waited for", async () => {
  const { link, ears, sockets } = playedLink((_, attempt) => {
    if (attempt < 3) {
      throw new Error("Permission denied");
    }
  });
  link.open(7347);
  await until(() => sockets.length === 1);
  sockets[0].onopen();
  assert.deepEqual(ears.told, ["opened"]);
});

test("a permission that does not come is explained, once and not at once", async () => {
  const { link, ears, attempts } = playedLink(() => {
    throw new Error("Manifest entry not found");
  });
  link.open(7347);
  assert.deepEqual(ears.told, []);
  await until(() => ears.told.length > 0);
  await sleep(400);
  assert.equal(attempts(), 3);
  assert.equal(ears.told.length, 1);
  assert.match(ears.told[0], /localhost:7347 \(Manifest entry not found\)/);
  assert.match(ears.told[0], /restart Photoshop.*“layer-bridge install photoshop --any-address”/);
});

test("whoever lets go meanwhile hears no more of a permission", async () => {
  const { link, ears, attempts } = playedLink(() => {
    throw new Error("Permission denied");
  });
  link.open(7347);
  link.close();
  await sleep(700);
  assert.equal(attempts(), 1);
  assert.deepEqual(ears.told, []);
});

test("where no server is, it is told once, without waiting for the close", () => {
  const { link, ears, sockets } = playedLink();
  link.open(7347);
  sockets[0].onerror({});
  assert.deepEqual(ears.told, ["No server answers at localhost:7347."]);
  sockets[0].onclose({ code: 1006, reason: "" });
  assert.equal(ears.told.length, 1);
});

test("a close before the connection stands means the same", () => {
  const { link, ears, sockets } = playedLink();
  link.open(7347);
  sockets[0].onclose({ code: 1006, reason: "" });
  assert.deepEqual(ears.told, ["No server answers at localhost:7347."]);
});

for (const [code, reason, sentence] of [
  [1001, "", "The server was stopped."],
  [1001, "going away", "The server was stopped."],
  [1002, "", "The server ended the connection."],
  [1009, "too large", "The server ended the connection: too large."],
  [1006, "", "The server ended the connection."],
]) {
  test(`close code ${code} ${reason}`, () => {
    const { ears, socket } = openedLink();
    socket.onerror({});
    assert.deepEqual(ears.told, []);
    socket.onclose({ code, reason });
    assert.deepEqual(ears.told, [sentence]);
  });
}

test("a connection that breaks under a picture says so", () => {
  const { link, ears, socket } = openedLink();
  link.send(new Uint8Array(1000));
  socket.onclose({ code: 1006, reason: "" });
  assert.match(ears.told[0], /while the picture was sent.*select a part/);
});

test("a message that the socket does not take ends the connection, and not at once", async () => {
  const { link, ears, socket } = openedLink();
  socket.send = () => {
    throw new Error("Out of memory");
  };
  link.send(new Uint8Array(1000));
  assert.deepEqual(ears.told, []);
  await until(() => ears.told.length > 0);
  assert.match(ears.told[0], /^The picture could not be sent \(Out of memory\); .*select a part/);
  assert.deepEqual(socket.codes, [1000]);
});

test("whoever lets go meanwhile hears no more of a message that was not taken", async () => {
  const { link, ears, socket } = openedLink();
  socket.send = () => {
    throw new Error("Out of memory");
  };
  link.send(new Uint8Array(1000));
  link.close();
  await sleep(20);
  assert.deepEqual(ears.told, []);
});

test("a socket that was let go of is not listened to", () => {
  const { link, ears, sockets } = playedLink();
  link.open(7347);
  link.open(7348);
  const [old, fresh] = sockets;
  assert.deepEqual(old.codes, [1000]);
  fresh.onopen();
  ears.told.length = 0;
  old.onopen();
  old.onmessage({ data: new ArrayBuffer(6) });
  old.onerror({});
  old.onclose({ code: 1006, reason: "" });
  assert.deepEqual(ears.told, []);
  assert.deepEqual(ears.received, []);
  link.send(Uint8Array.of(1));
  assert.equal(old.sent.length, 0);
  assert.equal(fresh.sent.length, 1);
  link.close();
});

test("closing says goodbye and tells nothing", () => {
  const { link, ears, socket } = openedLink();
  link.close();
  assert.deepEqual(socket.codes, [1000]);
  socket.onclose({ code: 1000, reason: "" });
  link.close();
  assert.deepEqual(socket.codes, [1000]);
  assert.deepEqual(ears.told, []);
});

test("what nobody is there for is not sent", () => {
  const { link, sockets } = playedLink();
  link.send(Uint8Array.of(1));
  link.open(7347);
  link.send(Uint8Array.of(1));
  assert.deepEqual(sockets[0].sent, []);
});

test("words where bytes should come are of another program", () => {
  const { ears, socket } = openedLink();
  socket.onmessage({ data: "welcome" });
  assert.match(ears.told[0], /Another program answers at localhost:7347/);
  assert.deepEqual(socket.codes, [1000]);
});

test("progress is what the socket has let out", async () => {
  const { link, ears, socket } = openedLink();
  const waiting = async (bytes) => {
    socket.bufferedAmount = bytes;
    await sleep(120);
  };
  link.send(new Uint8Array(1000));
  assert.deepEqual(ears.sending, []);
  await waiting(600);
  await waiting(600);
  await waiting(0);
  await waiting(0);
  assert.deepEqual(ears.sending, [
    [400, 1000],
    [1000, 1000],
  ]);
});

test("what waits of an older message is no progress of a newer one", async () => {
  const { link, ears, socket } = openedLink();
  link.send(new Uint8Array(1000));
  link.send(new Uint8Array(500));
  socket.bufferedAmount = 800;
  await sleep(120);
  assert.deepEqual(ears.sending, []);
  socket.bufferedAmount = 100;
  await sleep(120);
  assert.deepEqual(ears.sending, [[400, 500]]);
  link.close();
});

test("a socket that was closed is not watched", async () => {
  const { link, ears, socket } = openedLink();
  link.send(new Uint8Array(1000));
  link.close();
  socket.bufferedAmount = 0;
  await sleep(120);
  assert.deepEqual(ears.sending, []);
});

// ---- a real server

/** Opens a link to a server that does this with each connection; `work` gets the open link. */
async function withServer(serve, work) {
  const server = new WebSocketServer({ host: "localhost", port: 0, perMessageDeflate: false });
  server.on("connection", serve);
  await once(server, "listening");
  const ears = new Ears();
  const link = new Link({ WebSocket: FileOriginSocket, events: ears.events });
  const { port } = server.address();
  try {
    link.open(port);
    await until(() => ears.told.includes("opened"));
    await work({ link, ears, port, server });
  } finally {
    link.close();
    server.clients.forEach((client) => client.terminate());
    server.close();
  }
}

const echo = (connection) => connection.on("message", (bytes) => connection.send(bytes));

for (const size of [1, 4, 125, 126, 65535, 65536, 3 * MIB + 1, 96 * MIB]) {
  test(`${size} bytes come back as they went`, async () => {
    const message = randomFillSync(new Uint8Array(size));
    await withServer(echo, async ({ link, ears }) => {
      link.send(message);
      await until(() => ears.received.length > 0);
      assert.ok(ears.received[0] instanceof ArrayBuffer);
      assert.equal(Buffer.compare(Buffer.from(ears.received[0]), message), 0);
      assert.deepEqual(ears.sending[ears.sending.length - 1], [size, size]);
      assert.deepEqual(ears.told, ["opened"]);
    });
  });
}

test("a socket that cannot even be closed ends the connection all the same", () => {
  const { ears, socket } = openedLink();
  socket.close = () => {
    throw new Error("already gone");
  };
  socket.onmessage({ data: "HTTP/1.1 400" });
  assert.equal(ears.told.length, 1);
  assert.match(ears.told[0], /^Another program answers/);
});

test("a view goes out as its own bytes, and messages stay in order and apart", async () => {
  await withServer(echo, async ({ link, ears }) => {
    link.send(Uint8Array.of(1, 2, 3, 4).subarray(1, 3));
    link.send(Uint8Array.of(5));
    await until(() => ears.received.length === 2);
    assert.deepEqual(
      ears.received.map((message) => [...new Uint8Array(message)]),
      [[2, 3], [5]],
    );
  });
});

test("fragments are put together", async () => {
  const serve = (connection) => {
    connection.send(Uint8Array.of(1, 2), { fin: false });
    connection.send(Uint8Array.of(3), { fin: true });
  };
  await withServer(serve, async ({ ears }) => {
    await until(() => ears.received.length > 0);
    assert.deepEqual([...new Uint8Array(ears.received[0])], [1, 2, 3]);
  });
});

test("a server that closes is explained", async () => {
  const serve = (connection) => setTimeout(() => connection.close(1009, "too large"), 20);
  await withServer(serve, async ({ ears }) => {
    await until(() => ears.told.length === 2);
    assert.equal(ears.told[1], "The server ended the connection: too large.");
  });
});

test("closing reaches the server as a normal end", async () => {
  let code = 0;
  const serve = (connection) => connection.on("close", (received) => (code = received));
  await withServer(serve, async ({ link, ears }) => {
    link.close();
    await until(() => code > 0);
    assert.equal(code, 1000);
    assert.deepEqual(ears.told, ["opened"]);
  });
});

test("a link can be opened again, and what was under way is forgotten", async () => {
  await withServer(echo, async ({ link, ears, port }) => {
    link.send(new Uint8Array(8 * MIB));
    link.open(port);
    await until(() => ears.told.filter((word) => word === "opened").length === 2);
    link.send(Uint8Array.of(7));
    await until(() => ears.received.length > 0);
    assert.deepEqual([...new Uint8Array(ears.received[0])], [7]);
  });
});

test("nothing listens at a port that nobody has", async () => {
  let port = 0;
  const gone = new Ears();
  await withServer(echo, async (served) => ({ port } = served));
  new Link({ WebSocket: FileOriginSocket, events: gone.events }).open(port);
  await until(() => gone.told.length > 0);
  await sleep(50);
  assert.deepEqual(gone.told, [`No server answers at localhost:${port}.`]);
});
