"use strict";

// How layers are put into a document as one group, within a modal scope and one history state.
//
// Photoshop puts a new layer where it likes: over the active layer, into an open group, or into a
// clipping mask. So each is looked at where it came to lie, and put right. Nothing is caught here:
// what is thrown makes Photoshop take everything back.

const { findLayer, hideAllBut, layerAbove } = require("./layer_tree.js");
const { makeActive, topOfClipping, topmost } = require("./layer_tree.js");
const { Cancelled } = require("./picture.js");
const { FULL_RANGE, forHost } = require("./pixels.js");

/** @typedef {import("photoshop").Document} Document */
/** @typedef {import("photoshop").Layer} HostLayer */
/** @typedef {import("photoshop").BlendMode} BlendMode */
/** @typedef {import("photoshop").ExecutionContext} Context */
/** @typedef {typeof import("photoshop")} Photoshop */
/** @typedef {import("./messages.js").Layer & {hostMode: BlendMode}} Layer */
/** @typedef {import("./picture.js").Picture} Picture */

/**
 * What is to be placed.
 * @typedef {object} Stack
 * @property {readonly Layer[]} layers Bottom first
 * @property {Picture} picture What they were made of: its size and place decide where they go
 * @property {string} title The group's name
 * @property {() => boolean} isCancelled Looked at between two layers
 */

/**
 * Where it goes, and what makes room.
 * @typedef {object} Room
 * @property {boolean} aboveActive Above the active layer instead of on top of all
 * @property {number | null} replaced Id of a group that goes, as the new one takes its place
 * @property {readonly number[]} originals Ids of the layers that are hidden
 */

/** A stack of layers on its way into one document, which is the active one. */
class Placing {
  /**
   * @param {Photoshop} photoshop
   * @param {Context} context of the modal scope
   * @param {Document} document
   * @param {Stack} stack
   */
  constructor(photoshop, context, document, stack) {
    this._photoshop = photoshop;
    this._context = context;
    this._document = document;
    this._stack = stack;
  }

  /**
   * Put the layers into a new group; active layers and selection stay as they were.
   * @param {Room} room
   * @returns {Promise<{group: number, hidden: number[]}>} ids of the group, and of what was hidden
   * @throws {Cancelled} the artist stopped it
   */
  async among(room) {
    await this._suspend();
    const { layers } = this._document;
    const active = Array.from(this._document.activeLayers, (layer) => layer.id);
    const old = room.replaced === null ? null : findLayer(layers, room.replaced);
    const beside = room.aboveActive ? topmost(layers, active) : null;
    const group = await this._makeGroup();
    if (old) {
      await this._takePlaceOf(group, old);
    } else if (beside) {
      await this._moveAbove(group, topOfClipping(this._document, beside));
    }
    this._check(group);
    const hidden = room.originals.flatMap((id) => this._hide(id, group));
    this._activateAgain(active, group);
    return { group: group.id, hidden };
  }

  /**
   * Put the layers into a new group, and let nothing else stay in the document.
   * @returns {Promise<void>}
   * @throws {Cancelled} the artist stopped it
   */
  async alone() {
    await this._suspend();
    const strays = Array.from(this._document.layers);
    const group = await this._makeGroup();
    for (const stray of strays) {
      await stray.delete();
    }
    this._check(group);
    makeActive(this._document, [group]);
  }

  /** All changes become one history state, when the modal scope ends without an error. */
  async _suspend() {
    const { hostControl } = this._context;
    await hostControl.suspendHistory({ documentID: this._document.id, name: this._stack.title });
  }

  /** The group with all layers in it, on top of all. */
  async _makeGroup() {
    /** @type {HostLayer[]} */
    const made = [];
    for (const layer of this._stack.layers) {
      this._goOn();
      made.push(await this._makeLayer(layer, made[made.length - 1]));
    }
    this._goOn();
    const { NORMAL } = this._photoshop.constants.BlendMode;
    const options = { name: this._stack.title, blendMode: NORMAL, fromLayers: made.reverse() };
    const group = created(await this._document.createLayerGroup(options));
    await this._moveAbove(group, this._document.layers[0]);
    release(group);
    if (group.blendMode !== NORMAL) {
      group.blendMode = NORMAL;
    }
    return group;
  }

  _goOn() {
    if (this._stack.isCancelled()) {
      throw new Cancelled();
    }
  }

  /**
   * @param {Layer} layer
   * @param {HostLayer | undefined} below which it goes on; undefined: on top of all
   */
  async _makeLayer(layer, below) {
    const options = { name: layer.name, blendMode: layer.hostMode, opacity: 100 };
    const made = created(await this._document.createPixelLayer(options));
    await this._moveAbove(made, below || this._document.layers[0]);
    release(made);
    if (layer.width > 0 && layer.height > 0) {
      await this._paint(made, layer);
    }
    return made;
  }

  /**
   * @param {HostLayer} made
   * @param {Layer} layer
   */
  async _paint(made, { x, y, width, height, pixels }) {
    const { imaging, constants } = this._photoshop;
    const { picture } = this._stack;
    const gray = this._document.mode === constants.DocumentMode.GRAYSCALE;
    const { data, components } = forHost(pixels, picture.depth, gray);
    // Without a profile, as the numbers are the document's own.
    const space = { components, colorSpace: gray ? "Grayscale" : "RGB", ...FULL_RANGE };
    const imageData = await imaging.createImageDataFromBuffer(data, { width, height, ...space });
    try {
      await imaging.putPixels({
        documentID: this._document.id,
        layerID: made.id,
        imageData,
        targetBounds: { left: picture.x + x, top: picture.y + y, width, height },
      });
    } finally {
      imageData.dispose();
    }
  }

  /**
   * Put a layer right above another, unless it lies there or is that one.
   * @param {HostLayer} layer
   * @param {HostLayer} below
   */
  async _moveAbove(layer, below) {
    const above = layer.id === below.id ? layer : layerAbove(this._document, below);
    if (!above || above.id !== layer.id) {
      await layer.move(below, this._photoshop.constants.ElementPlacement.PLACEBEFORE);
    }
  }

  /**
   * From below, so that what is clipped to the old one is clipped to the new one, and the new one
   * to what the old one was.
   * @param {HostLayer} group
   * @param {HostLayer} old
   */
  async _takePlaceOf(group, old) {
    await group.move(old, this._photoshop.constants.ElementPlacement.PLACEAFTER);
    await old.delete();
  }

  /**
   * The layers must lie in the group as they do in the stack, or they would not add up.
   * @param {HostLayer} group
   */
  _check(group) {
    const found = Array.from(group.layers || []).reverse();
    const right = this._stack.layers.every((layer, index) => {
      const made = found[index];
      return made && made.name === layer.name && made.blendMode === layer.hostMode;
    });
    if (!right || found.length !== this._stack.layers.length || found.some(isClipped)) {
      throw new Error("it did not keep the order of the layers");
    }
  }

  /**
   * @param {number} id
   * @param {HostLayer} group
   */
  _hide(id, group) {
    const layer = findLayer(this._document.layers, id);
    return layer === null ? [] : hideAllBut(layer, group);
  }

  /**
   * @param {readonly number[]} ids
   * @param {HostLayer} group which is active where those are gone
   */
  _activateAgain(ids, group) {
    const found = ids.map((id) => findLayer(this._document.layers, id)).filter(isThere);
    makeActive(this._document, ids.length > 0 && found.length === 0 ? [group] : found);
  }
}

/** @param {HostLayer} layer */
function isClipped(layer) {
  return layer.isClippingMask;
}

/**
 * @param {HostLayer | null} layer
 * @returns {layer is HostLayer}
 */
function isThere(layer) {
  return layer !== null;
}

/** @param {HostLayer} layer */
function release(layer) {
  if (layer.isClippingMask) {
    layer.isClippingMask = false;
  }
}

/**
 * What Photoshop made, which by its types it need not have made.
 * @template T
 * @param {T | null} made
 * @returns {T}
 */
function created(made) {
  if (!made) {
    throw new Error("it made nothing");
  }
  return made;
}

module.exports = { Placing };
