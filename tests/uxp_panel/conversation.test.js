"use strict";

// The session's commands at work, with documents of our own that answer when the test says so.

const assert = require("node:assert/strict");
const { afterEach, beforeEach, test } = require("node:test");

const { Plugin } = require("../../uxp_panel/plugin.js");
const { Cancelled, Refusal } = require("../../uxp_panel/picture.js");
const { MACHINE } = require("./plugin_rig.js");
const { FakeServer } = require("./fake_server_socket.js");
const { picture } = require("./session_host.js");
const { pause, until } = require("./waiting.js");

const MEGABYTE = 2 ** 20;

/** A document whose canvas gives and takes what the test says. */
class FakeDocument {
  constructor(title) {
    this.title = title;
    this.hasGroup = true;
    this.reads = async () => picture();
    this.places = async () => "";
    this.placed = [];
  }

  equals(other) {
    return other === this;
  }

  isOpen() {
    return true;
  }

  read(scope) {
    return this.reads(scope);
  }

  async place(layers, from, title, choices, isCancelled) {
    this.placed.push({ layers, picture: from, title, choices });
    return this.places(isCancelled);
  }
}

/** The first of its documents is in front. */
class FakeCanvas {
  constructor(...documents) {
    this.documents = documents;
    this.activated = [];
  }

  activeDocument() {
    return this.documents[0];
  }

  openDocuments() {
    return this.documents;
  }

  async activate(document) {
    this.activated.push(document);
  }

  hostVersion() {
    return "25.0.0";
  }

  onDocumentsChanged() {
    return () => {};
  }
}

let server;
let mio;
let haru;
let canvas;
let plugin;

beforeEach(async () => {
  server = new FakeServer();
  mio = new FakeDocument("Mio");
  haru = new FakeDocument("Haru");
  canvas = new FakeCanvas(mio, haru);
  const storage = { getItem: () => null, setItem: () => {} };
  const { WebSocket } = server;
  plugin = new Plugin({
    canvas,
    WebSocket,
    storage,
    clipboard: { writeText: async () => {} },
    machine: MACHINE,
  });
  plugin.start();
  await until(() => plugin.session.state === "ready");
});

afterEach(() => plugin.close());

async function finished() {
  await until(() => plugin.session.run === null, "the end of the run");
}

/** Something that a test lets happen. */
function gate() {
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  return { open, opened };
}

// ---- reading

test("a fault while a document is read ends its job alone, is said and is kept", async () => {
  mio.reads = async () => {
    throw new TypeError("Mio is not a function");
  };
  server.answer = (request) => server.result(request);
  plugin.decomposeAll();
  await finished();
  assert.equal(
    plugin.error,
    "Mio: Something went wrong inside the panel (TypeError: Mio is not a function). " +
      "Copy the diagnostics from the menu and send them to us.",
  );
  assert.equal(haru.placed.length, 1);
  assert.match(plugin.diagnostics(), /fault TypeError: … is not a function\n +at /);
});

test("a fault that comes at once, not as a promise, is no different", async () => {
  mio.reads = () => {
    throw new TypeError("no such thing");
  };
  plugin.decompose();
  await finished();
  assert.match(plugin.error, /TypeError: no such thing/);
});

test("what is no Error at all is said too", async () => {
  mio.reads = () => Promise.reject(undefined);
  plugin.decompose();
  await finished();
  assert.match(plugin.error, /^Something went wrong inside the panel \(undefined\)\./);
});

test("Esc while a document is read ends the run", async () => {
  mio.reads = async () => {
    throw new Cancelled();
  };
  plugin.decomposeAll();
  await finished();
  assert.equal(plugin.summary, "0 of 2 documents are decomposed, 2 cancelled.");
  assert.equal(plugin.error, "");
});

test("a picture that comes after the cancel is not sent, nor are its notices told", async () => {
  const { open, opened } = gate();
  mio.reads = async () => {
    await opened;
    return { ...picture(), notice: "It is gray." };
  };
  plugin.decompose();
  plugin.cancel();
  assert.equal(plugin.summary, "Cancelled; “Mio” is as it was.");
  open();
  await pause(10);
  assert.deepEqual([server.said("decompose").length, plugin.notices.text], [0, ""]);
});

test("a document that was being read as the connection was lost is read again", async () => {
  const { open, opened } = gate();
  let reads = 0;
  mio.reads = async () => {
    reads += 1;
    await opened;
    return picture();
  };
  server.answer = (request) => server.result(request);
  plugin.decompose();
  server.kill();
  await until(() => plugin.session.state === "offline");
  open();
  await pause(10);
  assert.equal(plugin.session.run.current.stage, "waiting");
  server.isUp = true;
  await finished();
  assert.deepEqual([reads, mio.placed.length, plugin.error], [2, 1, ""]);
});

test("what the canvas wants known is told, each sentence once", async () => {
  mio.reads = async () => ({ ...picture(), notice: "One." });
  haru.reads = async () => ({ ...picture(), notice: "Two." });
  mio.places = haru.places = async () => "One.";
  server.answer = (request) => server.result(request);
  plugin.decomposeAll();
  await finished();
  assert.equal(plugin.notices.text, "One.\nTwo.");
});

// ---- sending

test("a picture that the socket does not take fails with a sentence, and the next one goes on", async () => {
  const send = server.WebSocket.prototype.send;
  server.WebSocket.prototype.send = function failing(message) {
    if (message.length > 4096) throw new Error("Out of memory");
    send.call(this, message);
  };
  haru.reads = async () => {
    delete server.WebSocket.prototype.send;
    return picture();
  };
  server.answer = (request) => server.result(request);
  plugin.decomposeAll();
  await finished();
  assert.match(plugin.error, /^Mio: The picture could not be sent \(Out of memory\); /);
  assert.equal(haru.placed.length, 1);
});

// ---- placing

test("the pixels of a picture are let go of as it is sent", async () => {
  server.answer = (request) => server.result(request);
  plugin.decompose();
  await finished();
  const [{ picture: kept, layers, title, choices }] = mio.placed;
  const { message, ...rest } = picture();
  assert.deepEqual(kept, rest);
  assert.equal(title, "Layers: Mio");
  assert.deepEqual(choices, { placement: "top", replace: false, hideOriginals: false });
  assert.deepEqual(
    layers.map(({ role, pixels }) => [role, pixels.length]),
    [
      ["flat_color", 8],
      ["shadow", 0],
      ["highlight", 0],
      ["line_art", 0],
    ],
  );
});

test("choices of a click hold, whatever is chosen afterwards", async () => {
  plugin.choose({ placement: "above_active", hideOriginals: true });
  plugin.replace = true;
  plugin.decompose();
  const request = await server.next("decompose");
  plugin.choose({ placement: "new_document", hideOriginals: false });
  plugin.replace = false;
  server.result(request);
  await finished();
  const expected = { placement: "above_active", replace: true, hideOriginals: true };
  assert.deepEqual(mio.placed[0].choices, expected);
});

test("placing sees the cancel, and ends the run when the canvas has taken it back", async () => {
  const { open, opened } = gate();
  mio.places = async (isCancelled) => {
    assert.equal(isCancelled(), false);
    await opened;
    if (isCancelled()) throw new Cancelled();
  };
  server.answer = (request) => server.result(request);
  plugin.decomposeAll();
  await until(() => mio.placed.length === 1);
  plugin.cancel();
  assert.equal(plugin.session.run.current.cancelling, true);
  open();
  await finished();
  assert.equal(plugin.summary, "0 of 2 documents are decomposed, 2 cancelled.");
  assert.deepEqual([plugin.last, haru.placed], [null, []]);
});

test("what cannot be placed fails with its sentence, and the next one goes on", async () => {
  mio.places = async () => {
    throw new Refusal("“Mio” is locked; unlock it.");
  };
  server.answer = (request) => server.result(request);
  plugin.decomposeAll();
  await finished();
  assert.equal(plugin.error, "Mio: “Mio” is locked; unlock it.");
  assert.equal(plugin.last.request.title, "Haru");
});

test("a fault while the last result goes in again is said", async () => {
  server.answer = (request) => server.result(request);
  plugin.decompose();
  await finished();
  mio.places = async () => {
    throw new RangeError("too long");
  };
  await plugin.insertAgain();
  assert.match(plugin.error, /RangeError: too long/);
  assert.equal(plugin.inserting, false);
});

test("a last result that takes too much memory is not kept", async () => {
  const [width, height] = [4096, 4128];
  const large = () => picture(width, height, 8, new Uint8Array(width * height * 4));
  assert.ok(width * height * 4 * 4 > 256 * MEGABYTE);
  server.welcome.limits = { max_pixels: 1e8, max_jobs: 1 };
  plugin.connectToServer();
  await until(() => plugin.session.state === "ready");
  mio.reads = async () => large();
  const image = { x: 0, y: 0, width, height, offset: 0, length: width * height * 4 };
  server.answer = (request) => server.result(request, image);
  plugin.decompose();
  await finished();
  assert.deepEqual([plugin.error, plugin.last], ["", null]);
  assert.equal(mio.placed[0].layers[3].pixels.length, width * height * 4);
});

// ---- the clock, and what should not be

test("the server is looked for by itself, and the log has one line for many attempts", async () => {
  server.kill();
  await until(() => server.urls.length === 3);
  await until(() => plugin.session.state === "offline");
  const lines = plugin.diagnostics().match(/the connection is closed: .*/g);
  assert.deepEqual(lines, [
    "the connection is closed: The server ended the connection.",
    "the connection is closed: No server answers at localhost:7347.",
  ]);
});

test("a fault in the canvas where nothing is asked of it is shown, and never thrown", async () => {
  canvas.openDocuments = () => {
    throw new TypeError("no list");
  };
  for (const act of [() => plugin.decompose(), () => plugin.decomposeAll()]) {
    plugin.dismissError();
    act();
    assert.match(plugin.error, /TypeError: no list/);
  }
  plugin.dismissError();
  plugin.documentsChanged();
  assert.match(plugin.error, /TypeError: no list/);
});

test("a message that cannot be read ends the connection, not the panel", async () => {
  server.welcome.engines = "many";
  plugin.connectToServer();
  await until(() => plugin.session.state === "offline");
  assert.match(plugin.session.reason, /cannot read; update both/);
});

test("after the end a picture that the canvas still gives is sent nowhere", async () => {
  const { open, opened } = gate();
  mio.reads = async () => {
    await opened;
    return picture();
  };
  plugin.decompose();
  plugin.close();
  open();
  await pause(10);
  assert.equal(plugin.session.run.current.stage, "waiting");
  assert.equal(server.said("decompose").length, 0);
});

test("after the end nothing is tried any more", async () => {
  server.kill();
  await until(() => plugin.session.state === "offline");
  plugin.close();
  server.isUp = true;
  await pause(1200);
  assert.equal(server.urls.length, 1);
});
