"use strict";

// Documents as a test describes them: no rule of Photoshop's.

const { DocumentMode } = require("./constants.js");
const { OpenDocument } = require("./open_document.js");
const { inDepth, ownProfile } = require("./profiles.js");
const { ARRAYS, LARGEST } = require("./raster.js");

/**
 * @typedef {{left?: number, top?: number, width: number, height: number,
 *   pixels: Uint8Array | Uint16Array | Float32Array}} Pixels R G B A (gray and alpha in a document
 *   of gray), straight: bytes, 0..65535, or floats. They are converted to the document's depth.
 *
 * @typedef {Partial<Pixels> & {name?: string, kind?: string, blendMode?: string, opacity?: number,
 *   visible?: boolean, allLocked?: boolean, clipped?: boolean, background?: boolean,
 *   expanded?: boolean, layers?: LayerDescription[], active?: boolean}} LayerDescription
 *   Such as `{name: "Ink", width: 4, height: 4, pixels}`, or a group: `{name: "All", layers:
 * [...]}`.
 */

/**
 * Open a document.
 *
 * @param description title, width, height, mode ("RGB" if missing), depth (8), profile (the working
 *   one; null for none), resolution, layers (top first), or instead of layers `pixels`: one layer,
 *   which is the Background layer where `background` says so.
 */
function openDocument(host, description) {
  const { title = "Untitled-1", width, height, depth = 8, resolution = 300 } = description;
  const mode = DocumentMode[(description.mode || "RGB").toUpperCase()];
  const open = new OpenDocument(host, {
    title,
    width,
    height,
    mode,
    depth,
    resolution,
    profile: null,
  });
  const { profile = ownProfile({ profile: null, space: open.space }) } = description;
  open.profile = profile;
  open.nodes = described(description).map((layer) => nodeOf(open, layer));
  if (open.activeIds.length === 0 && open.nodes.length > 0) open.activeIds = [open.nodes[0].id];
  open.begin("Open");
  host.add(open);
  return open;
}

function described({ layers, pixels, width, height, background = false }) {
  if (layers) return layers;
  const name = background ? "Background" : "Layer 1";
  return pixels ? [{ name, width, height, pixels, background }] : [];
}

function nodeOf(open, layer) {
  const { left = 0, top = 0, width, height, pixels, layers, active, ...look } = layer;
  const node = open.makeNode({ ...look, ...(layers ? { kind: "group" } : {}) });
  if (layers) node.children = layers.map((child) => nodeOf(open, child));
  else if (pixels) node.raster = rasterFrom(open, { left, top, width, height, pixels });
  if (active) open.activeIds.push(node.id);
  return node;
}

function rasterFrom(open, { left, top, width, height, pixels }) {
  const { colors, depth } = open;
  if (pixels.length !== width * height * (colors + 1)) {
    throw new Error(`a layer has ${pixels.length} numbers, not ${width * height * (colors + 1)}`);
  }
  const full = pixels instanceof Uint16Array ? 65535 : pixels instanceof Float32Array ? 1 : 255;
  const raster = { left, top, width, height, colors, max: full, data: pixels };
  if (full === LARGEST[depth]) return { ...raster, data: ARRAYS[depth].from(pixels) };
  return inDepth(raster, depth);
}

module.exports = { openDocument };
