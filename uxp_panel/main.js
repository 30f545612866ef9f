"use strict";

// What Photoshop loads: the panel's entry points.

const { entrypoints, host } = require("uxp");
const { openCanvas } = require("./canvas.js");
const { Page } = require("./page.js");
const { Plugin } = require("./plugin.js");
const { MENU } = require("./wording.js");

const plugin = new Plugin({
  canvas: openCanvas(undefined, host.version),
  WebSocket,
  storage: localStorage,
  clipboard: { writeText },
});
/** @type {Page | null} */
let page = null;

/** @type {Record<string, () => void>} What each entry of the panel's menu does */
const menu = {
  settings: () => page && page.showSettings(),
  help: () => page && page.showHelp(),
  diagnostics: () => plugin.copy(plugin.diagnostics()),
  selfTest: () => plugin.selfTest(),
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
