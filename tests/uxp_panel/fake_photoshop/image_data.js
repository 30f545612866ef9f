"use strict";

// PhotoshopImageData (ps-reference/media/imaging.md), and the ledger of those that are held.

const { HostError } = require("./host.js");

const FORMATS = {
  RGB: ["RGB", "RGBA"],
  Grayscale: ["Grayscale", "GrayscaleAlpha"],
  Lab: ["LAB", "LABAlpha"],
};

/** Which image data a plugin holds, and how many bytes that is. */
class Ledger {
  constructor() {
    this.held = new Set();
    this.bytes = 0;
    this.mostBytes = 0;
  }

  add(imageData, bytes) {
    this.held.add(imageData);
    this.bytes += bytes;
    this.mostBytes = Math.max(this.mostBytes, this.bytes);
  }

  remove(imageData, bytes) {
    if (this.held.delete(imageData)) this.bytes -= bytes;
  }
}

class PhotoshopImageData {
  /**
   * @param values width, height, components, componentSize, colorSpace, colorProfile, and `data`:
   *   chunky numbers in the host's own range.
   */
  constructor(ledger, maker, values) {
    const { data, ...shown } = values;
    Object.assign(this, shown);
    this.hasAlpha = values.components % 2 === 0;
    this.pixelFormat = FORMATS[values.colorSpace][this.hasAlpha ? 1 : 0];
    // The table says `isChunky`; the types of @adobe-uxp-types/photoshop say `chunky`.
    this.isChunky = true;
    this.type = "image/uncompressed";
    Object.defineProperty(this, "_ledger", { value: ledger });
    Object.defineProperty(this, "_data", { value: data, writable: true });
    Object.defineProperty(this, "maker", { value: maker });
    ledger.add(this, data.byteLength);
  }

  /** The numbers, for the host's own use; `dispose` "will release" them (imaging.md). */
  numbers() {
    if (this._data === null) throw new HostError("The image data was disposed");
    return this._data;
  }

  /** "The default value is true" of chunky, "false" of fullRange, which is for 16 bits only. */
  async getData(options = {}) {
    const { chunky = true, fullRange = false } = options;
    let data = this.numbers().slice();
    if (fullRange && this.componentSize === 16) {
      for (let at = 0; at < data.length; at++) data[at] = (data[at] * 65535) / 32768 + 0.5;
    }
    if (!chunky) data = planar(data, this.components);
    return data;
  }

  /** [infer] Twice is a fault: nothing says that it is allowed. */
  dispose() {
    if (this._data === null) throw new HostError("The image data was disposed already");
    this._ledger.remove(this, this._data.byteLength);
    this._data = null;
  }
}

function planar(data, components) {
  const pixels = data.length / components;
  return data.map((_, at) => data[(at % pixels) * components + Math.floor(at / pixels)]);
}

module.exports = { Ledger, PhotoshopImageData, planar };
