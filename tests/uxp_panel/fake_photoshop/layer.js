"use strict";

// A Layer of the DOM (ps-reference/classes/layer.md): a handle that asks the document anew each
// time.

const { ElementPlacement } = require("./constants.js");
const { HostError } = require("./host.js");
const { requireBlendMode, requireOpacity } = require("./look.js");
const { contains, copyNodes, flat } = require("./layer_tree.js");
const { contentOf } = require("./raster.js");

class Layer {
  constructor(document, id) {
    Object.defineProperty(this, "_document", { value: document });
    Object.defineProperty(this, "_id", { value: id });
  }

  get typename() {
    return "Layer";
  }

  get id() {
    return this._id;
  }

  get _docId() {
    return this._document.id;
  }

  /** The layer itself, for a call that reads. */
  _read(name) {
    this._document.host.read(`Layer.${name}`);
    return this._node();
  }

  /**
   * The layer itself, for a call that changes it.
   *
   * [infer] Photoshop's commands work on the document in front: elsewhere they are "not currently
   * available" (the words of Auto-Photoshop-StableDiffusion-Plugin issue #179).
   */
  _change(name) {
    const { host } = this._document;
    host.change(`Layer.${name}`);
    const node = this._node();
    if (host.active !== this._document) {
      throw new HostError(`The command "${name}" is not currently available`);
    }
    return node;
  }

  /** [infer] A handle is good as long as its document is open, as that is. */
  _node() {
    if (!this._document.isOpen) throw new HostError("The document of this layer is closed");
    return this._document.node(this._id);
  }

  /** `allLocked` "prevents edits to pixels and properties of this layer" (layer.md). */
  _set(name, key, value) {
    const node = this._change(name);
    if (node.allLocked) throw new HostError(`Could not set ${name}: the layer is locked`);
    node[key] = value;
    this._document.changed(`Set ${name}`);
  }

  get name() {
    return this._read("name").name;
  }

  set name(name) {
    this._set("name", "name", String(name));
  }

  get kind() {
    return this._read("kind").kind;
  }

  get blendMode() {
    return this._read("blendMode").blendMode;
  }

  set blendMode(mode) {
    const node = this._change("blendMode");
    // Changelog 24.2: the Background layer's can't be set.
    if (node.background) throw new HostError("The Background layer has no blend mode to set");
    requireBlendMode(this._document, mode, node.children !== null);
    this._set("blendMode", "blendMode", mode);
  }

  get opacity() {
    return this._read("opacity").opacity;
  }

  /** [infer] Of the Background layer it can't be set, as its blend mode can't. */
  set opacity(opacity) {
    requireOpacity(opacity);
    if (this._change("opacity").background) throw new HostError("The Background layer is opaque");
    this._set("opacity", "opacity", opacity);
  }

  get visible() {
    return this._read("visible").visible;
  }

  set visible(visible) {
    this._change("visible").visible = Boolean(visible);
    this._document.eyesChanged("Layer Visibility");
  }

  get locked() {
    const node = this._read("locked");
    return node.allLocked || node.pixelsLocked || node.positionLocked || node.background;
  }

  get allLocked() {
    return this._read("allLocked").allLocked;
  }

  set allLocked(locked) {
    this._change("allLocked").allLocked = Boolean(locked);
    this._document.changed("Lock Layer");
  }

  get pixelsLocked() {
    return this._read("pixelsLocked").pixelsLocked;
  }

  get positionLocked() {
    return this._read("positionLocked").positionLocked;
  }

  get isClippingMask() {
    return this._read("isClippingMask").clipped;
  }

  /** "Releasing a clipping mask will also release the layers above" (layer.md). */
  set isClippingMask(clipped) {
    this._change("isClippingMask");
    const { siblings, at } = this._document.locate(this._id);
    for (let above = at - 1; !clipped && above >= 0 && siblings[above].clipped; above--) {
      siblings[above].clipped = false;
    }
    this._set("isClippingMask", "clipped", Boolean(clipped));
  }

  get isBackgroundLayer() {
    return this._read("isBackgroundLayer").background;
  }

  get selected() {
    this._read("selected");
    return this._document.activeIds.includes(this._id);
  }

  /** [infer] Adds to what is selected, or takes out of it; it makes no history state. */
  set selected(select) {
    this._change("selected");
    const others = this._document.activeIds.filter((id) => id !== this._id);
    this._document.activeIds = select ? [...others, this._id] : others;
    this._document.history.amend();
  }

  get parent() {
    this._read("parent");
    const { parent } = this._document.locate(this._id);
    return parent && new Layer(this._document, parent.id);
  }

  /** Only a group has it: "the layers inside this group layer". */
  get layers() {
    const node = this._read("layers");
    return node.children ? listOf(this._document, node.children) : undefined;
  }

  get bounds() {
    return boundsOf(this._read("bounds"));
  }

  get boundsNoEffects() {
    return boundsOf(this._read("boundsNoEffects"));
  }

  /** Not documented as asynchronous. */
  delete() {
    const node = this._change("delete");
    if (node.allLocked) throw new HostError("Could not delete the layer because it is locked");
    // [infer] As in the Layers panel: a document keeps its last layer.
    if (this._document.nodes.length === 1 && this._document.nodes[0] === node) {
      throw new HostError("Could not delete the only layer of a document");
    }
    const { siblings, at, parent } = this._document.locate(this._id);
    this._document.take(this._id);
    this._document.activeIds = this._idsLeft(siblings[at] || siblings[at - 1] || parent);
    this._document.changed("Delete Layer");
  }

  /** [infer] If none of the active layers is left, the one below takes over. */
  _idsLeft(next) {
    const there = new Set(flat(this._document.nodes).map((node) => node.id));
    const left = this._document.activeIds.filter((id) => there.has(id));
    return left.length > 0 || !next ? left : [next.id];
  }

  /** Before is above, after is below, inside only of a group (layer.md, "move"). */
  move(reference, placement) {
    const node = this._change("move");
    if (node.background) throw new HostError("The Background layer can't be moved");
    if (node.allLocked || node.positionLocked) throw new HostError("The layer is locked");
    const there = reference && this._document.locate(reference.id);
    if (!there || reference._docId !== this._document.id) {
      throw new HostError("The layer to move to does not exist");
    }
    if (there.node === node || contains(node, there.node.id)) {
      throw new HostError("A layer can't be moved into itself");
    }
    requirePlacement(there.node, placement);
    this._document.take(this._id);
    place(this._document, node, there.node, placement);
    this._document.changed("Move Layer");
  }

  /** "Creating a copy above it in layer stack" (layer.md); a document as the target is allowed. */
  async duplicate(relativeObject, insertionLocation, name) {
    const node = this._change("duplicate");
    await this._document.host.pause();
    const target = relativeObject && relativeObject.typename === "Document";
    const document = target ? relativeObject._model() : this._document;
    const copy = copyInto(document, node, this._document);
    if (name) copy.name = name;
    if (target) document.insert(copy);
    else {
      const reference = relativeObject ? relativeObject._node() : node;
      place(document, copy, reference, insertionLocation || ElementPlacement.PLACEBEFORE);
      document.activeIds = [copy.id];
    }
    document.changed("Duplicate Layer");
    return new Layer(document, copy.id);
  }
}

/** A copy of a layer and of all in it, with ids that are new in a document, and in its colours. */
function copyInto(document, node, from) {
  const [copy] = copyNodes([node]);
  for (const one of flat([copy])) {
    one.id = document.makeNode({}).id;
    one.raster = one.raster && document.adopted(one.raster, from);
  }
  copy.background = false;
  return copy;
}

/** Inside only of a group (layer.md, "move"); [infer] and never below Background. */
function requirePlacement(node, placement) {
  if (!Object.values(ElementPlacement).includes(placement)) {
    throw new HostError(`There is no placement "${placement}"`);
  }
  if (placement === ElementPlacement.PLACEINSIDE && !node.children) {
    throw new HostError("A layer can be placed inside a group only");
  }
  if (placement === ElementPlacement.PLACEAFTER && node.background) {
    throw new HostError("Nothing can be moved below the Background layer");
  }
}

function place(document, node, reference, placement) {
  const { siblings, at } = document.locate(reference.id);
  const { nodes, background } = document;
  if (placement === ElementPlacement.PLACEBEFORE) document.putAt(siblings, at, node);
  else if (placement === ElementPlacement.PLACEAFTER) document.putAt(siblings, at + 1, node);
  else if (placement === ElementPlacement.PLACEINSIDE) document.putAt(reference.children, 0, node);
  else if (placement === ElementPlacement.PLACEATBEGINNING) document.putAt(nodes, 0, node);
  else document.putAt(nodes, nodes.length - (background ? 1 : 0), node);
}

/** A layer's bounds (ps-reference/objects/bounds.md); an empty layer's are all 0 [infer]. */
function boundsOf(node) {
  const boxes = flat([node])
    .map((one) => one.raster && contentOf(one.raster))
    .filter(Boolean);
  const edge = (choose, name) => (boxes.length ? choose(...boxes.map((box) => box[name])) : 0);
  const left = edge(Math.min, "left");
  const top = edge(Math.min, "top");
  const right = edge(Math.max, "right");
  const bottom = edge(Math.max, "bottom");
  return { left, top, right, bottom, width: right - left, height: bottom - top };
}

/** Layers as an array that also finds by name (ps-reference/classes/layers.md). */
function listOf(document, nodes) {
  const list = nodes.map((node) => new Layer(document, node.id));
  const getByName = (name) => list.find((layer) => layer.name === name);
  return Object.defineProperty(list, "getByName", { value: getByName });
}

module.exports = { Layer, copyInto, listOf };
