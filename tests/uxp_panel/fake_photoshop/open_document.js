"use strict";

// An open document as the host holds it: its layers, its history and what it looks like.

const { composite } = require("./compositor.js");
const { DocumentMode } = require("./constants.js");
const { History } = require("./history.js");
const { HostError } = require("./host.js");
const { inDepth, inProfile, ownProfile } = require("./profiles.js");
const { copyNodes, find, flat, locate, makeNode } = require("./layer_tree.js");

const SPACES = {
  [DocumentMode.RGB]: "RGB",
  [DocumentMode.GRAYSCALE]: "Grayscale",
  [DocumentMode.LAB]: "Lab",
  [DocumentMode.CMYK]: "CMYK",
};

class OpenDocument {
  /**
   * @param values title, width, height, mode, depth, profile (null where it has none), resolution.
   */
  constructor(host, values) {
    this.host = host;
    this.id = host.newDocumentId();
    this.title = values.title;
    this.resolution = values.resolution;
    this.quickMask = false;
    this.width = values.width;
    this.height = values.height;
    this.mode = values.mode;
    this.depth = values.depth;
    this.profile = values.profile;
    this.nodes = [];
    this.activeIds = [];
    this.selection = null;
    this._lastLayerId = 0;
    this._drawn = null;
    this.history = null;
  }

  /** Begin its history, once its first layers are there. */
  begin(name) {
    this.history = new History(this, name);
  }

  /** "RGB", "Grayscale", "Lab" or "CMYK". */
  get space() {
    return SPACES[this.mode];
  }

  /** How many components of a pixel are colours; the fake draws CMYK from three. */
  get colors() {
    return this.space === "Grayscale" ? 1 : 3;
  }

  get box() {
    return { left: 0, top: 0, right: this.width, bottom: this.height };
  }

  get isOpen() {
    return this.host.documents.includes(this);
  }

  get background() {
    return this.nodes.find((node) => node.background) || null;
  }

  /**
   * A layer with an id that no layer of this document ever had; ids begin anew in each document.
   */
  makeNode(values) {
    return makeNode(++this._lastLayerId, values);
  }

  /** [infer] An id that is no layer's is an error wherever it is given. */
  node(id) {
    const node = find(this.nodes, id);
    if (!node) throw new HostError(`The layer with the id ${id} does not exist`);
    return node;
  }

  locate(id) {
    return locate(this.nodes, id);
  }

  /** All that a history state holds. Layer and pixel selection are part of it [infer]. */
  content() {
    const { width, height, mode, depth, profile, selection } = this;
    const nodes = copyNodes(this.nodes);
    return {
      width,
      height,
      mode,
      depth,
      profile,
      selection,
      nodes,
      activeIds: [...this.activeIds],
    };
  }

  /** Go back to a content; the eyes of layers only where `visibility` or the host's switch says. */
  restore(content, visibility) {
    const shown = new Map(flat(this.nodes).map((node) => [node.id, node.visible]));
    Object.assign(this, content, {
      nodes: copyNodes(content.nodes),
      activeIds: [...content.activeIds],
    });
    if (!visibility && !this.host.options.visibilityUndoable) {
      for (const node of flat(this.nodes)) {
        if (shown.has(node.id)) node.visible = shown.get(node.id);
      }
    }
    this._drawn = null;
  }

  /** A raster of another document in this one's colours. */
  adopted(raster, from) {
    const colored = inProfile(raster, ownProfile(from), ownProfile(this), this.colors);
    return inDepth(colored, this.depth);
  }

  /** Say what was changed. */
  changed(name) {
    this._drawn = null;
    this.history.record(name);
  }

  /** A layer's eye was clicked, which is no step of its own unless the host's switch says so. */
  eyesChanged(name) {
    if (this.host.options.visibilityUndoable) this.changed(name);
    else this.history.amend();
    this._drawn = null;
  }

  /** The picture that is seen, straight, in the document's own numbers. */
  drawn() {
    if (!this._drawn) this._drawn = composite(this.nodes, this.box, this.colors, this.depth);
    return this._drawn;
  }

  /** What one layer or group looks like on its own, whether it is visible or not. */
  drawnAlone(id) {
    const node = { ...this.node(id), visible: true, clipped: false, blendMode: "normal" };
    return composite([node], this.box, this.colors, this.depth);
  }

  /** Where a new layer lands: above the active layer, or inside the active group. */
  insertionPoint() {
    const active = this.activeIds.length > 0 ? this.locate(this.activeIds[0]) : null;
    if (!active) return { siblings: this.nodes, at: 0 };
    // [infer] As the Layers panel does: into a group that is open, above one that is closed.
    // Issue #493 reports groups that were unexpectedly made inside others.
    const { node, siblings, at } = active;
    if (node.children && node.expanded) return { siblings: node.children, at: 0 };
    return { siblings, at };
  }

  /** Add a layer where new ones land; it becomes the active layer [infer, as in the panel]. */
  insert(node) {
    const { siblings, at } = this.insertionPoint();
    this.putAt(siblings, at, node);
    this.activeIds = [node.id];
  }

  /** [infer] As in the Layers panel: what comes to lie under a clipped layer is clipped as well. */
  putAt(siblings, at, node) {
    if (at > 0 && siblings[at - 1].clipped) node.clipped = true;
    siblings.splice(at, 0, node);
  }

  /** Take a layer out of the tree. */
  take(id) {
    const { node, siblings, at } = this.locate(id);
    siblings.splice(at, 1);
    return node;
  }
}

module.exports = { OpenDocument };
