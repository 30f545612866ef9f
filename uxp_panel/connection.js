"use strict";

// Whether the server is there, why it is not, and when the next attempt is due.

const { Backoff, CONNECT_SECONDS } = require("./pacing.js");

const State = Object.freeze({
  OFFLINE: "offline",
  CONNECTING: "connecting",
  READY: "ready",
  /** The versions do not fit: only the artist starts another attempt */
  REFUSED: "refused",
});

/** @typedef {typeof State[keyof typeof State]} StateName */
/** @typedef {import("./protocol.js").Welcome} Welcome */

/** What is known of the connection; times are seconds of one monotonic clock. */
class Connection {
  constructor() {
    /** @type {StateName} */
    this.state = State.OFFLINE;
    /** Why there is none, one sentence; empty while the first attempt runs */
    this.reason = "";
    /** @type {Welcome | null} What the server said of itself, as long as it is there */
    this.welcome = null;
    /** @type {number | null} When another attempt is due, or when this one has taken too long */
    this.deadline = null;
    this._backoff = new Backoff();
  }

  /** The artist asks for it: the pauses are short again, and what went wrong is forgotten. */
  startAnew() {
    this._backoff.reset();
    this.reason = "";
  }

  /**
   * An attempt begins.
   * @param {number} now
   */
  opening(now) {
    this.state = State.CONNECTING;
    this.welcome = null;
    this.deadline = now + CONNECT_SECONDS;
  }

  /**
   * The server said welcome.
   * @param {Welcome} welcome
   */
  welcomed(welcome) {
    this.state = State.READY;
    this.reason = "";
    this.welcome = welcome;
    this.deadline = null;
    this._backoff.reset();
  }

  /**
   * It is gone, or did not come about.
   * @param {string} reason one sentence
   * @param {number} now
   */
  lost(reason, now) {
    this.state = State.OFFLINE;
    this.reason = reason;
    this.welcome = null;
    this.deadline = now + this._backoff.pause();
  }

  /**
   * The versions do not fit.
   * @param {string} reason one sentence
   */
  refused(reason) {
    this.state = State.REFUSED;
    this.reason = reason;
    this.welcome = null;
    this.deadline = null;
  }
}

module.exports = { Connection, State };
