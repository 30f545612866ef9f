"use strict";

// Rasters as pictures that a test compares: R G B A, straight, in bytes or in 0..65535.
// No rule of Photoshop's.

function rgba(raster) {
  const { width, height, colors, max, data: old } = raster;
  const depth = max === 255 ? 8 : 16;
  const scale = depth === 8 ? 1 : 65535 / max;
  const data = new (depth === 8 ? Uint8Array : Uint16Array)(width * height * 4);
  const level = (value) => Math.max(0, Math.min(1, value / max)) * max * scale + 0.5;
  for (let at = 0, t = 0; t < data.length; at += colors + 1, t += 4) {
    for (let k = 0; k < 3; k++) data[t + k] = level(old[at + (colors === 3 ? k : 0)]);
    data[t + 3] = level(old[at + colors]);
  }
  return { width, height, depth, data };
}

module.exports = { rgba };
