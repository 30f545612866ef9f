"use strict";

// The page of the panel: the view that the artist works with, or the settings, the help, the
// self-test.

const { ClipboardView } = require("./clipboard_view.js");
const { block, hostIcon, iconButton, setVisible } = require("./elements.js");
const { HelpView } = require("./help_view.js");
const { PanelView } = require("./panel_view.js");
const { SelfTestView } = require("./selftest_view.js");
const { SettingsView } = require("./settings_view.js");

/** @typedef {import("./plugin.js").Plugin} Plugin */

/** All views stand from the start and are shown or hidden: Tab may miss what comes later. */
class Page {
  /**
   * @param {HTMLElement} root
   * @param {Plugin} plugin
   */
  constructor(root, plugin) {
    this._panel = new PanelView(plugin, this);
    this._settings = new SettingsView(plugin, () => this.showPanel());
    this._help = new HelpView(plugin);
    this._selfTest = new SelfTestView(plugin);
    this._clipboard = new ClipboardView(plugin);
    const back = () => this.showPanel();
    this._settingsPage = block("part", header("Settings", back), this._settings.node);
    this._helpPage = block("part", header("Help", back), this._help.node);
    this._testPage = block("part", header("Self-Test", back), this._selfTest.node);
    this._views = [this._panel.node, this._settingsPage, this._helpPage, this._testPage];
    this._scroll = block("page", block("column", this._clipboard.node, ...this._views));
    root.appendChild(this._scroll);
    this.showPanel();
    this.refresh();
    this._endListening = plugin.onChanged(() => this.refresh());
  }

  /** Be gone from the root, and follow the plugin no longer. */
  close() {
    this._endListening();
    this._scroll.remove();
  }

  /** Show the state as it is now. */
  refresh() {
    this._panel.refresh();
    this._selfTest.refresh();
    this._clipboard.refresh();
  }

  /** Show the settings. */
  showSettings() {
    this._show(this._settingsPage);
    this._settings.open();
  }

  /** Show the help. */
  showHelp() {
    this._help.open();
    this._show(this._helpPage);
  }

  /** Show the self-test. */
  showSelfTest() {
    this._show(this._testPage);
  }

  /** Show what the artist works with. */
  showPanel() {
    this._show(this._panel.node);
  }

  /** @param {HTMLElement} view */
  _show(view) {
    for (const one of this._views) {
      setVisible(one, one === view);
    }
    this._scroll.scrollTop = 0;
  }
}

/**
 * A title with the way back.
 * @param {string} title
 * @param {() => void} onBack
 */
function header(title, onBack) {
  return block(
    "header",
    iconButton(hostIcon("ChevronLeftMedium"), "Back", onBack),
    block("title", title),
  );
}

module.exports = { Page };
