"use strict";

// A raster: a rectangle of straight pixels in a host's own numbers, placed on a canvas.
//
// Components of a pixel lie together, its alpha last: R G B A, or gray and alpha. The numbers are
// 0..255, 0..32768 or floats (ps-reference/media/imaging.md, "Value range"). A raster that a layer
// or a history state holds is never written to again.

/**
 * @typedef {{left: number, top: number, right: number, bottom: number}} Box
 * @typedef {Uint8Array | Uint16Array | Float32Array} Numbers
 * @typedef {{left: number, top: number, width: number, height: number, colors: number, max: number,
 *   data: Numbers}} Raster `colors` counts the components without alpha.
 */

const ARRAYS = { 8: Uint8Array, 16: Uint16Array, 32: Float32Array };
const LARGEST = { 8: 255, 16: 32768, 32: 1 };

/** A transparent raster over a box, in a depth of 8, 16 or 32 bits. */
function makeRaster(box, colors, depth) {
  const width = Math.max(box.right - box.left, 0);
  const height = Math.max(box.bottom - box.top, 0);
  const data = new ARRAYS[depth](width * height * (colors + 1));
  return { left: box.left, top: box.top, width, height, colors, max: LARGEST[depth], data };
}

/** The box that a raster covers. */
function boxOf(raster) {
  const { left, top, width, height } = raster;
  return { left, top, right: left + width, bottom: top + height };
}

function intersect(one, other) {
  return {
    left: Math.max(one.left, other.left),
    top: Math.max(one.top, other.top),
    right: Math.min(one.right, other.right),
    bottom: Math.min(one.bottom, other.bottom),
  };
}

function unite(one, other) {
  return {
    left: Math.min(one.left, other.left),
    top: Math.min(one.top, other.top),
    right: Math.max(one.right, other.right),
    bottom: Math.max(one.bottom, other.bottom),
  };
}

function isEmpty(box) {
  return box.right <= box.left || box.bottom <= box.top;
}

function hasInk(raster, y, from, to) {
  const size = raster.colors + 1;
  const row = y * raster.width * size + raster.colors;
  for (let at = row + from * size; at < row + to * size; at += size) {
    if (raster.data[at] !== 0) return true;
  }
  return false;
}

/** The smallest box that holds all that is not transparent; null where nothing is. */
function contentOf(raster) {
  const { width, height } = raster;
  let top = 0;
  while (top < height && !hasInk(raster, top, 0, width)) top++;
  if (top === height) return null;
  let bottom = height;
  while (!hasInk(raster, bottom - 1, 0, width)) bottom--;
  let left = width;
  let right = 0;
  for (let y = top; y < bottom; y++) {
    left = firstInk(raster, y, left);
    right = lastInk(raster, y, right);
  }
  return {
    left: raster.left + left,
    top: raster.top + top,
    right: raster.left + right,
    bottom: raster.top + bottom,
  };
}

function firstInk(raster, y, limit) {
  let x = 0;
  while (x < limit && !hasInk(raster, y, x, x + 1)) x++;
  return x;
}

function lastInk(raster, y, limit) {
  let x = raster.width;
  while (x > limit && !hasInk(raster, y, x - 1, x)) x--;
  return x;
}

/** A copy of the part of a raster that lies in a box; transparent where the raster is not. */
function crop(raster, box) {
  const size = raster.colors + 1;
  const width = box.right - box.left;
  const height = box.bottom - box.top;
  const data = new raster.data.constructor(width * height * size);
  const shared = intersect(boxOf(raster), box);
  const run = (shared.right - shared.left) * size;
  for (let y = shared.top; y < shared.bottom && run > 0; y++) {
    const from = ((y - raster.top) * raster.width + shared.left - raster.left) * size;
    const to = ((y - box.top) * width + shared.left - box.left) * size;
    data.set(raster.data.subarray(from, from + run), to);
  }
  return { ...raster, left: box.left, top: box.top, width, height, data };
}

/** Whether nothing of a raster is transparent. */
function isOpaque(raster) {
  const { data, colors, max } = raster;
  for (let at = colors; at < data.length; at += colors + 1) {
    if (data[at] < max) return false;
  }
  return true;
}

/** A copy whose pixels are all opaque, over a colour of equal components. */
function matted(raster, backdrop) {
  const { colors, max } = raster;
  const data = raster.data.slice();
  const half = max === 1 ? 0 : 0.5;
  for (let at = 0; at < data.length; at += colors + 1) {
    const alpha = data[at + colors] / max;
    if (alpha === 1) continue;
    for (let k = at; k < at + colors; k++)
      data[k] = alpha * data[k] + (1 - alpha) * backdrop + half;
    data[at + colors] = max;
  }
  return { ...raster, data };
}

module.exports = {
  ARRAYS,
  LARGEST,
  boxOf,
  contentOf,
  crop,
  intersect,
  isEmpty,
  isOpaque,
  makeRaster,
  matted,
  unite,
};
