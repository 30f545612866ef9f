"use strict";

// A command for a terminal, with a button that copies it.

const { block, copyButton, setLine, setVisible } = require("./elements.js");

/** @typedef {import("./plugin.js").Plugin} Plugin */

class CommandView {
  /** @param {Plugin} plugin */
  constructor(plugin) {
    this._command = "";
    this._line = block("command-line");
    const copy = copyButton("Copy this command", () => plugin.copy(this._command));
    this.node = block("command", this._line, copy);
  }

  /**
   * Show a command; without one there is no frame either.
   * @param {string} command
   */
  show(command) {
    this._command = command;
    setLine(this._line, command);
    setVisible(this.node, command !== "");
  }
}

module.exports = { CommandView };
