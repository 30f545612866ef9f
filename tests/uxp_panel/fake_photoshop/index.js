"use strict";

// A fake Photoshop, for tests of the panel: what `require("photoshop")` gives, and what an artist
// or another plugin does to it. It runs in Node and in a browser's page.
//
// Each rule says where it is written: a page of Adobe's documentation (github.com/AdobeDocs/
// uxp-photoshop, src/pages), an issue there, or a report from the field. [infer] marks what nobody
// wrote down; there the fake takes the less convenient way.

const { Listeners, makeAction } = require("./action.js");
const { makeApp } = require("./app.js");
const constants = require("./constants.js");
const { Document } = require("./document.js");
const { Host } = require("./host.js");
const { Ledger } = require("./image_data.js");
const { makeImaging } = require("./imaging.js");
const { Modal, makeCore } = require("./modal.js");
const { rgba } = require("./rendering.js");
const { openDocument } = require("./opening.js");
const { makeMask } = require("./selection.js");

class FakePhotoshop {
  /** @param options see `DEFAULTS` in host.js. */
  constructor(options = {}) {
    const host = new Host(options);
    host.modal = new Modal(host);
    host.ledger = new Ledger();
    host.listeners = new Listeners(host);
    this._host = host;
    /** What `require("photoshop")` gives. */
    this.photoshop = {
      app: makeApp(host),
      core: makeCore(host),
      imaging: makeImaging(host),
      action: makeAction(host),
      constants,
    };
  }

  get options() {
    return this._host.options;
  }

  get version() {
    return this._host.options.version;
  }

  set version(version) {
    this._host.options.version = version;
  }

  /** The names of all calls so far, in order. */
  get log() {
    return this._host.log;
  }

  get alerts() {
    return this._host.alerts;
  }

  get isModal() {
    return this._host.modal.isOpen;
  }

  /** How many modal scopes were open at once, at most. */
  get deepestModal() {
    return this._host.modal.deepest;
  }

  /** What was told to the progress bar. */
  get progress() {
    return this._host.modal.progress;
  }

  /** Image data that was not disposed. */
  leaks() {
    return [...this._host.ledger.held];
  }

  /** The most bytes of image data that were held at once. */
  get mostBytesHeld() {
    return this._host.ledger.mostBytes;
  }

  /** Open a document as the artist does; see `openDocument` in opening.js. */
  openDocument(description) {
    const open = openDocument(this._host, description);
    this._host.listeners.tell("open", { documentID: open.id });
    return new Document(open);
  }

  closeDocument(document) {
    this._host.remove(document._open);
    this._host.listeners.tell("close", { documentID: document._open.id });
  }

  /** The artist brings a document to the front. */
  activate(document) {
    this._host.active = document._open;
    this._host.listeners.tell("select", { documentID: document._open.id });
  }

  get activeDocument() {
    return this._host.active && new Document(this._host.active);
  }

  /** The artist clicks on layers in the Layers panel. */
  activateLayers(document, layers) {
    document._open.activeIds = layers.map((layer) => layer._id);
    this._host.listeners.tell("select", {});
  }

  /** The artist selects a box; `coverage` gives 0..255 for x, y. */
  select(document, box, coverage = () => 255) {
    document._open.selection = box && makeMask(box, coverage);
    document._open.changed("Select");
  }

  /** The artist turns Quick Mask mode on or off. */
  quickMask(document, on) {
    document._open.quickMask = on;
  }

  /** The artist changes the size of the canvas. */
  resize(document, width, height) {
    Object.assign(document._open, { width, height });
    document._open.changed("Canvas Size");
  }

  /**
   * The artist presses Esc: now, in a modal scope; else before the nth call in one, of any name or
   * of one such as "imaging.putPixels".
   */
  pressEscape({ before = null, nth = 1 } = {}) {
    if (this.isModal) this._host.modal.cancel();
    else this._host.modal.escapeBefore(before, nth);
  }

  /** Another plugin is modal: for milliseconds, or for so many attempts of ours; `{}` ends it. */
  anotherPluginIsModal({ milliseconds = 0, attempts = 0 }) {
    this._host.modal.blockFor(milliseconds);
    this._host.modal.blockCalls(attempts);
  }

  undo(document) {
    document._open.history.undo();
  }

  redo(document) {
    document._open.history.redo();
  }

  /** The names of the history states, the first being how the document was opened. */
  history(document) {
    return document._open.history.states.map((state) => state.name);
  }

  /**
   * What a document, or one layer or group alone, looks like.
   *
   * @returns {{width, height, depth, data}} R G B A, straight: bytes, or 0..65535 where the
   *   document has more than 8 bits.
   */
  render(document, { only = null } = {}) {
    const open = document._open;
    return rgba(only ? open.drawnAlone(only._id) : open.drawn());
  }

  /** The layers of a document as plain data, top first. */
  tree(document) {
    return outline(document._open.nodes);
  }
}

function outline(nodes) {
  return nodes.map(({ id, name, kind, blendMode, opacity, visible, children }) => ({
    id,
    name,
    kind,
    blendMode,
    opacity,
    visible,
    ...(children ? { layers: outline(children) } : {}),
  }));
}

module.exports = { FakePhotoshop };
