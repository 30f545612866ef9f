"use strict";

// One open document, as the panel sees it: what is read from it and what is put into it.

const { lookWithout, stillThere } = require("./former_group.js");
const { SRGB, Refusal, colorsOf, requireReadable } = require("./picture.js");
const { isNeutral } = require("./pixels.js");
const { Placing } = require("./placing.js");
const { Reading } = require("./reading.js");

/** @typedef {import("photoshop").Document} Document */
/** @typedef {import("photoshop").ExecutionContext} Context */
/** @typedef {import("./canvas.js").Canvas} Canvas */
/** @typedef {import("./messages.js").Layer} Layer */
/** @typedef {import("./picture.js").Cancelled} Cancelled */
/** @typedef {import("./picture.js").Picture} Picture */
/** @typedef {import("./picture.js").ReadPicture} ReadPicture */
/** @typedef {import("./placing.js").Stack} Stack */
/** @typedef {"document" | "layer" | "selection"} Scope */

/**
 * Where layers go, and what makes room for them.
 * @typedef {object} Choices
 * @property {"top" | "above_active" | "new_document"} placement
 * @property {boolean} replace Whether our last group in this document goes, for the new one
 * @property {boolean} hideOriginals Whether the layers that the picture was read from are hidden
 */

/**
 * What a reading keeps to.
 * @typedef {object} Terms
 * @property {Choices["placement"]} [placement]
 * @property {boolean} [replace] With `placement`: the group that is to be replaced is no part of the
 *   picture
 * @property {number} [maxPixels] As many as the server takes
 */

const HIDDEN =
  "The layers that were decomposed are hidden. If Undo does not show them again, " +
  "click on their eyes in the Layers panel.";

/** Of the files that Photoshop opens; what else follows a dot is a word of the artist's. */
const SUFFIX = new RegExp(
  "\\.(psd|psb|pdd|psdt|psdc|tiff?|jpe?g|jpe|jfif|jp2|jpf|jpx|jxl|png|gif|webp|avif|hei[cf]|bmp|" +
    "dib|rle|tga|vda|icb|vst|pcx|pct|pict|pxr|pdf|pdp|eps|ai|svg|iff|tdi|sct|exr|hdr|rgbe|dcm|p[abfgnp]m|" +
    "raw|dng|cr[23]|crw|nef|nrw|arw|orf|raf|rw2|pef|srw)$",
  "i",
);

const LONGEST_TITLE = 80;

/** One open document, as it was when the artist clicked. */
class CanvasDocument {
  /**
   * @param {Canvas} canvas
   * @param {Document} document
   */
  constructor(canvas, document) {
    this._canvas = canvas;
    /** Photoshop's own, unique as long as it runs */
    this.id = document.id;
    /** Whether this panel made it, for layers or for the self-test */
    this.isOurs = canvas.newDocuments.isOurs(document.id);
    /** Its name without the file's suffix, one line of at most 80 characters */
    this.title = titleOf(document.name);
  }

  /** @param {CanvasDocument | null} other */
  equals(other) {
    return other !== null && other.id === this.id;
  }

  /** Whether a group was placed in it, as far as the canvas remembers. */
  get hasGroup() {
    return this._canvas.groupsIn(this.id).length > 0;
  }

  /** Whether Photoshop still has it open. */
  isOpen() {
    return this._canvas.find(this.id) !== null;
  }

  /**
   * Read the merged picture, the active layer or group, or the selection.
   *
   * The numbers are the document's own where its colours are RGB or gray in 8 or 16 bits, so that
   * the layers restack exactly in it. Others are converted to sRGB. What a selection covers partly
   * becomes partly transparent.
   * @param {Scope} scope
   * @param {Terms} [terms]
   * @param {() => boolean} [isCancelled] looked at while Photoshop is busy
   * @returns {Promise<ReadPicture>}
   * @throws {Refusal} the document is closed, there is nothing to see in that scope or too much, or
   *   Photoshop can't do it now
   * @throws {Cancelled} the artist pressed Esc, or `isCancelled`
   */
  read(scope, terms = {}, isCancelled = () => false) {
    const { placement = "top", replace = false, maxPixels = Infinity } = terms;
    return this._canvas.perform({
      name: "Layer Bridge: read the picture",
      failing: `Photoshop can’t read “${this.title}”; try again, or decompose a flattened copy of it`,
      work: (context) => {
        const { photoshop, newDocuments } = this._canvas;
        const document = this._open();
        requireReadable(document, this.title, photoshop.constants);
        const asked = { document, title: this.title, maxPixels };
        const reading = new Reading(photoshop, newDocuments, context, asked);
        const look = () => READERS[scope](reading);
        const former = this._replacedBy({ placement, replace }, document);
        return former
          ? this._inFront(document, () => lookWithout(context, document, former, look))
          : look();
      },
      isCancelled,
    });
  }

  /**
   * Put the layers, bottom first, into one new group, in one history state. Where they would not
   * add up to the picture, they go into a new document instead.
   * @param {readonly Layer[]} layers what came back for `picture`
   * @param {Picture} picture what `read` gave
   * @param {string} title the group's name
   * @param {Choices} choices
   * @param {() => boolean} isCancelled looked at between layers
   * @returns {Promise<string>} what the artist should know, in sentences, or empty
   * @throws {Refusal} the document was closed or changed, or Photoshop does not take the layers;
   *   nothing was changed
   * @throws {Cancelled} the artist pressed Esc, or `isCancelled`; nothing was changed
   */
  async place(layers, picture, title, choices, isCancelled) {
    const hosted = layers.map((layer) => ({ ...layer, hostMode: this._canvas.hostMode(layer) }));
    const stack = { layers: hosted, picture, title, isCancelled };
    const unfit = choices.placement === "new_document" ? "" : whyUnfit(stack);
    const isNew = unfit || choices.placement === "new_document";
    const notice = await this._canvas.perform({
      name: "Layer Bridge: insert the layers",
      failing: `Photoshop did not take the layers of “${this.title}” and nothing was changed; try again`,
      work: (context) =>
        isNew ? this._placeInNew(context, stack) : this._placeHere(context, stack, choices),
      isCancelled,
    });
    const elsewhere = `“${this.title}” ${unfit}, so its layers are in a new document.`;
    return [unfit && elsewhere, notice].filter(Boolean).join(" ");
  }

  /**
   * @param {Context} context
   * @param {Stack} stack
   * @param {Choices} choices
   */
  async _placeHere(context, stack, choices) {
    const document = this._open();
    this._requireUnchanged(document, stack.picture);
    const former = this._replacedBy(choices, document);
    const placing = new Placing(this._canvas.photoshop, context, document, stack);
    const { group, hidden } = await this._inFront(document, () =>
      placing.among({
        aboveActive: choices.placement === "above_active",
        replaced: former && former.id,
        originals: choices.hideOriginals ? stack.picture.originals : [],
      }),
    );
    const all = former ? [...hidden, ...former.hidden] : hidden;
    this._canvas.rememberGroup(this.id, { id: group, hidden: all });
    return hidden.length > 0 ? HIDDEN : "";
  }

  /**
   * @param {Context} context
   * @param {Stack} stack
   */
  async _placeInNew(context, stack) {
    const { photoshop, newDocuments } = this._canvas;
    const { width, height, depth, resolution, colors } = stack.picture;
    const wanted = colors.own && !colors.gray ? colors.profile : SRGB;
    const known = !wanted || (await newDocuments.hasProfile(wanted));
    const document = await newDocuments.make(context, {
      name: stack.title,
      width,
      height,
      resolution,
      depth,
      mode: photoshop.constants.NewDocumentMode.RGB,
      profile: known ? wanted : "",
    });
    const picture = { ...stack.picture, x: 0, y: 0 };
    await new Placing(photoshop, context, document, { ...stack, picture }).alone();
    await context.hostControl.unregisterAutoCloseDocument(document.id);
    return known
      ? ""
      : `The color profile “${wanted}” is not installed, so the new document has another.`;
  }

  /**
   * Work on a document in front of the others, as Photoshop changes layers there only. After a
   * failure `perform` puts back what the artist looked at.
   * @template T
   * @param {Document} document
   * @param {() => Promise<T>} work
   */
  async _inFront(document, work) {
    const { app } = this._canvas.photoshop;
    const front = app.activeDocument;
    app.activeDocument = document;
    const done = await work();
    app.activeDocument = front;
    return done;
  }

  /**
   * The group that makes room for the next; null where none does.
   * @param {Pick<Choices, "placement" | "replace">} choices
   * @param {Document} document
   */
  _replacedBy({ placement, replace }, document) {
    const replaces = replace && placement !== "new_document";
    return replaces ? stillThere(document, this._canvas.groupsIn(this.id)) : null;
  }

  /** Photoshop's document, as long as it is open and its layers can be got at. */
  _open() {
    const document = this._canvas.find(this.id);
    if (!document) {
      throw new Refusal(`“${this.title}” is not open any more; open it and decompose it again.`);
    }
    if (document.quickMaskMode) {
      throw new Refusal(
        `“${this.title}” is in Quick Mask mode; press Q to leave it and try again.`,
      );
    }
    return document;
  }

  /**
   * @param {Document} document
   * @param {Picture} picture
   */
  _requireUnchanged(document, { canvas, colors }) {
    const now = colorsOf(document, this._canvas.photoshop.constants);
    const changes = {
      size: document.width !== canvas.width || document.height !== canvas.height,
      "color mode": now.mode !== colors.mode || now.bits !== colors.bits,
      "color profile": now.profile !== colors.profile,
    };
    const [changed] = Object.entries(changes).find(([, isSo]) => isSo) || [];
    if (changed) {
      throw new Refusal(
        `“${this.title}” changed its ${changed} meanwhile; ` +
          "decompose it again, or put the layers into a new document.",
      );
    }
  }
}

/** @param {string} name */
function titleOf(name) {
  const title = name.replace(/\s+/g, " ").trim().replace(SUFFIX, "").trim();
  const characters = Array.from(title);
  if (characters.length <= LONGEST_TITLE) {
    return title || "Unnamed";
  }
  const begin = characters.slice(0, LONGEST_TITLE - 1).join("");
  return `${begin.trim()}…`;
}

/** @type {Record<Scope, (reading: Reading) => Promise<ReadPicture>>} */
const READERS = {
  document: (reading) => reading.ofDocument(),
  layer: (reading) => reading.ofLayer(),
  selection: (reading) => reading.ofSelection(),
};

/**
 * Why a stack does not add up to its picture in that one's document; empty where it does.
 * @param {Stack} stack
 */
function whyUnfit({ layers, picture: { colors, depth } }) {
  const colored = colors.gray && !layers.every((layer) => isNeutral(layer.pixels, depth));
  return colored
    ? "is a grayscale document and can’t show the colors of these layers"
    : colors.unfit;
}

module.exports = { CanvasDocument, HIDDEN };
