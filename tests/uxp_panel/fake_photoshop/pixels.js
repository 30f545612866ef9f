"use strict";

// Numbers on their way between rasters and image data: alpha left out or put in, premultiplied or
// not, chunky or planar, at half or full range.

const { HostError } = require("./host.js");
const { LARGEST, boxOf, crop, matted, unite } = require("./raster.js");

/** The numbers of a raster as image data holds them. */
function packed(raster, hasAlpha, premultiplied) {
  const { data, colors, max } = raster;
  if (hasAlpha && !premultiplied) return data.slice();
  const components = colors + (hasAlpha ? 1 : 0);
  const numbers = new data.constructor((data.length / (colors + 1)) * components);
  const half = max === 1 ? 0 : 0.5;
  for (let at = 0, t = 0; at < data.length; at += colors + 1, t += components) {
    const scale = hasAlpha ? data[at + colors] / max : 1;
    for (let k = 0; k < colors; k++) numbers[t + k] = data[at + k] * scale + half;
    if (hasAlpha) numbers[t + colors] = data[at + colors];
  }
  return numbers;
}

/** Image data as a raster at 0, 0. */
function rasterOf(imageData, premultiplied) {
  const { width, height, components, hasAlpha, componentSize } = imageData;
  const numbers = imageData.numbers();
  const colors = components - (hasAlpha ? 1 : 0);
  const max = LARGEST[componentSize];
  const raster = { left: 0, top: 0, width, height, colors, max, data: numbers };
  if (hasAlpha) return premultiplied ? { ...raster, data: divided(raster) } : raster;
  const data = new numbers.constructor(width * height * (colors + 1));
  for (let at = 0, t = 0; at < numbers.length; at += colors, t += colors + 1) {
    for (let k = 0; k < colors; k++) data[t + k] = numbers[at + k];
    data[t + colors] = max;
  }
  return { ...raster, data };
}

/** Premultiplied numbers as straight ones. */
function divided({ data: old, colors, max }) {
  const data = old.slice();
  const half = max === 1 ? 0 : 0.5;
  for (let at = 0; at < data.length; at += colors + 1) {
    const alpha = data[at + colors];
    for (let k = at; k < at + colors && alpha > 0; k++) {
      data[k] = Math.min(max, (data[k] * max) / alpha + half);
    }
  }
  return data;
}

// ps-reference/media/imaging.md, "Value range": the type of the array sets the depth.
function depthOf(buffer) {
  if (buffer instanceof Uint8Array) return 8;
  if (buffer instanceof Uint16Array) return 16;
  if (buffer instanceof Float32Array) return 32;
  throw new HostError("Accepted types are Uint8Array, Uint16Array and Float32Array");
}

const COMPONENTS = { RGB: [3, 4], Grayscale: [1, 2], Lab: [3, 4] };

/** What createImageDataFromBuffer makes of a buffer: a PhotoshopImageData's values (imaging.md). */
function made(buffer, options) {
  const { width, height, components, colorSpace, colorProfile = "", chunky = true } = options;
  const depth = depthOf(buffer);
  if (!COMPONENTS[colorSpace].includes(components)) {
    throw new HostError(`${colorSpace} can't have ${components} components`);
  }
  // "The number of elements in imageData must be equal to: width * height * components."
  if (!(width > 0 && height > 0) || buffer.length !== width * height * components) {
    const needed = width * height * components;
    throw new HostError(`The buffer has ${buffer.length} elements where ${needed} are needed`);
  }
  const data = ranged(chunky ? buffer.slice() : chunkyFrom(buffer, components), depth, options);
  return { width, height, components, componentSize: depth, colorSpace, colorProfile, data };
}

function chunkyFrom(buffer, components) {
  const pixels = buffer.length / components;
  return buffer.map((_, at) => buffer[(at % components) * pixels + Math.floor(at / components)]);
}

/** 16 bits in 0..32768. [infer] What lies above is refused, so that a forgotten fullRange shows. */
function ranged(data, depth, { fullRange = false }) {
  if (depth !== 16) return data;
  for (let at = 0; at < data.length; at++) {
    if (fullRange) data[at] = (data[at] * 32768) / 65535 + 0.5;
    else if (data[at] > 32768) throw new HostError("A component lies above 32768");
  }
  return data;
}

/** A layer's pixels after new ones came: alone, or over those that were there. */
function written(document, node, raster, replace) {
  if (node.background) {
    // [infer] A Background layer has no transparency: what is missing is white.
    const old = replace ? null : node.raster;
    const whole = matted(crop(raster, document.box), raster.max);
    return old ? overwritten(crop(old, document.box), matted(raster, raster.max)) : whole;
  }
  if (replace || !node.raster) return raster;
  return overwritten(crop(node.raster, unite(boxOf(node.raster), boxOf(raster))), raster);
}

/** [infer] "The new pixels are added to the existing pixel content": they take its place. */
function overwritten(old, raster) {
  const size = raster.colors + 1;
  for (let y = 0; y < raster.height; y++) {
    const row = y + raster.top - old.top;
    if (row < 0 || row >= old.height) continue;
    const from = Math.max(0, old.left - raster.left);
    const to = Math.min(raster.width, old.left + old.width - raster.left);
    if (to <= from) continue;
    const source = raster.data.subarray(
      (y * raster.width + from) * size,
      (y * raster.width + to) * size,
    );
    old.data.set(source, (row * old.width + from + raster.left - old.left) * size);
  }
  return old;
}

/** Scaled to a size of which one dimension may be missing ("scaled proportionally"). */
function resized(raster, size) {
  if (!size) return raster;
  const width = Math.round(size.width || (raster.width * size.height) / raster.height);
  const height = Math.round(size.height || (raster.height * size.width) / raster.width);
  const components = raster.colors + 1;
  const data = new raster.data.constructor(width * height * components);
  for (let at = 0; at < width * height; at++) {
    const x = Math.floor((((at % width) + 0.5) * raster.width) / width);
    const y = Math.floor(((Math.floor(at / width) + 0.5) * raster.height) / height);
    const from = (y * raster.width + x) * components;
    data.set(raster.data.subarray(from, from + components), at * components);
  }
  return { ...raster, width, height, data };
}

module.exports = { made, packed, rasterOf, resized, written };
