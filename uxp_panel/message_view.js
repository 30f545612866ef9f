"use strict";

// A sentence in a frame: what went wrong, or what the artist should know.

const { block, copyButton, hostIcon, iconButton, setText, setVisible } = require("./elements.js");

/** @typedef {import("./plugin.js").Plugin} Plugin */

/** With a button that copies it, and one that sends it away. */
class MessageView {
  /**
   * @param {Plugin} plugin
   * @param {"error" | "notice"} kind
   * @param {() => unknown} onDismiss
   */
  constructor(plugin, kind, onDismiss) {
    this._whole = "";
    this._text = block("message-text");
    const buttons = block(
      "message-buttons",
      copyButton("Copy this message", () => plugin.copy(this._whole)),
      iconButton(hostIcon("CrossMedium"), "Hide this message", onDismiss),
    );
    this.node = block(`message ${kind}`, this._text, buttons);
    this.show("");
  }

  /**
   * Show a text; an empty one hides the frame.
   * @param {string} text
   */
  show(text) {
    this._whole = text;
    setText(this._text, text);
    setVisible(this.node, text !== "");
  }
}

module.exports = { MessageView };
