"use strict";

// The settings that are not among the choices: the server's port.

const { block, button, element, setText } = require("./elements.js");
const { DEFAULT_PORT } = require("./protocol.js");
const { readPort } = require("./settings.js");
const wording = require("./wording.js");

/** @typedef {import("./plugin.js").Plugin} Plugin */

/** Save keeps what is typed, and stays here while it makes no sense. */
class SettingsView {
  /**
   * @param {Plugin} plugin
   * @param {() => void} onDone back to the panel
   */
  constructor(plugin, onDone) {
    this._plugin = plugin;
    this._onDone = onDone;
    /** @type {HTMLElement & {value?: string}} */
    this._port = element("sp-textfield", { placeholder: String(DEFAULT_PORT) });
    this._problem = block("text");
    this._port.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        this._save();
      }
    });
    this.node = block(
      "part",
      block("label", "Port of the server"),
      block("field", this._port),
      this._problem,
      block(
        "text detail",
        `The server says its port as it starts; it is ${DEFAULT_PORT} unless you chose another. ` +
          "This panel speaks only to a server on this computer.",
      ),
      block(
        "buttons",
        button("Cancel", "secondary", onDone),
        button("Save", "cta", () => this._save()),
      ),
    );
  }

  /** Begin with what is set. */
  open() {
    this._port.value = String(this._plugin.settings.port);
    this._showProblem("");
    this._port.focus();
  }

  _save() {
    const typed = String(this._port.value || "").trim();
    const port = typed ? readPort(typed) : DEFAULT_PORT;
    if (port === null) {
      this._showProblem(wording.badPort(typed));
      return;
    }
    this._plugin.choose({ port });
    this._onDone();
  }

  /** @param {string} problem one sentence; empty where there is none */
  _showProblem(problem) {
    setText(this._problem, problem);
    if (problem) {
      this._port.setAttribute("invalid", "");
    } else {
      this._port.removeAttribute("invalid");
    }
  }
}

module.exports = { SettingsView };
