"use strict";

// The clipboard: what the artist copies, and the text that it did not take.

/** Photoshop's clipboard, which may refuse. */
class Clipboard {
  /**
   * @param {{writeText: (text: string) => Promise<void>}} host
   * @param {() => void} changed told when `refused` is different
   */
  constructor(host, changed) {
    /** The text that it did not take, to be copied by hand; empty when it took the last one */
    this.refused = "";
    this._host = host;
    this._changed = changed;
  }

  /**
   * Put a text on it.
   * @param {string} text
   * @returns {Promise<boolean>} whether it is there
   */
  async take(text) {
    try {
      await this._host.writeText(text);
      this.dismiss();
      return true;
    } catch (error) {
      this.refused = text;
      this._changed();
      return false;
    }
  }

  /** The artist has copied it. */
  dismiss() {
    this.refused = "";
    this._changed();
  }
}

module.exports = { Clipboard };
