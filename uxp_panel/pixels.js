"use strict";

// Raw pixels between Photoshop's imaging API and the wire: components, scales, alpha, coverage.
//
// The wire has rows of R G B A, 8 bits or 16 (0..65535, little-endian, as every machine that
// Photoshop runs on has them), straight alpha. Photoshop returns boxes of 1 to 4 components in the
// document's depth; `FULL_RANGE` makes it scale its own 16 bits (0..32768) itself, both ways.

/**
 * How the imaging API keeps the colour of a pixel that is partly transparent. Its documentation
 * does not say; Adobe's samples treat it as straight. Should Photoshop's own answer differ (the
 * panel's self-test asks it), this is the one line to change.
 * @type {AlphaConvention}
 */
const HOST_ALPHA = "straight";

/** For `getData` and `createImageDataFromBuffer`; it matters for 16 bits only. */
const FULL_RANGE = { chunky: true, fullRange: true };

/** @typedef {"straight" | "premultiplied"} AlphaConvention */
/** @typedef {Uint8Array | Uint16Array} Samples Components of R G B A pixels, whole rows */
/** @typedef {{left: number, top: number, right: number, bottom: number}} Box On the canvas, pixels */

/**
 * A box of pixels as Photoshop returned it: rows of `components` numbers a pixel (gray, gray and
 * alpha, RGB or RGBA).
 * @typedef {object} HostPixels
 * @property {number} left On the canvas, pixels
 * @property {number} top On the canvas, pixels
 * @property {number} width Pixels
 * @property {number} height Pixels
 * @property {number} components 1 to 4
 * @property {Samples | Float32Array} data 0..255, 0..65535, or floats whose white is 1
 * @property {boolean} linear Whether floats are linear light
 */

/**
 * The samples of raw bytes: a view, not a copy.
 * @param {Uint8Array} bytes at an even offset of their buffer where `depth` is 16
 * @param {number} depth 8 or 16
 * @returns {Samples}
 */
function samplesOf(bytes, depth) {
  return depth === 8 ? bytes : new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
}

/** @param {Samples} samples */
function largest(samples) {
  return samples instanceof Uint8Array ? 255 : 65535;
}

/**
 * Write what Photoshop returned into the rows of a picture. What lies outside is left out, and
 * what was not returned (it trims) stays as it is.
 * @param {Samples} picture of the whole `box`, R G B A
 * @param {Box} box
 * @param {HostPixels} found in the picture's depth, or floats for 16 bits
 * @param {AlphaConvention} [alpha]
 */
function takeIn(picture, box, found, alpha = HOST_ALPHA) {
  const left = Math.max(box.left, found.left);
  const run = Math.min(box.right, found.left + found.width) - left;
  const last = Math.min(box.bottom, found.top + found.height);
  const wide = box.right - box.left;
  const { components } = found;
  const data = found.data instanceof Float32Array ? toSixteen(found) : found.data;
  for (let y = Math.max(box.top, found.top); y < last && run > 0; y += 1) {
    const from = ((y - found.top) * found.width + left - found.left) * components;
    const to = ((y - box.top) * wide + left - box.left) * 4;
    copyRow(picture, to, data.subarray(from, from + run * components), components);
  }
  if (alpha === "premultiplied") {
    unpremultiply(picture);
  }
}

/**
 * @param {Samples} picture
 * @param {number} to where the row begins in it
 * @param {Samples} row
 * @param {number} components
 */
function copyRow(picture, to, row, components) {
  if (components === 4) {
    picture.set(row, to);
    return;
  }
  const full = largest(picture);
  const [green, blue, alpha] = components === 3 ? [1, 2, 0] : [0, 0, 1];
  for (let from = 0, at = to; from < row.length; from += components, at += 4) {
    picture[at] = row[from];
    picture[at + 1] = row[from + green];
    picture[at + 2] = row[from + blue];
    picture[at + 3] = components === 2 ? row[from + alpha] : full;
  }
}

/**
 * Floats as 16 bits; what is darker than black or brighter than white becomes black or white.
 * @param {HostPixels} found
 * @returns {Uint16Array}
 */
function toSixteen({ data, components, linear }) {
  const alpha = components % 2 === 0 ? components - 1 : components;
  const curve = linear ? sRgbCurve() : null;
  const out = new Uint16Array(data.length);
  for (let at = 0; at < data.length; at += 1) {
    const value = Math.round(Math.min(Math.max(data[at], 0), 1) * 65535);
    out[at] = curve && at % components !== alpha ? curve[value] : value;
  }
  return out;
}

/** What linear light is in sRGB, both 0..65535 (IEC 61966-2-1). */
function sRgbCurve() {
  return Uint16Array.from({ length: 65536 }, (_, step) => {
    const light = step / 65535;
    const coded = light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055;
    return Math.round(coded * 65535);
  });
}

/**
 * Divide the colours by their alpha, rounding to the nearest; under alpha 0 they become 0.
 * @param {Samples} pixels R G B A, changed in place
 */
function unpremultiply(pixels) {
  const full = largest(pixels);
  for (let at = 0; at < pixels.length; at += 4) {
    const alpha = pixels[at + 3];
    for (let channel = at; channel < at + 3 && alpha < full; channel += 1) {
      pixels[channel] = alpha && Math.min(full, Math.round((pixels[channel] * full) / alpha));
    }
  }
}

/**
 * Multiply the colours by their alpha, rounding to the nearest.
 * @param {Samples} pixels R G B A, changed in place
 */
function premultiply(pixels) {
  const full = largest(pixels);
  for (let at = 0; at < pixels.length; at += 4) {
    for (let channel = at; channel < at + 3; channel += 1) {
      pixels[channel] = Math.round((pixels[channel] * pixels[at + 3]) / full);
    }
  }
}

/**
 * A layer's pixels as Photoshop takes them: a copy, with two components a pixel where it is gray.
 * @param {Uint8Array} pixels rows of R G B A, at any offset of their buffer
 * @param {number} depth 8 or 16
 * @param {boolean} gray whether to keep only the first channel and the alpha
 * @param {AlphaConvention} [alpha]
 * @returns {{data: Samples, components: number}}
 */
function forHost(pixels, depth, gray, alpha = HOST_ALPHA) {
  const data = samplesOf(new Uint8Array(pixels), depth);
  if (alpha === "premultiplied") {
    premultiply(data);
  }
  if (!gray) {
    return { data, components: 4 };
  }
  for (let from = 0, to = 0; from < data.length; from += 4, to += 2) {
    data[to] = data[from];
    data[to + 1] = data[from + 3];
  }
  return { data: data.slice(0, data.length / 2), components: 2 };
}

/**
 * Give a picture the alpha of another of its size, as where Photoshop leaves out that of gray.
 * @param {Samples} picture R G B A, changed in place
 * @param {Samples} other R G B A
 */
function takeAlpha(picture, other) {
  for (let at = 3; at < picture.length; at += 4) {
    picture[at] = other[at];
  }
}

/**
 * Make partly transparent what a selection covers partly, rounding to the nearest.
 * @param {Samples} picture R G B A, changed in place
 * @param {Uint8Array} coverage one byte a pixel, 255 where the pixel stays as it is
 */
function keepCovered(picture, coverage) {
  for (let pixel = 0, at = 3; pixel < coverage.length; pixel += 1, at += 4) {
    picture[at] = Math.round((picture[at] * coverage[pixel]) / 255);
  }
}

/**
 * The coverage of a selection within a box, one byte a pixel.
 * @param {Box} box
 * @param {HostPixels} found
 * @returns {Uint8Array}
 */
function coverageOf(box, found) {
  const coverage = new Uint8Array((box.right - box.left) * (box.bottom - box.top));
  const full = found.data instanceof Float32Array ? 1 : largest(found.data);
  for (let y = box.top, at = 0; y < box.bottom; y += 1) {
    const row = (y - found.top) * found.width - found.left;
    for (let x = box.left; x < box.right; x += 1, at += 1) {
      coverage[at] = Math.round((found.data[(row + x) * found.components] / full) * 255);
    }
  }
  return coverage;
}

/**
 * Whether the alpha of every pixel is 0.
 * @param {Samples} picture R G B A
 */
function isTransparent(picture) {
  let at = 3;
  while (at < picture.length && picture[at] === 0) {
    at += 4;
  }
  return at >= picture.length;
}

/**
 * Whether every pixel that shows is gray: its channels are equal.
 * @param {Uint8Array} pixels rows of R G B A, at any offset of their buffer
 * @param {number} depth 8 or 16
 */
function isNeutral(pixels, depth) {
  const samples = depth === 8 ? pixels : samplesOf(new Uint8Array(pixels), depth);
  for (let at = 0; at < samples.length; at += 4) {
    const gray = samples[at] === samples[at + 1] && samples[at] === samples[at + 2];
    if (!gray && samples[at + 3] !== 0) {
      return false;
    }
  }
  return true;
}

module.exports = {
  FULL_RANGE,
  HOST_ALPHA,
  coverageOf,
  forHost,
  isNeutral,
  isTransparent,
  keepCovered,
  samplesOf,
  takeAlpha,
  takeIn,
};
