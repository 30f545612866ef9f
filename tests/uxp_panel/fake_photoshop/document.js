"use strict";

// A Document of the DOM (ps-reference/classes/document.md): a handle on an open document.

const { BlendMode, ColorProfileType, LayerKind } = require("./constants.js");
const { HostError } = require("./host.js");
const { Layer, copyInto, listOf } = require("./layer.js");
const { requireBlendMode, requireOpacity } = require("./look.js");
const { LINEAR, WORKING_PROFILES } = require("./profiles.js");
const { makeSelection } = require("./selection.js");

class Document {
  constructor(open) {
    Object.defineProperty(this, "_open", { value: open });
    // Document.selection came with 25.0 (ps-reference/classes/selection.md).
    if (open.host.since("25.0")) {
      Object.defineProperty(this, "selection", {
        get: () => makeSelection(this._read("selection")),
      });
    }
  }

  get typename() {
    return "Document";
  }

  /** "Will remain valid as long as this document is open." */
  get id() {
    return this._open.id;
  }

  /** `id` "will remain valid as long as this document is open" (document.md). */
  _model() {
    if (!this._open.isOpen) throw new HostError(`The document with the id ${this.id} is closed`);
    return this._open;
  }

  _read(name) {
    this._open.host.read(`Document.${name}`);
    return this._model();
  }

  _change(name) {
    this._open.host.change(`Document.${name}`);
    return this._model();
  }

  get title() {
    return this._read("title").title;
  }

  get name() {
    return this._read("name").title;
  }

  get width() {
    return this._read("width").width;
  }

  get height() {
    return this._read("height").height;
  }

  get mode() {
    return this._read("mode").mode;
  }

  get bitsPerChannel() {
    return `bitDepth${this._read("bitsPerChannel").depth}`;
  }

  get resolution() {
    return this._read("resolution").resolution;
  }

  /** "None" where there is no profile (document.md); 32-bit documents say "Linear" (imaging.md). */
  get colorProfileName() {
    const { profile, depth } = this._read("colorProfileName");
    return profile === null ? "None" : profile + (depth === 32 ? LINEAR : "");
  }

  get colorProfileType() {
    const { profile, space } = this._read("colorProfileType");
    if (profile === null) return ColorProfileType.NONE;
    const working = profile === WORKING_PROFILES[space];
    return working ? ColorProfileType.WORKING : ColorProfileType.CUSTOM;
  }

  get quickMaskMode() {
    return this._read("quickMaskMode").quickMask;
  }

  set quickMaskMode(on) {
    this._change("quickMaskMode").quickMask = Boolean(on);
  }

  get saved() {
    return this._read("saved").history.states.length === 1;
  }

  get layers() {
    const open = this._read("layers");
    return listOf(open, open.nodes);
  }

  get activeLayers() {
    const open = this._read("activeLayers");
    return listOf(
      open,
      open.activeIds.map((id) => open.node(id)),
    );
  }

  /** Takes an array of layers since 26.9 (changelog); before, it could only be read. */
  set activeLayers(layers) {
    const open = this._change("activeLayers");
    if (!open.host.since("26.9")) {
      throw new TypeError(
        "Cannot set property activeLayers of #<Document> which has only a getter",
      );
    }
    open.activeIds = layers.map((layer) => open.node(layer.id).id);
    open.history.amend();
  }

  get backgroundLayer() {
    const { background } = this._read("backgroundLayer");
    return background && new Layer(this._open, background.id);
  }

  get historyStates() {
    return this._read("historyStates").history.states.map((state) => this._state(state));
  }

  get activeHistoryState() {
    return this._state(this._read("activeHistoryState").history.current);
  }

  set activeHistoryState(state) {
    this._change("activeHistoryState").history.choose(state.id);
  }

  /** ps-reference/classes/historystate.md */
  _state({ id, name }) {
    return { typename: "HistoryState", id, name, docId: this.id, parent: this, snapshot: false };
  }

  /**
   * The document that a new layer lands in: the one in front, whichever was asked.
   *
   * [infer] The command behind it, "make", names no document. In Quick Mask mode the commands for
   * layers are dimmed.
   */
  async _target(name) {
    this._change(name);
    await this._open.host.pause();
    const { active } = this._open.host;
    if (active.quickMask) throw new HostError(`The command "Make" is not currently available`);
    return active;
  }

  async createPixelLayer(options = {}) {
    const open = await this._target("createPixelLayer");
    requireLook(open, options, false);
    const node = open.makeNode({ kind: LayerKind.NORMAL });
    return this._insert(open, node, options, "New Layer");
  }

  async createLayerGroup(options = {}) {
    const open = await this._target("createLayerGroup");
    requireLook(open, options, true);
    const members = [].concat(options.fromLayers || []).map((layer) => open.node(layer.id));
    if (members.some((member) => member.background)) {
      throw new HostError("The Background layer can't be put into a group");
    }
    const node = open.makeNode({ kind: LayerKind.GROUP, name: `Group ${open.nodes.length}` });
    const ordered = flatOrder(open, members);
    if (ordered.length === 0) return this._insert(open, node, options, "New Group");
    // [infer] The group takes the place of the topmost layer that goes into it, order kept.
    const { siblings, at } = open.locate(ordered[0].id);
    siblings.splice(at, 0, node);
    node.children = ordered.map((member) => open.take(member.id));
    return this._finish(open, node, options, "Group Layers");
  }

  _insert(open, node, options, step) {
    open.insert(node);
    return this._finish(open, node, options, step);
  }

  _finish(open, node, options, step) {
    node.name = options.name === undefined ? node.name : options.name;
    node.opacity = options.opacity === undefined ? 100 : options.opacity;
    node.blendMode = options.blendMode || options.mode || BlendMode.NORMAL;
    if (options.group) node.clipped = true;
    open.activeIds = [node.id];
    open.changed(step);
    return new Layer(open, node.id);
  }

  /**
   * "Creating all copies above the top most one in layer stack" or in a target document
   * (document.md), there where new layers land [infer].
   */
  async duplicateLayers(layers, targetDocument) {
    const open = this._change("duplicateLayers");
    await open.host.pause();
    const target = targetDocument ? targetDocument._model() : open;
    const originals = flatOrder(
      open,
      layers.map((layer) => open.node(layer.id)),
    );
    const copies = originals.map((node) => copyInto(target, node, open));
    const point = target === open ? open.locate(originals[0].id) : target.insertionPoint();
    point.siblings.splice(point.at, 0, ...copies);
    target.activeIds = copies.map((copy) => copy.id);
    target.changed("Duplicate Layers");
    return copies.map((copy) => new Layer(target, copy.id));
  }

  /** Not documented as asynchronous. */
  closeWithoutSaving() {
    const open = this._change("closeWithoutSaving");
    open.host.remove(open);
    open.host.listeners.tell("close", { documentID: open.id });
  }

  async close() {
    this.closeWithoutSaving();
  }
}

function requireLook(open, options, isGroup) {
  requireBlendMode(open, options.blendMode || options.mode || BlendMode.NORMAL, isGroup);
  requireOpacity(options.opacity === undefined ? 100 : options.opacity);
}

/** Layers in the order of the stack, top first. */
function flatOrder(open, members) {
  const order = (nodes) =>
    nodes.flatMap((node) => (members.includes(node) ? [node] : order(node.children || [])));
  return order(open.nodes);
}

module.exports = { Document };
