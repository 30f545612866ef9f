"use strict";

// The layers of a document as a tree, top first: what lies where, what is hidden, what is active.

/** @typedef {import("photoshop").Document} Document */
/** @typedef {import("photoshop").Layer} Layer */

/**
 * The layer with this id, however deep it lies.
 * @param {Iterable<Layer> | null | undefined} layers
 * @param {number} id
 * @returns {Layer | null}
 */
function findLayer(layers, id) {
  return topmost(layers, [id]);
}

/**
 * The first of the layers with these ids, from the top.
 * @param {Iterable<Layer> | null | undefined} layers
 * @param {readonly number[]} ids
 * @returns {Layer | null}
 */
function topmost(layers, ids) {
  for (const layer of layers || []) {
    const found = ids.includes(layer.id) ? layer : topmost(layer.layers, ids);
    if (found) {
      return found;
    }
  }
  return null;
}

/**
 * The layers beside this one and itself, top first.
 * @param {Document} document
 * @param {Layer} layer
 * @returns {Layer[]}
 */
function siblingsOf(document, layer) {
  return Array.from((layer.parent && layer.parent.layers) || document.layers);
}

/**
 * The layer right above, in the same group.
 * @param {Document} document
 * @param {Layer} layer
 * @returns {Layer | null}
 */
function layerAbove(document, layer) {
  const siblings = siblingsOf(document, layer);
  return siblings[siblings.findIndex((one) => one.id === layer.id) - 1] || null;
}

/**
 * The topmost of the layers that are clipped to the same one as this, or to it.
 * @param {Document} document
 * @param {Layer} layer
 * @returns {Layer}
 */
function topOfClipping(document, layer) {
  const above = layerAbove(document, layer);
  return above && above.isClippingMask ? topOfClipping(document, above) : layer;
}

/**
 * Hide a layer, but not `kept`: of a group that holds it, hide the others.
 * @param {Layer} layer
 * @param {Layer} kept
 * @returns {number[]} ids of those that were still shown
 */
function hideAllBut(layer, kept) {
  if (layer.id === kept.id || !layer.visible) {
    return [];
  }
  if (findLayer(layer.layers, kept.id)) {
    return Array.from(layer.layers || []).flatMap((one) => hideAllBut(one, kept));
  }
  layer.visible = false;
  return [layer.id];
}

/**
 * Make these the active layers, without showing what is hidden: Photoshop may show what it selects.
 * `Document.activeLayers` can be set only since 26.9.
 * @param {Document} document
 * @param {readonly Layer[]} layers
 */
function makeActive(document, layers) {
  for (const layer of Array.from(document.activeLayers)) {
    if (!layers.some((one) => one.id === layer.id)) {
      layer.selected = false;
    }
  }
  for (const layer of layers.filter((one) => !one.selected)) {
    const { visible } = layer;
    layer.selected = true;
    if (layer.visible !== visible) {
      layer.visible = visible;
    }
  }
}

module.exports = { findLayer, hideAllBut, layerAbove, makeActive, topOfClipping, topmost };
