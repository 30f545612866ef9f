"use strict";

// `require("photoshop").imaging`, as ps-reference/media/imaging.md has it.

const { HostError } = require("./host.js");
const { PhotoshopImageData } = require("./image_data.js");
const { LINEAR, fits, inDepth, inProfile, ownProfile } = require("./profiles.js");
const { makeMask } = require("./selection.js");
const { boxOf, contentOf, crop, intersect, isEmpty, isOpaque, matted } = require("./raster.js");
const { made, packed, rasterOf, resized, written } = require("./pixels.js");

// What Photoshop says of a depth that it can't give (zombieyang/sd-ppp issue #90).
const BAD_DEPTH = "Photoshop Error. Code: -1";
const UNKNOWN_PROFILE = -26120;
const SPACES = ["RGB", "Grayscale", "Lab"];

/** "If missing, or negative, then the source is the active document" (imaging.md). */
function documentOf(host, id) {
  const document = id === undefined || id < 0 ? host.active : host.document(id);
  if (!document) throw new HostError("The document does not exist");
  return document;
}

/** `colorSpace` "can be" one of these (imaging.md). */
function requireSpace(space) {
  if (!SPACES.includes(space)) throw new HostError(`The color space "${space}" is not supported`);
}

/** [infer] That a profile which is not installed is an error, and its number. */
function requireProfile(space, name) {
  if (fits(space, name)) return;
  throw new HostError(`The color profile "${name}" is not known`, UNKNOWN_PROFILE);
}

/** Bounds by right and bottom or by width and height; imaging.md allows both forms. */
function boxFrom(bounds) {
  const { left, top } = bounds;
  const right = bounds.right === undefined ? left + bounds.width : bounds.right;
  const bottom = bounds.bottom === undefined ? top + bounds.height : bounds.bottom;
  const box = { left, top, right, bottom };
  if (!Object.values(box).every(Number.isFinite)) throw new HostError("The bounds are incomplete");
  return box;
}

/**
 * What is asked for: the picture that is seen, or one layer without its opacity and mode [infer].
 */
function sourceOf(host, document, layerID) {
  if (layerID === undefined) {
    const raster = document.drawn();
    return { raster, hasAlpha: !isOpaque(raster) };
  }
  const node = document.node(layerID);
  if (node.children) {
    if (!host.options.groupPixels) throw new HostError("The layer has no pixels");
    return { raster: document.drawnAlone(layerID), hasAlpha: true };
  }
  if (!node.raster) throw new HostError("The layer has no pixels");
  return { raster: node.raster, hasAlpha: !node.background };
}

/**
 * "Trimmed to only that region that contains pixel data." [infer] Where there is none, it throws.
 */
function trimmed(raster, bounds) {
  const asked = bounds ? intersect(boxFrom(bounds), boxOf(raster)) : boxOf(raster);
  const part = isEmpty(asked) ? null : bounds ? crop(raster, asked) : raster;
  const content = part && contentOf(part);
  if (!content) throw new HostError("The requested region is empty");
  const whole =
    part.width === content.right - content.left && part.height === content.bottom - content.top;
  return whole ? part : crop(part, content);
}

/**
 * The depth of what is given; 8 of a document of 16 bits is refused since 25.5 (sd-ppp's changelog,
 * 1.7.1).
 */
function depthFor(host, document, asked = -1) {
  const depth = asked === -1 ? document.depth : asked;
  const refused = depth === 8 && document.depth > 8 && host.since("25.5");
  if (refused || ![8, 16, 32].includes(depth)) throw new HostError(BAD_DEPTH, -1);
  return depth;
}

/**
 * Where pixels lie that were given. A layer's without sourceBounds are told as the layer's own,
 * from 0, 0 (a plugin's author warns of it).
 */
function boundsOf(part, { layerID, sourceBounds }) {
  if (layerID === undefined || sourceBounds) return boxOf(part);
  return { left: 0, top: 0, right: part.width, bottom: part.height };
}

class Imaging {
  constructor(host) {
    this._host = host;
  }

  /** "All Imaging API methods that return pixels are asynchronous": the world goes on meanwhile. */
  async _begin(name) {
    this._host.pixels(`imaging.${name}`);
    await this._host.pause();
  }

  async getPixels(options) {
    await this._begin("getPixels");
    const host = this._host;
    const document = documentOf(host, options.documentID);
    const space = options.colorSpace || document.space;
    requireSpace(space);
    const own = ownProfile(document);
    const profile =
      options.colorProfile || (space === document.space ? own : ownProfile({ space }));
    requireProfile(space, profile);
    const depth = depthFor(host, document, options.componentSize);
    const source = sourceOf(host, document, options.layerID);
    const part = trimmed(source.raster, options.sourceBounds);
    const colored = inProfile(part, own, profile, space === "Grayscale" ? 1 : 3);
    const raster = resized(inDepth(colored, depth), options.targetSize);
    const hasAlpha =
      source.hasAlpha && !options.applyAlpha && (space === "RGB" || host.options.grayAlpha);
    const shown = options.applyAlpha ? matted(raster, raster.max) : raster;
    const imageData = this._make("getPixels", shown, hasAlpha, { space, profile, depth });
    return { imageData, sourceBounds: boundsOf(part, options), level: 0 };
  }

  _make(maker, raster, hasAlpha, { space, profile, depth }) {
    return new PhotoshopImageData(this._host.ledger, maker, {
      width: raster.width,
      height: raster.height,
      components: raster.colors + (hasAlpha ? 1 : 0),
      componentSize: depth,
      colorSpace: space,
      // "When working with 32 bit images, Photoshop will return color profile names that include"
      // this.
      colorProfile: profile + (depth === 32 ? LINEAR : ""),
      data: packed(raster, hasAlpha, this._host.options.alpha === "premultiplied"),
    });
  }

  /** One gray component, in the document's depth [infer]. */
  async getSelection(options = {}) {
    await this._begin("getSelection");
    const document = documentOf(this._host, options.documentID);
    const part = this._selected(document, options.sourceBounds);
    const { data } = inDepth(part, document.depth);
    const imageData = new PhotoshopImageData(this._host.ledger, "getSelection", {
      width: part.width,
      height: part.height,
      components: 1,
      componentSize: document.depth,
      colorSpace: "Grayscale",
      colorProfile: "Gray Gamma 2.2",
      data: data.slice(),
    });
    return { imageData, sourceBounds: boxOf(part) };
  }

  /** [infer] Nothing says what comes where nothing is selected; see `noSelection` in host.js. */
  _selected(document, bounds) {
    if (document.selection) return trimmed(document.selection, bounds);
    if (this._host.options.noSelection === "zeros") return makeMask(document.box, () => 0);
    throw new HostError("There is no selection");
  }

  async createImageDataFromBuffer(buffer, options) {
    await this._begin("createImageDataFromBuffer");
    requireSpace(options.colorSpace);
    if (options.colorProfile) requireProfile(options.colorSpace, options.colorProfile);
    return new PhotoshopImageData(
      this._host.ledger,
      "createImageDataFromBuffer",
      made(buffer, options),
    );
  }

  async putPixels(options) {
    await this._begin("putPixels");
    const document = documentOf(this._host, options.documentID);
    const node = document.node(options.layerID);
    // "The target layer must be a pixel layer."
    if (node.kind !== "pixel") throw new HostError("The target layer is not a pixel layer");
    if (node.allLocked || node.pixelsLocked) throw new HostError("The target layer is locked");
    const { imageData, targetBounds = { left: 0, top: 0 } } = options;
    // [infer] Nothing promises that a depth is converted.
    if (imageData.componentSize !== document.depth) throw new HostError(BAD_DEPTH, -1);
    const raster = this._incoming(document, imageData, targetBounds);
    node.raster = written(document, node, raster, options.replace !== false);
    document.changed(options.commandName || "Put Pixels");
  }

  /** Image data as a raster of a document, at `targetBounds`: "left, top" (imaging.md). */
  _incoming(document, imageData, { left, top }) {
    if (!Number.isInteger(left) || !Number.isInteger(top)) {
      throw new HostError("targetBounds needs left and top");
    }
    const raster = rasterOf(imageData, this._host.options.alpha === "premultiplied");
    const own = ownProfile(document);
    // "If the color profile is empty, then the profile of a target document will be used."
    const profile =
      imageData.colorProfile ||
      (imageData.colorSpace === document.space ? own : ownProfile({ space: imageData.colorSpace }));
    return { ...inProfile(raster, profile, own, document.colors), left, top };
  }
}

/** The object that a plugin sees. */
function makeImaging(host) {
  const imaging = new Imaging(host);
  return {
    getPixels: (options) => imaging.getPixels(options),
    putPixels: (options) => imaging.putPixels(options),
    getSelection: (options) => imaging.getSelection(options),
    createImageDataFromBuffer: (buffer, options) =>
      imaging.createImageDataFromBuffer(buffer, options),
  };
}

module.exports = { makeImaging };
