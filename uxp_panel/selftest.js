"use strict";

// The self-test: what only a real Photoshop can tell, asked of it on scratch documents that are
// closed again. It comes to a short report that can be pasted.

const { VERSION } = require("./protocol.js");
const { payloadOf } = require("./framing.js");
const { HOST_ALPHA, samplesOf } = require("./pixels.js");
const { BLENDINGS, HEIGHT, WIDTH, composite, difference, makeLayers } = require("./specimen.js");
const { BOX, TITLE, TrialDocuments } = require("./trial_documents.js");

const OK = "ok  ";
const ALL_WELL = "All answers are as expected.";
/** What the layers may differ from the picture, in 1/255. */
const LIMIT = 2;
const ON_TOP = /** @type {const} */ ({ placement: "top", replace: false, hideOriginals: true });

/** @typedef {import("photoshop").Document} Document */
/** @typedef {import("photoshop").Layer} Layer */
/** @typedef {import("./canvas.js").Canvas} Canvas */
/** @typedef {import("./canvas.js").CanvasDocument} CanvasDocument */

/** @typedef {import("./trial_documents.js").Finding} Finding */
/** @typedef {() => Promise<Finding>} Question */

class SelfTest {
  /**
   * @param {Canvas} canvas
   * @param {string} machine what the panel runs on, such as "Photoshop 26.9.0, darwin 25.1"
   * @param {Record<string, Question>} others what is asked besides, of others than the canvas
   */
  constructor(canvas, machine, others) {
    this._canvas = canvas;
    this._machine = machine;
    this._trial = new TrialDocuments(canvas);
    this._others = others;
  }

  /**
   * Ask everything; what one question throws is its finding.
   * @param {(name: string) => void} [asking] told each question's name before it is asked
   * @returns {Promise<string>} the report, a line a question
   */
  async run(asking = () => undefined) {
    const front = this._canvas.activeDocument();
    /** @type {string[]} */
    const lines = [];
    for (const [name, question] of Object.entries(this._questions())) {
      asking(name);
      lines.push(await answer(name, question));
    }
    if (front) {
      await this._canvas.activate(front);
    }
    const odd = lines.filter((line) => !line.startsWith(OK)).length;
    const heading = `${TITLE}: panel ${VERSION}, ${this._machine}`;
    return [heading, odd === 0 ? ALL_WELL : lookAt(odd, lines.length), ...lines].join("\n");
  }

  /** @returns {Record<string, Question>} */
  _questions() {
    /** @type {Record<string, Question>} */
    const questions = {
      "alpha, writing": () => this._alphaWritten(),
      "alpha, reading": () => this._alphaRead(),
      "16-bit scale": () => this._sixteenBits(),
      trimming: () => this._trimming(),
      "gray alpha": () => this._grayAlpha(),
    };
    for (const blending of BLENDINGS) {
      for (const [kind, depth, gray] of KINDS) {
        const name = `restacking, ${kind}, ${blending.map(spoken).join(" and ")}`;
        questions[name] = () => this._restacking(blending, depth, gray);
      }
    }
    return {
      ...questions,
      "reading a layer": () => this._layerAlone(),
      "reading without the last group": () => this._withoutGroup(),
      "selection kept": () => this._selection(),
      ...this._others,
    };
  }

  /** How half-transparent pixels that were written look over white: straight is the lighter. */
  async _alphaWritten() {
    return this._trial.inClosing({ depth: 8 }, async (document) => {
      await this._trial.paint(document, document.layers[0], [255, 255, 255, 255]);
      const over = await document.createPixelLayer({ name: "half" });
      await this._trial.paint(document, /** @type {Layer} */ (over), [100, 50, 0, 128]);
      const [red] = (await this._trial.read(document)).data;
      return conventionOf(red, 177, 227);
    });
  }

  /** What pixels are read as that are half transparent, as their layer is. */
  async _alphaRead() {
    return this._trial.inClosing({ depth: 8 }, async (document) => {
      const [layer] = document.layers;
      await this._trial.paint(document, layer, [200, 100, 50, 255]);
      layer.opacity = 50;
      const [red] = (await this._trial.read(document)).data;
      return conventionOf(red, 200, 100);
    });
  }

  /** Whether full range goes both ways, and what it is without. */
  async _sixteenBits() {
    return this._trial.inClosing({ depth: 16 }, async (document) => {
      await this._trial.paint(document, document.layers[0], [65535, 32768, 257, 65535]);
      const full = Array.from((await this._trial.read(document)).data.slice(0, 3));
      const bare = await this._trial.read(document, {}, { chunky: true, fullRange: false });
      const near = [65535, 32768, 257].every((value, at) => Math.abs(value - full[at]) <= 2);
      return {
        expected: near,
        text: `65535, 32768, 257 are ${full}; bare ${bare.data.slice(0, 3)}`,
      };
    });
  }

  /** What is returned of a document that is painted in one box only, and of an opaque one. */
  async _trimming() {
    return this._trial.inClosing({ depth: 8 }, async (document) => {
      const [layer] = document.layers;
      await this._trial.paint(document, layer, [9, 9, 9, 255]);
      const part = await this._trial.read(document);
      await this._trial.paint(document, layer, [9, 9, 9, 255], {
        left: 0,
        top: 0,
        width: WIDTH,
        height: HEIGHT,
      });
      const whole = await this._trial.read(document);
      const text = [part, whole].map(describe).join("; all opaque: ");
      return { expected: part.left === BOX.left && part.width === BOX.width, text };
    });
  }

  /** How many components half-transparent gray is read as. */
  async _grayAlpha() {
    return this._trial.inClosing({ depth: 8, gray: true }, async (document) => {
      await this._trial.paint(document, document.layers[0], [100, 128], BOX, "Grayscale");
      const gray = await this._trial.read(document, { colorSpace: "Grayscale" });
      const colored = await this._trial.read(document, { colorSpace: "RGB" });
      const alpha = gray.components === 2 ? gray.data[1] : colored.data[3];
      const text = `${gray.components} as gray, ${colored.components} as RGB, alpha ${alpha}`;
      return { expected: Math.abs(alpha - 128) <= 1 && gray.data[0] === 100, text };
    });
  }

  /**
   * Known layers placed by the panel itself: how far Photoshop's picture of them is off, whether
   * they lie as they should, and whether one step back takes them away.
   * @param {string[]} blending
   * @param {8 | 16} depth
   * @param {boolean} gray
   */
  async _restacking(blending, depth, gray) {
    const layers = makeLayers(blending, depth, gray);
    return this._trial.inOpen({ depth, gray }, async (handle, document) => {
      const picture = await handle.read("document");
      const before = samplesOf(payloadOf(picture.message), depth);
      const states = document.historyStates.length;
      await handle.place(layers, picture, TITLE, ON_TOP, () => false);
      const after = samplesOf(await look(handle), depth);
      const off = difference(composite(layers, depth), after);
      const order = Array.from(document.layers[0].layers || [], (layer) => layer.name).reverse();
      const ordered = layers.every((layer, index) => layer.name === order[index]);
      const added = document.historyStates.length - states;
      const undone = await this._undoOne(handle, document, before);
      const wrong = [
        !ordered && `order ${order.join(", ")}`,
        added !== 1 && `${added} history states`,
        !undone && "undo does not restore the picture",
      ].filter(Boolean);
      const text = [`at most ${off.toFixed(2)}/255 off`, ...wrong].join("; ");
      return { expected: off <= LIMIT && wrong.length === 0, text };
    });
  }

  /**
   * @param {CanvasDocument} handle
   * @param {Document} document
   * @param {Uint8Array | Uint16Array} before
   */
  async _undoOne(handle, document, before) {
    await this._canvas.perform({
      name: TITLE,
      failing: "Photoshop can’t go back in the history",
      work: async () => {
        const states = document.historyStates;
        document.activeHistoryState = states[states.length - 2];
        document.layers[0].visible = true; // going back need not show what was hidden
      },
    });
    const after = samplesOf(await look(handle), before instanceof Uint8Array ? 8 : 16);
    return before.every((value, at) => value === after[at]);
  }

  /** Whether the active layer can be read by way of a scratch document. */
  async _layerAlone() {
    return this._trial.inOpen({ depth: 8, gray: false }, async (handle) => {
      const whole = await look(handle);
      const { message } = await handle.read("layer");
      const alone = payloadOf(message);
      const same = whole.every((value, at) => value === alone[at]);
      return { expected: same, text: same ? "as it is" : "not as it is" };
    });
  }

  /** Whether the picture can be read without the group that it replaces, and leave no trace of that. */
  async _withoutGroup() {
    const layers = makeLayers(BLENDINGS[0], 8, false);
    return this._trial.inOpen({ depth: 8, gray: false }, async (handle, document) => {
      const picture = await handle.read("document");
      await handle.place(layers, picture, TITLE, ON_TOP, () => false);
      const states = document.historyStates.length;
      const { message } = await handle.read("document", { placement: "top", replace: true });
      const wanted = payloadOf(picture.message);
      const same = payloadOf(message).every((value, at) => value === wanted[at]);
      const [group, original] = document.layers;
      const traces = [
        !same && "not the picture before",
        document.historyStates.length !== states && "a history state more",
        !(group.visible && !original.visible) && "the eyes are not as they were",
      ].filter(Boolean);
      return { expected: traces.length === 0, text: traces.join("; ") || "leaves no trace" };
    });
  }

  /** Whether a selection cuts what is placed, and whether it stays. */
  async _selection() {
    const layers = makeLayers(BLENDINGS[0], 8, false);
    return this._trial.inOpen({ depth: 8, gray: false }, async (handle, document) => {
      const { selection } = document;
      if (!selection) {
        return { expected: true, text: "can’t be tested before Photoshop 25" };
      }
      const picture = await handle.read("document");
      const box = { left: 2, top: 2, right: 12, bottom: 10 };
      await this._canvas.perform({
        name: TITLE,
        failing: "Photoshop can’t select",
        work: () => selection.selectRectangle(box),
      });
      await handle.place(layers, picture, TITLE, ON_TOP, () => false);
      const off = difference(composite(layers, 8), await look(handle));
      const { bounds } = selection;
      const kept = bounds !== null && bounds.left === box.left && bounds.bottom === box.bottom;
      const text = `at most ${off.toFixed(2)}/255 off; it ${kept ? "stays" : "does not stay"}`;
      return { expected: off <= LIMIT && kept, text };
    });
  }
}

/** @type {[string, 8 | 16, boolean][]} Documents in which layers are placed */
const KINDS = [
  ["RGB 8 bit", 8, false],
  ["RGB 16 bit", 16, false],
  ["gray 8 bit", 8, true],
];

/**
 * @param {string} name
 * @param {Question} question
 */
async function answer(name, question) {
  try {
    const { expected, text } = await question();
    return `${expected ? OK : "LOOK"}  ${name}: ${text}`;
  } catch (error) {
    return `FAIL  ${name}: ${error instanceof Error ? error.message : error}`;
  }
}

/**
 * @param {number} odd
 * @param {number} all
 */
function lookAt(odd, all) {
  return `${odd} of ${all} answers are not as expected; please report them.`;
}

/**
 * A blend mode as artists call it.
 * @param {string} mode
 */
function spoken(mode) {
  return mode === "linear-dodge" ? "add" : mode;
}

/**
 * What a document looks like to the panel.
 * @param {CanvasDocument} handle
 */
async function look(handle) {
  return payloadOf((await handle.read("document")).message);
}

/**
 * @param {number} red as it was found
 * @param {number} straight what it is if alpha is straight
 * @param {number} premultiplied what it is if alpha is premultiplied
 * @returns {Finding}
 */
function conventionOf(red, straight, premultiplied) {
  const near = (/** @type {number} */ value) => Math.abs(red - value) <= 2;
  const found = near(straight) ? "straight" : near(premultiplied) ? "premultiplied" : "unknown";
  return { expected: found === HOST_ALPHA, text: `${found} (${red})` };
}

/** @param {{left: number, top: number, width: number, height: number, components: number}} found */
function describe({ left, top, width, height, components }) {
  return `${width}x${height} at ${left},${top}, ${components} components`;
}

module.exports = { SelfTest };
