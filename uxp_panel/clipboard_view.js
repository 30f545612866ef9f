"use strict";

// A text that the clipboard did not take, whole, for the artist to copy by hand: only in a text
// field can anything be selected in a panel.

const { block, element, hostIcon, iconButton, setVisible } = require("./elements.js");
const wording = require("./wording.js");

/** @typedef {import("./plugin.js").Plugin} Plugin */

class ClipboardView {
  /** @param {Plugin} plugin */
  constructor(plugin) {
    this._plugin = plugin;
    /** @type {HTMLElement & {value?: string}} */
    this._field = element("sp-textarea", { readonly: "" });
    const dismiss = iconButton(hostIcon("CrossMedium"), "Hide this text", () =>
      plugin.clipboard.dismiss(),
    );
    this.node = block(
      "message error upright",
      block(
        "message-head",
        block("message-text", wording.NOT_COPIED),
        block("message-buttons", dismiss),
      ),
      block("field", this._field),
    );
  }

  /** Show the state as it is now. */
  refresh() {
    const { refused } = this._plugin.clipboard;
    if (this._field.value !== refused) {
      this._field.value = refused;
    }
    setVisible(this.node, refused !== "");
  }
}

module.exports = { ClipboardView };
