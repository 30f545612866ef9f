"use strict";

// The news that something is different, given to those who show it, once for many changes.

/** They are told at most this often. */
const PAUSE_MS = 40;

/** What is different is for the listeners to see. */
class Changes {
  /** @param {(error: unknown) => void} faulted told what a listener throws */
  constructor(faulted) {
    this._faulted = faulted;
    /** @type {Set<() => void>} */
    this._listeners = new Set();
    /** @type {ReturnType<typeof setTimeout> | null} */
    this._timer = null;
  }

  /**
   * @param {() => void} listener
   * @returns {() => void} ends it
   */
  listen(listener) {
    this._listeners.add(listener);
    return () => void this._listeners.delete(listener);
  }

  /** Something is different: tell of it, soon. */
  tell() {
    if (this._timer === null) {
      this._timer = setTimeout(() => this._tellAll(), PAUSE_MS);
    }
  }

  /** What was not yet told goes untold. */
  drop() {
    clearTimeout(this._timer || undefined);
    this._timer = null;
  }

  _tellAll() {
    this._timer = null;
    try {
      this._listeners.forEach((listener) => listener());
    } catch (error) {
      this._faulted(error);
    }
  }
}

module.exports = { Changes };
