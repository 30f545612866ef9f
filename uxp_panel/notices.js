"use strict";

// What the artist should know besides what they asked for, until they have read it.

const { HIDDEN } = require("./canvas_document.js");
const wording = require("./wording.js");

/** What needs to be said once only, as long as Photoshop runs. */
const SAID_ONCE = [HIDDEN, wording.TOO_LARGE_TO_KEEP];

/** @typedef {import("./session.js").Session} Session */

class Notices {
  /** @param {() => void} changed told when there is something else to read */
  constructor(changed) {
    /** One notice a line */
    this.text = "";
    this._changed = changed;
    /** @type {Set<string>} Of what is said once only */
    this._said = new Set();
    this._readOfVersions = "";
  }

  /** @param {string} notice */
  add(notice) {
    if (this._said.has(notice) || this.text.split("\n").includes(notice)) {
      return;
    }
    if (SAID_ONCE.includes(notice)) {
      this._said.add(notice);
    }
    this.text = `${this.text}\n${notice}`.trim();
    this._changed();
  }

  /** The artist has read it, or it is of the past. */
  dismiss() {
    this.text = "";
    this._changed();
  }

  /**
   * What to do where panel and server are of different versions; empty where they are not, and
   * when it was read.
   * @param {Session} session
   */
  ofVersions(session) {
    const notice = wording.versionNotice(session);
    return notice === this._readOfVersions ? "" : notice;
  }

  /**
   * The artist has read of the versions, and need not do so again before the next start.
   * @param {Session} session
   */
  dismissVersions(session) {
    this._readOfVersions = wording.versionNotice(session);
    this._changed();
  }
}

module.exports = { Notices };
