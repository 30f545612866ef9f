"use strict";

// How the picture of a document, of a layer or of a selection is read, within a modal scope.

const { makeMessage, payloadOf } = require("./framing.js");
const { Refusal, SRGB, colorsOf } = require("./picture.js");
const { FULL_RANGE, coverageOf, isTransparent, keepCovered } = require("./pixels.js");
const { samplesOf, takeAlpha, takeIn } = require("./pixels.js");
const { tooLarge } = require("./reasons.js");

/** How Photoshop names profiles whose numbers are linear light: "sRGB … (Linear RGB Profile)". */
const LINEAR = /\blinear\b/i;

/** What the documents that don't keep their numbers are converted to. */
const IN_SRGB = { colorSpace: "RGB", colorProfile: SRGB };

/** @typedef {import("photoshop").Document} Document */
/** @typedef {import("photoshop").Layer} Layer */
/** @typedef {import("photoshop").ExecutionContext} Context */
/** @typedef {import("photoshop").GetPixelsOptions} GetPixelsOptions */
/** @typedef {import("photoshop").GetPixelsResult} GetPixelsResult */
/** @typedef {import("photoshop").GetSelectionResult} GetSelectionResult */
/** @typedef {typeof import("photoshop")} Photoshop */
/** @typedef {import("./new_documents.js").NewDocuments} NewDocuments */
/** @typedef {import("./picture.js").Colors} Colors */
/** @typedef {import("./picture.js").ReadPicture} ReadPicture */
/** @typedef {import("./pixels.js").Box} Box */
/** @typedef {import("./pixels.js").HostPixels} HostPixels */
/** @typedef {import("./pixels.js").Samples} Samples */

/** One reading of one document. */
class Reading {
  /**
   * @param {Photoshop} photoshop
   * @param {NewDocuments} newDocuments
   * @param {Context} context of the modal scope
   * @param {{document: Document, title: string, maxPixels: number}} asked what the artist calls it;
   *   how much of it may be read
   */
  constructor(photoshop, newDocuments, context, { document, title, maxPixels }) {
    this._photoshop = photoshop;
    this._newDocuments = newDocuments;
    this._context = context;
    this._document = document;
    this._title = title;
    this._maxPixels = maxPixels;
    this._colors = colorsOf(document, photoshop.constants);
    /** @type {Box} */
    this._canvas = { left: 0, top: 0, right: document.width, bottom: document.height };
  }

  /**
   * The merged picture of all that is visible.
   * @returns {Promise<ReadPicture>}
   * @throws {Refusal} there is nothing to see, or too much
   */
  async ofDocument() {
    this._requireSize(this._canvas);
    const message = await this._merged(this._document, this._canvas);
    this._require(
      message,
      `“${this._title}” shows nothing; paint something or make a layer visible.`,
    );
    const shown = this._document.layers.filter((layer) => layer.visible);
    return this._picture(this._canvas, message, shown);
  }

  /**
   * The active layer or group as it is without what lies under, over and around it. It is read
   * from a copy in a scratch document, so that this one stays as it is.
   * @returns {Promise<ReadPicture>}
   * @throws {Refusal} no layer or several are active, it is empty, or the canvas is too large
   */
  async ofLayer() {
    this._requireSize(this._canvas);
    const layer = this._layerToRead();
    const { app } = this._photoshop;
    const front = app.activeDocument;
    const scratch = await this._scratch();
    const [copy] = await this._document.duplicateLayers([layer], scratch);
    copy.visible = true;
    if (copy.isClippingMask) {
      copy.isClippingMask = false;
    }
    const message = await this._merged(scratch, this._canvas);
    await scratch.closeWithoutSaving();
    app.activeDocument = front;
    this._require(
      message,
      `The layer “${layer.name}” is empty; choose one that has something on it.`,
    );
    return this._picture(this._canvas, message, layer.visible ? [layer] : []);
  }

  /**
   * What is selected; what the selection covers partly becomes partly transparent.
   * @returns {Promise<ReadPicture>}
   * @throws {Refusal} nothing is selected, too much is, or nothing is there
   */
  async ofSelection() {
    const { box, coverage } = await this._selection();
    const message = await this._merged(this._document, box);
    keepCovered(this._samples(message), coverage);
    this._require(
      message,
      `The selected part of “${this._title}” is empty; select something painted.`,
    );
    return this._picture(box, message, []);
  }

  /**
   * @param {Box} box
   * @param {Uint8Array} message
   * @param {readonly Layer[]} originals
   * @returns {ReadPicture}
   */
  _picture(box, message, originals) {
    const bright = `What is brighter than white in “${this._title}” is white in its layers.`;
    return {
      width: box.right - box.left,
      height: box.bottom - box.top,
      depth: this._depth,
      x: box.left,
      y: box.top,
      canvas: { width: this._canvas.right, height: this._canvas.bottom },
      notice: this._colors.bits === 32 ? bright : "",
      message,
      colors: this._colors,
      resolution: this._document.resolution,
      originals: originals.map((layer) => layer.id),
    };
  }

  /** @returns {8 | 16} */
  get _depth() {
    return this._colors.bits > 8 ? 16 : 8;
  }

  /** @param {Uint8Array} message */
  _samples(message) {
    return samplesOf(payloadOf(message), this._depth);
  }

  /**
   * @param {Uint8Array} message
   * @param {string} sentence
   */
  _require(message, sentence) {
    if (isTransparent(this._samples(message))) {
      throw new Refusal(sentence);
    }
  }

  /**
   * What a box of a document looks like, as the payload of a message: in the document's own
   * numbers where it is RGB or gray in 8 or 16 bits, so that the layers restack exactly in it,
   * else in sRGB.
   * @param {Document} document
   * @param {Box} box
   */
  async _merged(document, box) {
    const bytes = (box.right - box.left) * (box.bottom - box.top) * (this._depth / 2);
    const message = makeMessage(bytes);
    const samples = this._samples(message);
    const { gray, own } = this._colors;
    const space = own ? { colorSpace: gray ? "Grayscale" : "RGB" } : IN_SRGB;
    const components = await this._copy(samples, document, box, space);
    if (gray && own && components === 1) {
      // Photoshop leaves out the alpha of gray pixels (AdobeDocs/uxp-photoshop issue 501).
      const colored = samplesOf(new Uint8Array(bytes), this._depth);
      await this._copy(colored, document, box, { colorSpace: "RGB" });
      takeAlpha(samples, colored);
    }
    return message;
  }

  /**
   * Copy a box of a document's merged picture; the number of components that Photoshop returned.
   * @param {Samples} samples of the whole box
   * @param {Document} document
   * @param {Box} box
   * @param {GetPixelsOptions} space
   */
  async _copy(samples, document, box, space) {
    const found = await this._pixels(document, box, space);
    if (found) {
      takeIn(samples, box, found);
    }
    return found ? found.components : 0;
  }

  /**
   * The pixels of a box of a document, or of its whole canvas; null where there are none.
   * Photoshop trims what is empty; nothing says what it does where all is, so its error is
   * believed only where there is something to see.
   * @param {Document} document
   * @param {Box} box
   * @param {GetPixelsOptions} space
   * @returns {Promise<HostPixels | null>}
   */
  async _pixels(document, box, space) {
    const options = { documentID: document.id, sourceBounds: box, applyAlpha: false, ...space };
    try {
      return await pixelsOf(await this._photoshop.imaging.getPixels(options));
    } catch (error) {
      if (box !== this._canvas) {
        return this._pixels(document, this._canvas, space);
      }
      if (document.layers.some((layer) => shows(layer, box))) {
        throw error;
      }
      return null;
    }
  }

  _layerToRead() {
    const active = this._document.activeLayers;
    if (active.length === 0) {
      throw new Refusal(
        `No layer of “${this._title}” is active; click on one in the Layers panel.`,
      );
    }
    if (active.length > 1) {
      throw new Refusal(
        `Several layers of “${this._title}” are active; click on one, or put them into a group.`,
      );
    }
    return active[0];
  }

  /** An empty document like this one. */
  async _scratch() {
    const { mode, bits, profile, own } = this._colors;
    const modes = Object.values(this._photoshop.constants.NewDocumentMode);
    const sameMode = modes.find((name) => String(name) === String(mode));
    if (!sameMode || (own && profile && !(await this._newDocuments.hasProfile(profile)))) {
      throw new Refusal(
        `Photoshop can’t make a scratch document with the colors of “${this._title}” to copy its ` +
          "layer into; decompose the whole document instead.",
      );
    }
    return this._newDocuments.make(this._context, {
      name: "Layer Bridge",
      width: this._canvas.right,
      height: this._canvas.bottom,
      resolution: this._document.resolution,
      mode: sameMode,
      depth: bits,
      profile: own ? profile : "",
    });
  }

  /** The selection's box on the canvas, and its coverage there, one byte a pixel. */
  async _selection() {
    const nothing = `Nothing is selected in “${this._title}”; select a part of the picture.`;
    const bounds = this._selectionBounds();
    if (bounds === null) {
      throw new Refusal(nothing);
    }
    const found = await this._coverage(bounds && this._onCanvas(bounds));
    const box = found && this._onCanvas(boxOf(found));
    const coverage = found && box && coverageOf(box, found);
    if (!box || !coverage || !coverage.some((value) => value > 0)) {
      throw new Refusal(nothing);
    }
    return { box, coverage };
  }

  /** Undefined where this Photoshop does not tell (before 25.0), null where nothing is selected. */
  _selectionBounds() {
    const { selection } = this._document;
    return selection ? selection.bounds : undefined;
  }

  /**
   * What Photoshop says of the selection; null where it has none to speak of.
   * @param {Box | undefined} box undefined: all of it
   */
  async _coverage(box) {
    const options = { documentID: this._document.id, ...(box && { sourceBounds: box }) };
    try {
      return await pixelsOf(await this._photoshop.imaging.getSelection(options));
    } catch (error) {
      if (box) {
        throw error;
      }
      return null;
    }
  }

  /**
   * The part of a box that lies on the canvas.
   * @param {Box} box
   * @returns {Box}
   */
  _onCanvas(box) {
    const left = Math.max(box.left, 0);
    const top = Math.max(box.top, 0);
    const right = Math.min(box.right, this._canvas.right);
    const bottom = Math.min(box.bottom, this._canvas.bottom);
    if (right <= left || bottom <= top) {
      throw new Refusal(`The selection lies outside the canvas of “${this._title}”; move it in.`);
    }
    return this._requireSize({ left, top, right, bottom });
  }

  /**
   * What the server would only refuse must not be read: it may be more than the memory holds.
   * @param {Box} box
   */
  _requireSize(box) {
    const pixels = (box.right - box.left) * (box.bottom - box.top);
    if (pixels > this._maxPixels) {
      throw new Refusal(tooLarge(this._title, pixels, this._maxPixels));
    }
    return box;
  }
}

/**
 * The pixels of what the imaging API returned, which is given back to Photoshop.
 * @param {GetPixelsResult | GetSelectionResult} result
 * @returns {Promise<HostPixels>}
 */
async function pixelsOf({ imageData, sourceBounds }) {
  try {
    const { width, height, components, colorProfile } = imageData;
    const data = await imageData.getData(FULL_RANGE);
    const linear = LINEAR.test(colorProfile);
    return {
      left: sourceBounds.left,
      top: sourceBounds.top,
      width,
      height,
      components,
      data,
      linear,
    };
  } finally {
    imageData.dispose();
  }
}

/**
 * Whether a layer is visible and has something on it within a box.
 * @param {Layer} layer
 * @param {Box} box
 * @returns {boolean}
 */
function shows(layer, box) {
  if (!layer.visible || layer.layers) {
    return layer.visible && Array.from(layer.layers || []).some((inner) => shows(inner, box));
  }
  const { left, top, right, bottom } = layer.bounds;
  const wide = Math.min(right, box.right) > Math.max(left, box.left);
  return wide && Math.min(bottom, box.bottom) > Math.max(top, box.top);
}

/**
 * @param {HostPixels} found
 * @returns {Box}
 */
function boxOf({ left, top, width, height }) {
  return { left, top, right: left + width, bottom: top + height };
}

module.exports = { Reading };
