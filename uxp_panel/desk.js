"use strict";

// The artist's desk: the documents that are open, and the one that lies in front.

/** @typedef {import("./canvas.js").Canvas} Canvas */
/** @typedef {import("./canvas.js").CanvasDocument} CanvasDocument */
/** @typedef {import("./jobs.js").Run} Run */

/** As it was when it was looked at last. */
class Desk {
  /** @param {Canvas} canvas */
  constructor(canvas) {
    /** @type {CanvasDocument | null} The document that the artist looks at */
    this.active = null;
    /** @type {CanvasDocument[]} */
    this.documents = [];
    /** @type {CanvasDocument[]} Those that the panel did not make */
    this.pictures = [];
    this._canvas = canvas;
    /** @type {{active: CanvasDocument | null, documents: CanvasDocument[]} | null} */
    this._kept = null;
  }

  /** See what is there now. */
  look() {
    this.active = this._canvas.activeDocument();
    this.documents = this._canvas.openDocuments();
    this.pictures = this.documents.filter((document) => !document.isOurs);
  }

  /**
   * The artist's documents that have no part in a run.
   * @param {Run | null} run
   */
  remaining(run) {
    return this.pictures.filter((picture) => run === null || !run.includes(picture));
  }

  /** Remember it as it is. */
  keep() {
    this._kept = { active: this.active, documents: this.documents };
  }

  /**
   * Bring the artist back from a document that is new since `keep` to what they looked at then; one
   * who has gone on to another of their own stays there.
   */
  async restore() {
    const kept = this._kept;
    this._kept = null;
    this.look(); // of our own doing Photoshop does not tell
    const { active } = this;
    if (kept === null || kept.active === null || active === null) {
      return;
    }
    if (!kept.documents.some((document) => document.equals(active))) {
      await this._canvas.activate(kept.active);
      this.look();
    }
  }
}

module.exports = { Desk };
