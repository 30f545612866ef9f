"use strict";

// Draws a layer tree as a host does: bottom to top, rounding after each layer.
//
// The formulas are those of the W3C's "Compositing and Blending Level 1", sections 5.8, 5.9 and
// 9.1, and Linear Dodge is min(1, backdrop + source).

const { boxOf, crop, intersect, isEmpty, makeRaster, unite } = require("./raster.js");

const MODES = ["normal", "multiply", "screen", "lighten", "darken", "linearDodge"];

/** A blend formula on a backdrop's and a source's component in 0..1. */
function blend(mode, backdrop, source) {
  switch (mode) {
    case 1:
      return backdrop * source;
    case 2:
      return backdrop + source - backdrop * source;
    case 3:
      return backdrop > source ? backdrop : source;
    case 4:
      return backdrop < source ? backdrop : source;
    case 5:
      return backdrop + source > 1 ? 1 : backdrop + source;
    default:
      return source;
  }
}

function codeOf(mode) {
  const code = MODES.indexOf(mode);
  if (code < 0) throw new Error(`the fake's compositor can't draw the blend mode "${mode}"`);
  return code;
}

/**
 * Draw one raster over another, in place.
 *
 * @param target what lies below, straight; it is written to.
 * @param source what is drawn; only what lies over `target` counts.
 * @param mode one of `MODES`.
 * @param opacity in 0..1.
 * @param atop keep the target's alpha, as a layer that is clipped to it does.
 */
function draw(target, source, mode, opacity, atop) {
  const box = intersect(boxOf(target), boxOf(source));
  if (isEmpty(box)) return;
  const code = codeOf(mode);
  const size = target.colors + 1;
  for (let y = box.top; y < box.bottom; y++) {
    const t = ((y - target.top) * target.width + box.left - target.left) * size;
    const s = ((y - source.top) * source.width + box.left - source.left) * size;
    const end = s + (box.right - box.left) * size;
    drawRow(target.data, t, source.data, s, end, target.colors, target.max, code, opacity, atop);
  }
}

function drawRow(below, t, above, s, end, colors, max, code, opacity, atop) {
  const half = max === 1 ? 0 : 0.5;
  const one = 1 / max;
  const size = colors + 1;
  for (; s < end; s += size, t += size) {
    if (above[s + colors] === 0) continue;
    const alpha = above[s + colors] * one * opacity;
    const under = below[t + colors] * one;
    if (!atop && (under === 0 || (alpha === 1 && code === 0))) {
      copyPixel(below, t, above, s, colors, alpha * max + half);
      continue;
    }
    const over = alpha + under - alpha * under;
    const share = atop || under === 1 ? alpha : alpha / over;
    const known = atop ? 1 : under;
    for (let k = 0; k < colors; k++) {
      const cb = below[t + k] * one;
      const cs = above[s + k] * one;
      const mixed = cs + known * (blend(code, cb, cs) - cs);
      below[t + k] = max * (cb + share * (mixed - cb)) + half;
    }
    if (!atop) below[t + colors] = max * over + half;
  }
}

function copyPixel(below, t, above, s, colors, alpha) {
  for (let k = 0; k < colors; k++) below[t + k] = above[s + k];
  below[t + colors] = alpha;
}

/** Mix what was there before with what is there now: a pass-through group's opacity. */
function fade(before, now, opacity) {
  const { data, colors, max } = now;
  const half = max === 1 ? 0 : 0.5;
  for (let at = 0; at < data.length; at += colors + 1) {
    const old = before.data[at + colors] * (1 - opacity);
    const fresh = data[at + colors] * opacity;
    const over = old + fresh;
    for (let k = at; k < at + colors && over > 0; k++) {
      data[k] = (before.data[k] * old + data[k] * fresh) / over + half;
    }
    data[at + colors] = over + half;
  }
}

/** The box that holds all pixels of some layers; null where they have none. */
function extentOf(layers) {
  return layers.reduce((box, layer) => {
    const own = layer.children ? extentOf(layer.children) : layer.raster && boxOf(layer.raster);
    return box && own ? unite(box, own) : box || own;
  }, null);
}

/**
 * What a layer or an isolated group looks like on its own, within a box; null where it is empty.
 */
function picture(layer, box, colors, depth) {
  if (!layer.children) return layer.raster;
  const extent = extentOf(layer.children);
  const shared = extent && intersect(extent, box);
  if (!shared || isEmpty(shared)) return null;
  const raster = makeRaster(shared, colors, depth);
  drawLayers(raster, layer.children, depth);
  return raster;
}

/** Draw layers, top first as a document lists them, into a raster. */
function drawLayers(target, layers, depth) {
  let above = layers.length;
  while (above > 0) {
    const base = layers[--above];
    const clipped = [];
    while (above > 0 && layers[above - 1].clipped) clipped.push(layers[--above]);
    if (base.visible) drawClippingGroup(target, base, clipped, depth);
  }
}

function drawClippingGroup(target, base, clipped, depth) {
  if (base.children && base.blendMode === "passThrough" && clipped.length === 0) {
    const before = base.opacity < 100 ? { ...target, data: target.data.slice() } : null;
    drawLayers(target, base.children, depth);
    if (before) fade(before, target, base.opacity / 100);
    return;
  }
  let own = picture(base, boxOf(target), target.colors, depth);
  if (!own) return;
  const shown = clipped.filter((layer) => layer.visible);
  if (shown.length > 0) own = crop(own, boxOf(own));
  for (const layer of shown) {
    const drawn = picture(layer, boxOf(own), target.colors, depth);
    if (drawn) draw(own, drawn, isolatedMode(layer), layer.opacity / 100, true);
  }
  draw(target, own, isolatedMode(base), base.opacity / 100, false);
}

function isolatedMode(layer) {
  return layer.blendMode === "passThrough" ? "normal" : layer.blendMode;
}

/** The picture that layers make within a box. */
function composite(layers, box, colors, depth) {
  const target = makeRaster(box, colors, depth);
  drawLayers(target, layers, depth);
  return target;
}

module.exports = { MODES, blend, composite, draw };
