"use strict";

// The documents that the self-test tries Photoshop on: made, painted and read with nothing between
// them and Photoshop's imaging API.

const { FULL_RANGE, forHost } = require("./pixels.js");
const { BLENDINGS, HEIGHT, WIDTH, makeLayers } = require("./specimen.js");

const TITLE = "Layer Bridge self-test";
const FAILING = "Photoshop can’t do it";
/** A part of the canvas. */
const BOX = { left: 8, top: 4, width: 16, height: 8 };

/** @typedef {import("photoshop").Document} Document */
/** @typedef {import("photoshop").Layer} Layer */
/** @typedef {import("photoshop").ExecutionContext} Context */
/** @typedef {import("./canvas.js").Canvas} Canvas */
/** @typedef {import("./canvas.js").CanvasDocument} CanvasDocument */

/**
 * What a question came to.
 * @typedef {object} Finding
 * @property {boolean} expected Whether the panel relies on it being so
 * @property {string} text
 */
/** @typedef {{left: number, top: number, width: number, height: number}} Bounds */

class TrialDocuments {
  /** @param {Canvas} canvas */
  constructor(canvas) {
    this._canvas = canvas;
    this._photoshop = canvas.photoshop;
  }

  /**
   * Ask something of a document that Photoshop closes at the end.
   * @param {{depth: 8 | 16, gray?: boolean}} kind
   * @param {(document: Document) => Promise<Finding>} ask in a modal scope
   * @returns {Promise<Finding>}
   */
  inClosing(kind, ask) {
    return this._canvas.perform({
      name: TITLE,
      failing: FAILING,
      work: async (context) => ask(await this._make(context, kind)),
    });
  }

  /**
   * Ask something of a document that lies open as an artist's does, with noise on its one layer.
   * @param {{depth: 8 | 16, gray: boolean}} kind
   * @param {(handle: CanvasDocument, document: Document) => Promise<Finding>} ask
   * @returns {Promise<Finding>}
   */
  async inOpen({ depth, gray }, ask) {
    const document = await this._canvas.perform({
      name: TITLE,
      failing: FAILING,
      work: async (context) => {
        const made = await this._make(context, { depth, gray });
        const [{ pixels, width, height }] = makeLayers(BLENDINGS[0], depth, gray);
        const { data } = forHost(pixels, depth, gray);
        const box = { left: 0, top: 0, width, height };
        await this.put(made, made.layers[0], data, box, gray ? "Grayscale" : "RGB");
        await context.hostControl.unregisterAutoCloseDocument(made.id);
        return made;
      },
    });
    try {
      const handle = this._canvas.openDocuments().find(({ id }) => id === document.id);
      return await ask(/** @type {CanvasDocument} */ (handle), document);
    } finally {
      const work = async () => document.closeWithoutSaving();
      await this._canvas.perform({ name: TITLE, failing: FAILING, work });
    }
  }

  /**
   * @param {Context} context
   * @param {{depth: 8 | 16, gray?: boolean}} kind
   */
  _make(context, { depth, gray = false }) {
    const { GRAYSCALE, RGB } = this._photoshop.constants.NewDocumentMode;
    const size = { width: WIDTH, height: HEIGHT, resolution: 72 };
    const options = { name: TITLE, ...size, depth, mode: gray ? GRAYSCALE : RGB, profile: "" };
    return this._canvas.newDocuments.make(context, options);
  }

  /**
   * Fill a box of a layer with one colour.
   * @param {Document} document
   * @param {Layer} layer
   * @param {number[]} color with alpha; over 255 for 16 bits
   * @param {Bounds} [box]
   * @param {string} [colorSpace]
   */
  paint(document, layer, color, box = BOX, colorSpace = "RGB") {
    const Samples = Math.max(...color) > 255 ? Uint16Array : Uint8Array;
    const data = new Samples(box.width * box.height * color.length);
    for (let at = 0; at < data.length; at += color.length) {
      data.set(color, at);
    }
    return this.put(document, layer, data, box, colorSpace);
  }

  /**
   * @param {Document} document
   * @param {Layer} layer
   * @param {Uint8Array | Uint16Array} data
   * @param {Bounds} box
   * @param {string} colorSpace
   */
  async put(document, layer, data, box, colorSpace) {
    const { imaging } = this._photoshop;
    const { width, height } = box;
    const components = data.length / width / height;
    const options = { width, height, components, colorSpace, ...FULL_RANGE };
    const imageData = await imaging.createImageDataFromBuffer(data, options);
    try {
      const target = { documentID: document.id, layerID: layer.id, targetBounds: box };
      await imaging.putPixels({ ...target, imageData });
    } finally {
      imageData.dispose();
    }
  }

  /**
   * What Photoshop returns of a document or of one of its layers.
   * @param {Document} document
   * @param {{layerID?: number, colorSpace?: string}} [what]
   * @param {typeof FULL_RANGE} [range]
   */
  async read(document, what = {}, range = FULL_RANGE) {
    const options = { documentID: document.id, applyAlpha: false, ...what };
    const { imageData, sourceBounds } = await this._photoshop.imaging.getPixels(options);
    try {
      const { width, height, components } = imageData;
      const data = await imageData.getData(range);
      return { left: sourceBounds.left, top: sourceBounds.top, width, height, components, data };
    } finally {
      imageData.dispose();
    }
  }
}

module.exports = { BOX, TrialDocuments, TITLE };
