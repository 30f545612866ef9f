"use strict";

// The panel's round trips for panel.py: node panel.js PORT FOLDER WIDTH HEIGHT
//
// For each line that it reads it makes one and prints {seconds, hostSeconds, ownSeconds}: from the
// click to the last layer; what of that the fake Photoshop's imaging API took; and what of it the
// profiler saw in the panel's own files.

const { readFileSync } = require("node:fs");
const { Session } = require("node:inspector/promises");
const path = require("node:path");
const { performance } = require("node:perf_hooks");
const { createInterface } = require("node:readline");

const { openCanvas } = require("../uxp_panel/canvas.js");
const { Plugin } = require("../uxp_panel/plugin.js");
const { FakePhotoshop } = require("../tests/uxp_panel/fake_photoshop/index.js");
const { FakeStorage, MACHINE } = require("../tests/uxp_panel/plugin_rig.js");
const { FileOriginSocket } = require("../tests/uxp_panel/real_server.js");
const { until } = require("../tests/uxp_panel/waiting.js");

/** The files that go into Photoshop */
const OWN = /(?<!tests)\/uxp_panel\/\w+\.js$/;
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

/** Do work, and give how long the panel's own functions were at it, seconds. */
async function profiled(work) {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.start");
  await work();
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  const own = new Set(
    profile.nodes.filter(({ callFrame }) => OWN.test(callFrame.url)).map(({ id }) => id),
  );
  const microseconds = profile.samples.map((id, at) => (own.has(id) ? profile.timeDeltas[at] : 0));
  return microseconds.reduce((sum, one) => sum + one, 0) / 1e6;
}

async function main([port, folder, width, height]) {
  const pixels = new Uint8Array(readFileSync(path.join(folder, "source.rgba")));
  const size = { width: Number(width), height: Number(height) };
  const panel = await panelAt(Number(port), size, pixels);
  for await (const _ of createInterface({ input: process.stdin })) {
    hostSeconds = 0;
    let seconds = 0;
    const ownSeconds = await profiled(async () => {
      const began = performance.now();
      await panel.ask();
      seconds = (performance.now() - began) / 1000;
    });
    console.log(JSON.stringify({ seconds, hostSeconds, ownSeconds }));
    panel.undo();
  }
  panel.close();
}

main(process.argv.slice(2));
