"use strict";

// What Photoshop loads: the panel's entry points.

const os = require("os");
const { entrypoints, host, storage, versions } = require("uxp");
const { openCanvas } = require("./canvas.js");
const { Page } = require("./page.js");
const { Plugin } = require("./plugin.js");
const { MENU } = require("./wording.js");

const plugin = new Plugin({
  canvas: openCanvas(undefined, host.version),
  WebSocket,
  storage: localStorage,
  clipboard: { writeText },
  machine: {
    name: `Photoshop ${host.version}, ${versions.uxp}, ${os.platform()} ${os.release()}`,
    readManifest,
  },
});
/** @type {Page | null} */
let page = null;

/** @type {Record<string, () => void>} What each entry of the panel's menu does */
const menu = {
  settings: () => page && page.showSettings(),
  help: () => page && page.showHelp(),
  diagnostics() {
    if (page) {
      page.showPanel(); // which says that they are on the clipboard
    }
    plugin.copyDiagnostics();
  },
  selfTest: () => page && page.showSelfTest(),
};

entrypoints.setup({
  panels: {
    main: {
      /** @param {HTMLElement} root */
      create(root) {
        page = new Page(root, plugin);
        plugin.start();
      },
      destroy() {
        plugin.close();
        if (page) {
          page.close();
        }
        page = null;
      },
      menuItems: Object.entries(MENU).map(([id, label]) => ({ id, label })),
      /** @param {string} id */
      invokeMenu: (id) => menu[id](),
    },
  },
});

/**
 * Photoshop's own `writeText` takes no string before UXP 8.
 * @param {string} text
 * @returns {Promise<void>}
 */
async function writeText(text) {
  /** @type {{clipboard: Clipboard & {setContent?: (content: object) => Promise<void>}}} */
  const { clipboard } = navigator;
  await (clipboard.setContent
    ? clipboard.setContent({ "text/plain": text })
    : clipboard.writeText(text));
}

/** The manifest that was installed; it may ask for more than the one that we ship. */
async function readManifest() {
  const folder = await storage.localFileSystem.getPluginFolder();
  const file = await folder.getEntry("manifest.json");
  return /** @type {any} */ (file).read();
}
