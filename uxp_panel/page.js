"use strict";

// The page of the panel: the view that the artist works with, or the settings, or the help.

const { block, hostIcon, iconButton, setVisible } = require("./elements.js");
const { HelpView } = require("./help_view.js");
const { PanelView } = require("./panel_view.js");
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
    this._settings = new SettingsView(plugin, () => this._showPanel());
    this._help = new HelpView(plugin);
    const back = () => this._showPanel();
    this._settingsPage = block("part", header("Settings", back), this._settings.node);
    this._helpPage = block("part", header("Help", back), this._help.node);
    const column = block("column", this._panel.node, this._settingsPage, this._helpPage);
    this._scroll = block("page", column);
    root.appendChild(this._scroll);
    this._showPanel();
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

  _showPanel() {
    this._show(this._panel.node);
  }

  /** @param {HTMLElement} view */
  _show(view) {
    for (const one of [this._panel.node, this._settingsPage, this._helpPage]) {
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
