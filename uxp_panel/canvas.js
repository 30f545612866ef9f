"use strict";

// The canvas: everything that this panel asks of Photoshop itself; no other module names it.

const { CanvasDocument } = require("./canvas_document.js");
const { ModalQueue } = require("./modal.js");
const { NewDocuments } = require("./new_documents.js");
const { Refusal } = require("./picture.js");

/** @typedef {import("photoshop").Document} Document */
/** @typedef {import("photoshop").ExecutionContext} Context */
/** @typedef {import("photoshop").BlendMode} HostBlendMode */
/** @typedef {typeof import("photoshop")} Photoshop */
/** @typedef {import("./former_group.js").FormerGroup} FormerGroup */
/** @typedef {import("./messages.js").Layer} Layer */
/** @typedef {import("./picture.js").Picture} Picture */
/** @typedef {import("./placing.js").Stack} Stack */
/** @typedef {"document" | "layer" | "selection"} Scope */

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
    this.newDocuments = new NewDocuments(photoshop);
    this._modal = new ModalQueue(photoshop.core, pause);
    this._blendModes = blendModesOf(photoshop.constants);
    /** @type {Map<number, readonly FormerGroup[]>} By the document's id */
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
   * @param {CanvasDocument} document
   */
  async activate(document) {
    if (!document.isOpen() || document.equals(this.activeDocument())) {
      return;
    }
    await this._try(async () => {
      const found = this.find(document.id);
      if (found) {
        this.photoshop.app.activeDocument = found;
      }
    });
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
   * Do work in a modal scope. Where it fails, what the artist looked at comes to the front again,
   * and what we opened is closed.
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
      if (this.newDocuments.strayed) {
        await this._try(() => this.newDocuments.closeStrays());
      }
      if (front) {
        await this.activate(front);
      }
      throw error;
    }
  }

  /**
   * Do in a modal scope what may as well come to nothing.
   * @param {() => Promise<void>} work
   */
  async _try(work) {
    await this._modal.run({ name: "Layer Bridge", failing: "", work }).catch(() => undefined);
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
          "run “layer-bridge install photoshop” and double-click the file that it writes.",
      );
    }
    return this._blendModes[/** @type {keyof ReturnType<typeof blendModesOf>} */ (blendMode)];
  }

  /**
   * The groups placed in a document, last first: after an undo, the one before is the last.
   * @param {number} document its id
   * @returns {readonly FormerGroup[]}
   */
  groupsIn(document) {
    return this._groups.get(document) || [];
  }

  /**
   * @param {number} document its id
   * @param {FormerGroup} group
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

module.exports = { Canvas, CanvasDocument, openCanvas };
