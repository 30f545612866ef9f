"use strict";

// The self-test on its way, and the report that it came to.

const { SelfTest } = require("./selftest.js");
const { askPermission, sendLargeMessage } = require("./server_questions.js");

/** @typedef {import("./canvas.js").Canvas} Canvas */
/** @typedef {import("./session.js").Session} Session */

/**
 * What the panel runs on.
 * @typedef {object} Machine
 * @property {string} name Such as "Photoshop 26.9.0, uxp-8.1.0, darwin 25.1.0"
 * @property {() => Promise<string>} readManifest The manifest of this panel as it was installed
 */

/** One at a time; while it runs, Photoshop's documents are its own. */
class Trial {
  /**
   * @param {object} parts
   * @param {Canvas} parts.canvas
   * @param {typeof WebSocket} parts.WebSocket
   * @param {Machine} parts.machine
   * @param {() => void} parts.changed told when a field is different
   */
  constructor({ canvas, WebSocket, machine, changed }) {
    /** What is asked of Photoshop just now; empty when nothing is */
    this.question = "";
    /** What was found; empty before that */
    this.report = "";
    this._canvas = canvas;
    this._WebSocket = WebSocket;
    this._machine = machine;
    this._changed = changed;
  }

  /**
   * Ask everything.
   * @param {Session} session with the server
   * @param {number} port of the server
   */
  async run(session, port) {
    this.report = "";
    const { name, readManifest } = this._machine;
    const test = new SelfTest(this._canvas, name, {
      permission: () => askPermission(readManifest, session, `localhost:${port}`),
      "96 MB in one message": () => sendLargeMessage(this._WebSocket, port),
    });
    try {
      this.report = await test.run((question) => this._ask(question));
    } finally {
      this._ask("");
    }
  }

  /** The artist has read the report. */
  dismiss() {
    this.report = "";
    this._changed();
  }

  /** @param {string} question */
  _ask(question) {
    this.question = question;
    this._changed();
  }
}

module.exports = { Trial };
