"use strict";

// The panel's round trips for panel.py: node panel.js PORT FOLDER WIDTH HEIGHT
//
// For each line that it reads it makes one and prints {seconds, hostSeconds}: from the click to the
// last layer, and what of that the fake Photoshop's imaging API took.

const { readFileSync } = require("node:fs");
const path = require("node:path");
const { performance } = require("node:perf_hooks");
const { createInterface } = require("node:readline");

const { openCanvas } = require("../uxp_panel/canvas.js");
const { Plugin } = require("../uxp_panel/plugin.js");
const { FakePhotoshop } = require("../tests/uxp_panel/fake_photoshop/index.js");
const { FakeStorage } = require("../tests/uxp_panel/plugin_rig.js");
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

async function main([port, folder, width, height]) {
  const fake = new FakePhotoshop();
  const pixels = new Uint8Array(readFileSync(path.join(folder, "source.rgba")));
  const size = { width: Number(width), height: Number(height) };
  const document = fake.openDocument({ title: "character", ...size, pixels });
  const imaging = clockedImaging(fake.photoshop.imaging);
  const photoshop = Object.create(fake.photoshop, { imaging: { value: imaging } });
  const plugin = new Plugin({
    canvas: openCanvas(photoshop, fake.version),
    WebSocket: FileOriginSocket,
    storage: new FakeStorage(),
    clipboard: { writeText: async () => undefined },
  });
  plugin.choose({ port: Number(port) });
  plugin.start();
  await until(() => plugin.session.state === "ready");
  for await (const _ of createInterface({ input: process.stdin })) {
    hostSeconds = 0;
    const began = performance.now();
    plugin.decompose();
    await until(() => plugin.session.run === null, "the layers", PATIENCE_MS);
    const seconds = (performance.now() - began) / 1000;
    if (!plugin.summary) throw new Error(plugin.error);
    console.log(JSON.stringify({ seconds, hostSeconds }));
    fake.undo(document);
  }
  plugin.close();
}

main(process.argv.slice(2));
