"use strict";

// The canvas: everything that this panel asks of Photoshop itself; no other module names it.

const { ModalQueue } = require("./modal.js");
const { Cancelled, Refusal, SRGB, colorsOf } = require("./picture.js");
const { hasProfile, makeDocument } = require("./new_document.js");
const { isNeutral } = require("./pixels.js");
const { Placing } = require("./placing.js");
const { Reading } = require("./reading.js");

/** @typedef {import("photoshop").Document} Document */
/** @typedef {import("photoshop").ExecutionContext} Context */
/** @typedef {import("photoshop").BlendMode} HostBlendMode */
/** @typedef {typeof import("photoshop")} Photoshop */
/** @typedef {import("./messages.js").Layer} Layer */
/** @typedef {import("./picture.js").Picture} Picture */
/** @typedef {import("./placing.js").Stack} Stack */
/** @typedef {"document" | "layer" | "selection"} Scope */

/**
 * Where layers go, and what makes room for them.
 * @typedef {object} Choices
 * @property {"top" | "above_active" | "new_document"} placement
 * @property {boolean} replace Whether our last group in this document goes, for the new one
 * @property {boolean} hideOriginals Whether the layers that the picture was read from are hidden
 */

/** What may change which documents are open, active and how they are called. */
const EVENTS = ["open", "close", "select", "make", "save", "newDocument"];

/** @param {typeof import("photoshop").constants} constants */
const blendModesOf = ({ BlendMode }) => ({
  normal: BlendMode.NORMAL,
  multiply: BlendMode.MULTIPLY,
  screen: BlendMode.SCREEN,
  lighten: BlendMode.LIGHTEN,
  darken: BlendMode.DARKEN,
  "linear-dodge": BlendMode.LINEARDODGE,
});

const HIDDEN =
  "The layers that were decomposed are hidden. If Undo does not show them again, " +
  "click on their eyes in the Layers panel.";

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
    /** Its name without the file's suffix */
    this.title = document.name.replace(/\.[a-z][a-z0-9]{1,4}$/i, "") || "Unnamed";
  }

  /** @param {CanvasDocument | null} other */
  equals(other) {
    return other !== null && other.id === this.id;
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
   * @returns {Promise<Picture>}
   * @throws {Refusal} the document is closed, there is nothing to see in that scope, or Photoshop
   *   can't do it now
   * @throws {Cancelled} the artist pressed Esc
   */
  read(scope) {
    return this._canvas.perform({
      name: "Layer Bridge: read the picture",
      failing: `Photoshop can’t read “${this.title}”; try again, or make it an RGB document first`,
      work: (context) => {
        const reading = new Reading(this._canvas.photoshop, context, this._open(), this.title);
        return READERS[scope](reading);
      },
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
    const { photoshop } = this._canvas;
    const document = this._open();
    this._requireUnchanged(document, stack.picture);
    const front = photoshop.app.activeDocument;
    photoshop.app.activeDocument = document;
    const { group, hidden } = await new Placing(photoshop, context, document, stack).among({
      aboveActive: choices.placement === "above_active",
      replaced: choices.replace ? this._canvas.groupsIn(this.id) : [],
      originals: choices.hideOriginals ? stack.picture.originals : [],
    });
    photoshop.app.activeDocument = front;
    this._canvas.rememberGroup(this.id, group);
    return hidden ? HIDDEN : "";
  }

  /**
   * @param {Context} context
   * @param {Stack} stack
   */
  async _placeInNew(context, stack) {
    const { photoshop } = this._canvas;
    const { width, height, depth, resolution, colors } = stack.picture;
    const wanted = colors.own && !colors.gray ? colors.profile : SRGB;
    const known = !wanted || (await hasProfile(photoshop, wanted));
    const document = await makeDocument(photoshop, context, {
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

  /** Photoshop's document, as long as it is open. */
  _open() {
    const document = this._canvas.find(this.id);
    if (!document) {
      throw new Refusal(`“${this.title}” is not open any more; open it and decompose it again.`);
    }
    return document;
  }

  /**
   * @param {Document} document
   * @param {Picture} picture
   */
  _requireUnchanged(document, { canvas, colors }) {
    const now = colorsOf(document, this._canvas.photoshop.constants);
    const resized = document.width !== canvas.width || document.height !== canvas.height;
    const recolored = now.mode !== colors.mode || now.bits !== colors.bits;
    if (resized || recolored) {
      throw new Refusal(
        `“${this.title}” changed its ${resized ? "size" : "color mode"} meanwhile; ` +
          "decompose it again, or put the layers into a new document.",
      );
    }
  }
}

/** Photoshop, as far as this panel uses it. */
class Canvas {
  /**
   * @param {Photoshop} photoshop
   * @param {string} version
   * @param {(milliseconds: number) => Promise<void>} pause
   */
  constructor(photoshop, version, pause) {
    this.photoshop = photoshop;
    this._version = version;
    this._modal = new ModalQueue(photoshop.core, pause);
    this._blendModes = blendModesOf(photoshop.constants);
    /** @type {Map<number, readonly number[]>} By the document's id */
    this._groups = new Map();
  }

  /** The document that the artist looks at. */
  activeDocument() {
    const document = this._front();
    return document && new CanvasDocument(this, document);
  }

  /** All open documents, in the order in which Photoshop lists them. */
  openDocuments() {
    return Array.from(
      this.photoshop.app.documents,
      (document) => new CanvasDocument(this, document),
    );
  }

  /**
   * Bring a document to the front; nothing happens if it is closed, or Photoshop is busy.
   * @param {CanvasDocument} handle
   */
  async activate(handle) {
    const front = this._front();
    if (!handle.isOpen() || (front && front.id === handle.id)) {
      return;
    }
    const work = async () => {
      const document = this.find(handle.id);
      if (document) {
        this.photoshop.app.activeDocument = document;
      }
    };
    await this._modal.run({ name: "Layer Bridge", failing: "", work }).catch(() => undefined);
  }

  /** Such as "26.9.0". */
  hostVersion() {
    return this._version;
  }

  /**
   * Be told whenever a document may have been opened, closed, renamed or brought to the front.
   * @param {() => void} tell
   * @returns {() => void} ends it
   */
  onDocumentsChanged(tell) {
    const { action } = this.photoshop;
    const listener = () => tell();
    action.addNotificationListener(EVENTS, listener);
    return () => void action.removeNotificationListener(EVENTS, listener);
  }

  /**
   * Do work in a modal scope. Where it fails, what the artist looked at comes to the front again.
   * @template T
   * @param {import("./modal.js").Scope<T>} scope
   * @returns {Promise<T>}
   */
  async perform(scope) {
    /** @type {CanvasDocument | null} */
    let front = null;
    try {
      return await this._modal.run({
        ...scope,
        work: (context) => {
          front = this.activeDocument();
          return scope.work(context);
        },
      });
    } catch (error) {
      if (front) {
        await this.activate(front);
      }
      throw error;
    }
  }

  /**
   * Photoshop's open document with this id.
   * @param {number} id
   */
  find(id) {
    return Array.from(this.photoshop.app.documents).find((one) => one.id === id) || null;
  }

  /**
   * A layer's blend mode in Photoshop's words.
   * @param {Layer} layer
   * @returns {HostBlendMode}
   * @throws {Refusal} it is newer than this panel
   */
  hostMode({ blendMode }) {
    if (!(blendMode in this._blendModes)) {
      throw new Refusal(
        `This panel does not know the blend mode “${blendMode}”; ` +
          "say “layer-bridge install photoshop” to bring it up to date.",
      );
    }
    return this._blendModes[/** @type {keyof ReturnType<typeof blendModesOf>} */ (blendMode)];
  }

  /**
   * Ids of the groups placed in a document, last first: after an undo, the one before is the last.
   * @param {number} document its id
   * @returns {readonly number[]}
   */
  groupsIn(document) {
    return this._groups.get(document) || [];
  }

  /**
   * @param {number} document its id
   * @param {number} group its id
   */
  rememberGroup(document, group) {
    this._groups.set(document, [group, ...this.groupsIn(document)]);
  }

  /** Where no document is open, Photoshop may give null or throw. */
  _front() {
    try {
      return this.photoshop.app.activeDocument || null;
    } catch (_) {
      return null;
    }
  }
}

/** @type {Record<Scope, (reading: Reading) => Promise<Picture>>} */
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

/** @param {number} milliseconds */
const sleep = (milliseconds) =>
  new Promise((/** @type {(value: void) => void} */ wake) => setTimeout(wake, milliseconds));

/**
 * @param {Photoshop} [photoshop]
 * @param {string} [version] of Photoshop, which only `require("uxp").host` knows
 * @param {(milliseconds: number) => Promise<void>} [pause]
 */
function openCanvas(photoshop = require("photoshop"), version = "", pause = sleep) {
  return new Canvas(photoshop, version, pause);
}

module.exports = { Cancelled, Canvas, CanvasDocument, Refusal, openCanvas };
