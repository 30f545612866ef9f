"use strict";

// A desk for tests of the canvas: pictures, layers that add up to them, and how they are compared.

const assert = require("node:assert/strict");

const { openCanvas } = require("../../uxp_panel/canvas.js");
const { payloadOf } = require("../../uxp_panel/framing.js");
const { Refusal } = require("../../uxp_panel/picture.js");
const { samplesOf } = require("../../uxp_panel/pixels.js");
const { FakePhotoshop } = require("./fake_photoshop/index.js");

const NEVER = () => false;
const ON_TOP = { placement: "top", replace: false, hideOriginals: false };

/** A fake Photoshop and the panel's canvas on it; pauses take no time. */
function sitDown(options = {}) {
  const fake = new FakePhotoshop(options);
  const pauses = [];
  const pause = async (milliseconds) => void pauses.push(milliseconds);
  return { fake, pauses, canvas: openCanvas(fake.photoshop, fake.version, pause) };
}

/** A small painting, R G B A: full of colours, some of it transparent or half so where `soft`. */
function painting(width, height, { depth = 8, soft = true, gray = false } = {}) {
  const full = depth === 8 ? 255 : 65535;
  const pixels = new (depth === 8 ? Uint8Array : Uint16Array)(width * height * 4);
  for (let at = 0; at < pixels.length; at += 4) {
    const step = at / 4;
    const color = (offset) => Math.round((((step * 37 + offset * 91) % 256) / 255) * full);
    const alpha = soft ? [1, 1, 0.5, 0, 1, 0.2][(step + (step >> 3)) % 6] : 1;
    const rgb = gray ? [color(0), color(0), color(0)] : [color(0), color(1), color(2)];
    pixels.set(alpha === 0 ? [0, 0, 0, 0] : [...rgb, Math.round(alpha * full)], at);
  }
  return pixels;
}

/** Pixels with their first channel and their alpha only, as a gray document has them. */
function grayOf(pixels) {
  return pixels.filter((_, at) => at % 4 === 0 || at % 4 === 3);
}

/**
 * Four layers, bottom first, that add up to a picture: opaque pixels from a flat colour that is
 * too bright, darkened and lightened to what they were; every fifth one is a line.
 */
function stackFor(picture) {
  const source = samplesOf(payloadOf(picture.message), picture.depth);
  const full = picture.depth === 8 ? 255 : 65535;
  const layers = ["flat_color", "shadow", "highlight", "line_art"].map(
    () => new source.constructor(source.length),
  );
  for (let at = 0; at < source.length; at += 4) {
    const pixel = source.subarray(at, at + 4);
    const parts =
      pixel[3] < full ? [pixel] : at % 20 === 0 ? [pixel, , , pixel] : shaded(pixel, full);
    parts.forEach((part, index) => part && layers[index].set(part, at));
  }
  const names = ["Flat Color", "Shadow", "Highlight", "Line Art"];
  const modes = ["normal", "multiply", "lighten", "normal"];
  const roles = ["flat_color", "shadow", "highlight", "line_art"];
  return layers.map((samples, index) => ({
    role: roles[index],
    name: names[index],
    blendMode: modes[index],
    ...cropped(samples, picture),
  }));
}

function shaded(pixel, full) {
  const [flat, shadow, highlight] = [0, 1, 2].map(() => [0, 0, 0, full]);
  for (let channel = 0; channel < 3; channel += 1) {
    const value = pixel[channel];
    flat[channel] = Math.min(full, value + Math.round(full / 4));
    shadow[channel] = Math.floor((value / flat[channel]) * full);
    highlight[channel] = value;
  }
  return [flat, shadow, highlight];
}

/** The box of what is not transparent and its bytes, at an odd offset as in a message. */
function cropped(samples, { width, height }) {
  const xs = [];
  const ys = [];
  for (let at = 3; at < samples.length; at += 4) {
    if (samples[at] > 0) {
      xs.push(((at - 3) / 4) % width);
      ys.push(Math.floor((at - 3) / 4 / width));
    }
  }
  if (xs.length === 0) {
    return { x: 0, y: 0, width: 0, height: 0, pixels: new Uint8Array(0) };
  }
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  const box = { x, y, width: Math.max(...xs) - x + 1, height: Math.max(...ys) - y + 1 };
  const rows = [];
  for (let row = y; row < y + box.height; row += 1) {
    const from = (row * width + x) * 4;
    rows.push(...samples.subarray(from, from + box.width * 4));
  }
  const bytes = new Uint8Array(samples.constructor.from(rows).buffer);
  const message = new Uint8Array(bytes.length + 1);
  message.set(bytes, 1);
  assert.ok(height > 0);
  return { ...box, pixels: message.subarray(1) };
}

/**
 * How much two renderings differ at most: alpha and premultiplied colour, in 1/255.
 * @param {(pixel: number) => boolean} [counts] whether a pixel is looked at
 */
function difference(one, other, counts = () => true) {
  assert.deepEqual([one.width, one.height, one.depth], [other.width, other.height, other.depth]);
  const full = one.depth === 8 ? 255 : 65535;
  let worst = 0;
  for (let at = 0; at < one.data.length; at += 4) {
    if (!counts(at / 4)) continue;
    const [a, b] = [one.data[at + 3], other.data[at + 3]];
    worst = Math.max(worst, Math.abs(a - b));
    for (let channel = at; channel < at + 3; channel += 1) {
      worst = Math.max(worst, Math.abs(one.data[channel] * a - other.data[channel] * b) / full);
    }
  }
  return (worst / full) * 255;
}

/** Which pixels of a rendering are opaque. */
function opaqueIn({ data, depth }) {
  const full = depth === 8 ? 255 : 65535;
  return (pixel) => data[pixel * 4 + 3] === full;
}

/** All that an artist could notice of a document. */
function stateOf(fake, document) {
  return {
    look: fake.render(document),
    tree: fake.tree(document),
    clipped: clippedIn(document.layers),
    active: document.activeLayers.map((layer) => layer.id),
    selection: document.selection && document.selection.bounds,
    history: fake.history(document),
  };
}

function clippedIn(layers) {
  return layers.flatMap((layer) => [
    ...(layer.isClippingMask ? [layer.name] : []),
    ...clippedIn(layer.layers || []),
  ]);
}

/** The sentence with which the canvas refuses. */
async function refusal(promise) {
  const error = await promise.then(
    () => assert.fail("it was not refused"),
    (reason) => reason,
  );
  assert.ok(error instanceof Refusal, String(error.stack));
  assert.match(error.message, /^[^\n]+\.$/);
  return error.message;
}

/** The pixels of a picture, as samples. */
function pixelsOf(picture) {
  return samplesOf(payloadOf(picture.message), picture.depth);
}

/** The names of the layers, top first, with those of groups inside. */
function names(layers) {
  return layers.map((layer) => (layer.layers ? { [layer.name]: names(layer.layers) } : layer.name));
}

/** What a document of that size is described with: a layer that covers it. */
const SIZE = { width: 16, height: 12 };
const layer = (name, more) => ({ name, ...SIZE, pixels: painting(16, 12), ...more });

/** A seat at which a document "figure" lies open. */
function opened(options, ...layers) {
  const seat = sitDown(options);
  return { ...seat, document: seat.fake.openDocument({ title: "figure", ...SIZE, layers }) };
}

/** Read the active document, place its layers, and say what came of it. */
async function place({ fake, canvas }, choices = {}, scope = "document") {
  const handle = canvas.activeDocument();
  const how = { ...ON_TOP, ...choices };
  const picture = await handle.read(scope, how);
  const layers = stackFor(picture);
  const title = `Layers: ${handle.title}`;
  const notice = await handle.place(layers, picture, title, how, NEVER);
  assert.deepEqual(fake.leaks(), []);
  return { picture, layers, notice };
}

const OURS = ["Line Art", "Highlight", "Shadow", "Flat Color"];
const GROUP = { "Layers: figure": OURS };

module.exports = {
  GROUP,
  NEVER,
  ON_TOP,
  OURS,
  SIZE,
  difference,
  grayOf,
  layer,
  names,
  opaqueIn,
  opened,
  painting,
  pixelsOf,
  place,
  refusal,
  sitDown,
  stackFor,
  stateOf,
};
