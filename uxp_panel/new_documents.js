"use strict";

// New documents: scratch ones, in which a layer is read, and those that layers are placed in.

/** @typedef {import("photoshop").Document} Document */
/** @typedef {import("photoshop").DocumentCreateOptions} DocumentCreateOptions */
/** @typedef {import("photoshop").ExecutionContext} Context */
/** @typedef {typeof import("photoshop")} Photoshop */

/** The documents that this panel makes. */
class NewDocuments {
  /** @param {Photoshop} photoshop */
  constructor(photoshop) {
    this._photoshop = photoshop;
    /** @type {Set<number>} Ids of all that were made as long as the panel is there */
    this._ours = new Set();
    /** @type {Set<number>} Ids of those that Photoshop was not yet told to close */
    this._strays = new Set();
  }

  /**
   * Whether Photoshop can make an RGB or gray document with this color profile: one that came with
   * a picture need not be installed.
   * @param {string} profile
   */
  async hasProfile(profile) {
    const { app } = this._photoshop;
    const lists = [await app.getColorProfiles("RGB"), await app.getColorProfiles("Gray")];
    return lists.some((names) => names.includes(profile));
  }

  /**
   * Make a transparent document, which is then the active one. Photoshop closes it at the end of
   * the modal scope, whatever happens, unless it is unregistered.
   * @param {Context} context of the modal scope
   * @param {DocumentCreateOptions} options without a fill; its profile may be empty
   * @returns {Promise<Document>}
   */
  async make(context, { profile, ...options }) {
    const { app, constants } = this._photoshop;
    const fill = constants.DocumentFill.TRANSPARENT;
    const made = await app.documents.add({ ...options, fill, ...(profile && { profile }) });
    if (!made) {
      throw new Error("it made no document");
    }
    this._ours.add(made.id);
    this._strays.add(made.id);
    await context.hostControl.registerAutoCloseDocument(made.id);
    this._strays.delete(made.id);
    return made;
  }

  /**
   * Whether this panel made a document.
   * @param {number} id
   */
  isOurs(id) {
    return this._ours.has(id);
  }

  /**
   * Whether any is open that was made right when the artist pressed Esc, so that Photoshop could
   * not be told to close it.
   */
  get strayed() {
    return this._strayed().length > 0;
  }

  /** Close those, in a modal scope. */
  async closeStrays() {
    for (const document of this._strayed()) {
      await document.closeWithoutSaving();
    }
  }

  _strayed() {
    return Array.from(this._photoshop.app.documents).filter(({ id }) => this._strays.has(id));
  }
}

module.exports = { NewDocuments };
