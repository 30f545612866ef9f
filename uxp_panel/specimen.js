"use strict";

// A small stack of layers and what it must look like, computed here: the self-test compares that
// with what Photoshop makes of the same layers.

const { LAYER_ROLES, LAYER_TITLES } = require("./protocol.js");

const WIDTH = 48;
const HEIGHT = 32;

/** The blend modes of shadow and highlight that the compositions have. */
const BLENDINGS = [
  ["multiply", "lighten"],
  ["multiply", "screen"],
  ["multiply", "linear-dodge"],
  ["normal", "normal"],
];

/** Where each layer lies in the picture: x, y, width, height; bottom first. */
const BOXES = [
  [0, 0, WIDTH, HEIGHT],
  [4, 3, 30, 20],
  [10, 8, 38, 24],
  [1, 1, 46, 30],
];

/** Opacities that a pixel of a layer has. */
const ALPHAS = [0, 1, 0.75, 0.5, 0.25, 1];

/** @typedef {import("./messages.js").Layer} Layer */

/**
 * The formulas of W3C Compositing and Blending Level 1, and linear-dodge: min(1, b + s).
 * @type {Record<string, (backdrop: number, source: number) => number>}
 */
const FORMULAS = {
  normal: (_, source) => source,
  multiply: (backdrop, source) => backdrop * source,
  screen: (backdrop, source) => backdrop + source - backdrop * source,
  lighten: Math.max,
  "linear-dodge": (backdrop, source) => Math.min(1, backdrop + source),
};

/**
 * Four layers of noise with every alpha, in boxes of their own; bottom first.
 * @param {string[]} blending of shadow and highlight, one of `BLENDINGS`
 * @param {8 | 16} depth bits a channel
 * @param {boolean} gray whether the three colours of a pixel are one
 * @returns {Layer[]}
 */
function makeLayers([shadow, highlight], depth, gray) {
  const modes = ["normal", shadow, highlight, "normal"];
  const random = makeRandom();
  return BOXES.map(([x, y, width, height], index) => {
    const samples = new (depth === 8 ? Uint8Array : Uint16Array)(width * height * 4);
    const full = depth === 8 ? 255 : 65535;
    for (let at = 0; at < samples.length; at += 4) {
      const [red, green, blue] = [random(), random(), random()];
      const alpha = ALPHAS[Math.floor(random() * ALPHAS.length)];
      const color = gray ? [red, red, red] : [red, green, blue];
      const pixel = [...color, alpha].map((value) => Math.round(value * full));
      samples.set(pixel, at);
    }
    const role = LAYER_ROLES[index];
    const name = LAYER_TITLES[/** @type {keyof typeof LAYER_TITLES} */ (role)];
    const pixels = new Uint8Array(samples.buffer);
    return { role, name, blendMode: modes[index], x, y, width, height, pixels };
  });
}

/** Numbers from 0 to 1, the same ones each time (a linear congruential generator). */
function makeRandom() {
  let state = 7;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/**
 * What layers look like together.
 * @param {Layer[]} layers bottom first
 * @param {8 | 16} depth bits a channel
 * @returns {Float64Array} WIDTH x HEIGHT rows of R G B A, premultiplied, 0 to 1
 */
function composite(layers, depth) {
  const picture = new Float64Array(WIDTH * HEIGHT * 4);
  for (const { blendMode, x, y, width, pixels } of layers) {
    const samples = depth === 8 ? pixels : new Uint16Array(pixels.buffer);
    const full = depth === 8 ? 255 : 65535;
    for (let at = 0; at < samples.length; at += 4) {
      const column = (at / 4) % width;
      const row = (at / 4 - column) / width;
      const to = ((y + row) * WIDTH + x + column) * 4;
      const source = Array.from(samples.subarray(at, at + 4), (value) => value / full);
      blend(picture.subarray(to, to + 4), source, FORMULAS[blendMode]);
    }
  }
  return picture;
}

/**
 * Put one pixel over another.
 * @param {Float64Array} backdrop premultiplied, changed in place
 * @param {number[]} source straight
 * @param {(backdrop: number, source: number) => number} formula
 */
function blend(backdrop, source, formula) {
  const [under, over] = [backdrop[3], source[3]];
  for (let channel = 0; channel < 3; channel += 1) {
    const below = under ? backdrop[channel] / under : 0;
    const mixed = (1 - under) * source[channel] + under * formula(below, source[channel]);
    backdrop[channel] = (1 - over) * backdrop[channel] + over * mixed;
  }
  backdrop[3] = under + over - under * over;
}

/**
 * The largest difference of alpha or premultiplied colour.
 * @param {Float64Array} wanted premultiplied, 0 to 1
 * @param {Uint8Array | Uint16Array} found as many pixels, R G B A, straight
 * @returns {number} in 1/255
 */
function difference(wanted, found) {
  const full = found instanceof Uint8Array ? 255 : 65535;
  let largest = 0;
  for (let at = 0; at < wanted.length; at += 1) {
    const alpha = found[at | 3] / full;
    const value = at % 4 === 3 ? alpha : (found[at] / full) * alpha;
    largest = Math.max(largest, Math.abs(wanted[at] - value));
  }
  return largest * 255;
}

module.exports = { BLENDINGS, HEIGHT, WIDTH, composite, difference, makeLayers };
