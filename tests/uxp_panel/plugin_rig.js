"use strict";

// A plugin with its own session, link and canvas, over a fake Photoshop and a server in memory.

const { openCanvas } = require("../../uxp_panel/canvas.js");
const { Plugin } = require("../../uxp_panel/plugin.js");
const { FakePhotoshop } = require("./fake_photoshop/index.js");
const { FakeServer } = require("./fake_server_socket.js");
const { until } = require("./waiting.js");

const RED = [200, 40, 40, 255];

/** As much of localStorage as the settings need. */
class FakeStorage {
  constructor() {
    this.items = new Map();
  }

  getItem(key) {
    return this.items.has(key) ? this.items.get(key) : null;
  }

  setItem(key, value) {
    this.items.set(key, String(value));
  }
}

/** A clipboard that may refuse. */
class FakeClipboard {
  constructor() {
    this.text = "";
    this.refuses = false;
  }

  async writeText(text) {
    if (this.refuses) throw new Error("not permitted");
    this.text = text;
  }
}

/** What the panel runs on. */
const MACHINE = {
  name: "Photoshop 26.9.0, uxp-8.1.0, darwin 25.1.0",
  readManifest: async () =>
    '{"requiredPermissions": {"network": {"domains": ["ws://localhost/"]}}}',
};

class PluginRig {
  /** @param titles of the documents that are open; the last one is in front */
  constructor(titles) {
    this.photoshop = new FakePhotoshop();
    this.documents = titles.map((title) => this.open(title));
    this.server = new FakeServer();
    this.storage = new FakeStorage();
    this.clipboard = new FakeClipboard();
    this.plugins = [];
  }

  /** An opaque red picture. */
  open(title, width = 8, height = 6) {
    const pixels = Uint8Array.from({ length: width * height * 4 }, (_, at) => RED[at % 4]);
    return this.photoshop.openDocument({ title, width, height, pixels, background: true });
  }

  makePlugin() {
    const { storage, clipboard, server } = this;
    const canvas = openCanvas(this.photoshop.photoshop);
    const plugin = new Plugin({
      canvas,
      WebSocket: server.WebSocket,
      storage,
      clipboard,
      machine: MACHINE,
    });
    this.plugins.push(plugin);
    return plugin;
  }

  /** A plugin that is connected. */
  async start() {
    const plugin = this.makePlugin();
    plugin.start();
    await until(() => plugin.session.state === "ready");
    return plugin;
  }

  /** The names of the groups of layers that a document has, top first. */
  groups(document) {
    const tree = this.photoshop.tree(document);
    return tree.filter(({ layers }) => layers).map(({ name }) => name);
  }

  close() {
    this.plugins.forEach((plugin) => plugin.close());
  }
}

/** Work with a rig that has these documents and ends with the work. */
async function withRig(titles, work) {
  const rig = new PluginRig(titles);
  try {
    await work(rig);
  } finally {
    rig.close();
  }
}

/** Until nothing is under way. */
async function finished(plugin) {
  await until(() => plugin.session.run === null, "the end of the run");
}

/** Decompose, and give the server's side of it. */
async function begin(rig, plugin, nth = 0) {
  plugin.decompose();
  return rig.server.next("decompose", nth);
}

/** Decompose one document to its end. */
async function complete(rig, plugin, nth = 0) {
  rig.server.result(await begin(rig, plugin, nth));
  await finished(plugin);
}

module.exports = { FakeStorage, MACHINE, PluginRig, begin, complete, finished, withRig };
