"use strict";

// Small pictures that tests draw: R G B A, straight, in bytes.

/** Evenly spread numbers that look random and are the same each time. */
function makeDice(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

function draw(width, height, pixelAt) {
  const pixels = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) pixels.set(pixelAt(x, y), (y * width + x) * 4);
  }
  return { width, height, pixels };
}

const PAPER = [250, 246, 238];
const RED = [204, 52, 44];
const INK = [24, 18, 28];

/** How much of a pixel lies within a distance of a line, with a soft edge of one pixel. */
function cover(distance) {
  return Math.max(0, Math.min(1, 0.5 - distance));
}

function mix(below, above, share) {
  return below.map((value, k) => Math.round(value + (above[k] - value) * share));
}

/**
 * An apple as an animator draws it: a flat red, a shadow, a highlight and an outline, on paper or
 * on nothing.
 */
function apple({ width = 48, height = 40, paper = true } = {}) {
  const radius = Math.min(width, height) * 0.36;
  return draw(width, height, (x, y) => {
    const [dx, dy] = [x + 0.5 - width / 2, y + 0.5 - height / 2];
    const edge = Math.hypot(dx, dy) - radius;
    const shaded = Math.hypot(dx + radius * 0.35, dy + radius * 0.35) > radius;
    const lit = Math.hypot(dx + radius * 0.4, dy + radius * 0.4) < radius * 0.2;
    const skin = RED.map((value) => (lit ? 255 : Math.round(value * (shaded ? 0.7 : 1))));
    const outline = cover(Math.abs(edge) - 1);
    const inside = Math.max(cover(edge), outline);
    if (paper) return [...mix(mix(PAPER, skin, cover(edge)), INK, outline), 255];
    return [...mix(skin, INK, outline), Math.round(255 * inside)];
  });
}

/** Every kind of colour and alpha side by side, none of them related. */
function confetti({ width = 32, height = 32, seed = 1, opaque = false } = {}) {
  const dice = makeDice(seed);
  const level = () => Math.floor(dice() * 256);
  const alpha = () => {
    const kind = dice();
    return opaque || kind > 0.7 ? 255 : kind < 0.2 ? 0 : level();
  };
  return draw(width, height, () => [level(), level(), level(), alpha()]);
}

/** A small patch in the middle of nothing, so that whoever trims has something to trim. */
function patch({ width = 20, height = 16, left = 6, top = 5, right = 11, bottom = 9 } = {}) {
  return draw(width, height, (x, y) => {
    const inside = x >= left && x < right && y >= top && y < bottom;
    return inside ? [40 + x, 90 + y, 160, 255] : [0, 0, 0, 0];
  });
}

/** A picture's gray and alpha, for documents of gray. */
function toGray({ width, height, pixels }) {
  const gray = new Uint8Array(width * height * 2);
  for (let at = 0, t = 0; at < pixels.length; at += 4, t += 2) {
    gray[t] = Math.round(0.3 * pixels[at] + 0.59 * pixels[at + 1] + 0.11 * pixels[at + 2]);
    gray[t + 1] = pixels[at + 3];
  }
  return { width, height, pixels: gray };
}

/** A picture in 16 bits (0..65535), with levels that 8 bits don't have. */
function toSixteen({ width, height, pixels }) {
  const components = pixels.length / (width * height);
  const wide = Uint16Array.from(pixels, (value, at) => {
    const isAlpha = at % components === components - 1;
    return Math.min(65535, value * 257 + (isAlpha ? 0 : (at * 37) % 200));
  });
  return { width, height, pixels: wide };
}

module.exports = { apple, confetti, patch, toGray, toSixteen };
