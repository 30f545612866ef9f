"use strict";

// The panel's round trips for panel.py: node panel.js PORT FOLDER WIDTH HEIGHT
//
// For each line "panel" it makes one and prints {seconds, hostSeconds}: from the click to the last
// layer, and what of that the fake Photoshop's imaging API took. For a line "socket" the same bytes
// go up and come down through the bare socket, and nothing is done with them.

const { readFileSync } = require("node:fs");
const path = require("node:path");
const { performance } = require("node:perf_hooks");
const { createInterface } = require("node:readline");

const { openCanvas } = require("../uxp_panel/canvas.js");
const { makeMessage, pack, payloadOf, seal, unpack } = require("../uxp_panel/framing.js");
const { decomposeHeader, helloHeader } = require("../uxp_panel/messages.js");
const { Plugin } = require("../uxp_panel/plugin.js");
const { FakePhotoshop } = require("../tests/uxp_panel/fake_photoshop/index.js");
const { FakeStorage, MACHINE } = require("../tests/uxp_panel/plugin_rig.js");
const { FileOriginSocket } = require("../tests/uxp_panel/real_server.js");
const { until } = require("../tests/uxp_panel/waiting.js");

const PATIENCE_MS = 60000;

/** How long the host's own calls took, seconds. */
let hostSeconds = 0;

/** An object whose asynchronous methods are timed, and so are those of what they give. */
function clocked(object, names) {
  const timed = Object.create(object);
  for (const name of names) {
    timed[name] = async (...given) => {
      const began = performance.now();
      try {
        return await object[name](...given);
      } finally {
        hostSeconds += (performance.now() - began) / 1000;
      }
    };
  }
  return timed;
}

function clockedImaging(imaging) {
  const timed = clocked(imaging, ["createImageDataFromBuffer", "putPixels", "getPixels"]);
  const getPixels = timed.getPixels;
  timed.getPixels = async (options) => {
    const { imageData, ...rest } = await getPixels(options);
    return { ...rest, imageData: clocked(imageData, ["getData"]) };
  };
  return timed;
}

/** A socket that has been welcomed; its `ask` sends a message and gives the result that comes. */
async function bareSocket(port) {
  const socket = new FileOriginSocket(`ws://localhost:${port}`);
  socket.binaryType = "arraybuffer";
  const ask = (message, type) =>
    new Promise((resolve) => {
      socket.onmessage = ({ data }) => unpack(data).header.type === type && resolve(data);
      socket.send(message);
    });
  await new Promise((resolve) => (socket.onopen = resolve));
  await ask(pack(helloHeader()), "welcome");
  return { ask: (message) => ask(message, "result"), close: () => socket.close() };
}

/** A panel over a document, welcomed too; its `ask` is the artist's click. */
async function panelAt(port, size, pixels) {
  const fake = new FakePhotoshop();
  const document = fake.openDocument({ title: "character", ...size, pixels });
  const imaging = clockedImaging(fake.photoshop.imaging);
  const photoshop = Object.create(fake.photoshop, { imaging: { value: imaging } });
  const plugin = new Plugin({
    canvas: openCanvas(photoshop, fake.version),
    WebSocket: FileOriginSocket,
    storage: new FakeStorage(),
    clipboard: { writeText: async () => undefined },
    machine: MACHINE,
  });
  plugin.choose({ port });
  plugin.start();
  await until(() => plugin.session.state === "ready");
  const ask = async () => {
    plugin.decompose();
    await until(() => plugin.session.run === null, "the layers", PATIENCE_MS);
    if (!plugin.summary) throw new Error(plugin.error);
  };
  return { ask, undo: () => fake.undo(document), close: () => plugin.close() };
}

async function clock(work) {
  hostSeconds = 0;
  const began = performance.now();
  await work();
  console.log(JSON.stringify({ seconds: (performance.now() - began) / 1000, hostSeconds }));
}

async function main([port, folder, width, height]) {
  const pixels = new Uint8Array(readFileSync(path.join(folder, "source.rgba")));
  const size = { width: Number(width), height: Number(height) };
  const message = makeMessage(pixels.length);
  payloadOf(message).set(pixels);
  const request = { engine: "builtin", composition: "production" };
  seal(message, decomposeHeader({ id: "bare", request }, { ...size, depth: 8 }));
  const socket = await bareSocket(Number(port));
  const panel = await panelAt(Number(port), size, pixels);
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === "socket") {
      await clock(() => socket.ask(message));
    } else {
      await clock(() => panel.ask());
      panel.undo();
    }
  }
  socket.close();
  panel.close();
}

main(process.argv.slice(2));
