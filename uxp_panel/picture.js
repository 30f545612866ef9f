"use strict";

// What passes between the canvas and the rest of the panel: pictures, refusals, and how a document
// keeps its colours.

/** The color profile of the web, which every Photoshop has. */
const SRGB = "sRGB IEC61966-2.1";

/** Photoshop's word for no profile at all. */
const NO_PROFILE = "None";

/** @typedef {import("photoshop").Document} Document */
/** @typedef {import("photoshop").DocumentMode} DocumentMode */
/** @typedef {typeof import("photoshop").constants} Constants */

/**
 * How a document keeps its colours.
 * @typedef {object} Colors
 * @property {DocumentMode} mode
 * @property {number} bits A channel: 1, 8, 16, or 32 for floats
 * @property {string} profile The name of its color profile; empty without one
 * @property {boolean} gray Whether it is grayscale
 * @property {boolean} own Whether its own numbers are read and written: RGB or gray, 8 or 16 bits
 * @property {string} unfit Why layers don't add up to the picture in it; empty where they do
 */

/**
 * Of a picture: pixels, and bits a channel.
 * @typedef {{width: number, height: number, depth: 8 | 16}} Size
 */

/**
 * What was read, a box of the canvas, without its pixels.
 * @typedef {object} Picture
 * @property {number} width Pixels
 * @property {number} height Pixels
 * @property {8 | 16} depth Bits a channel
 * @property {number} x Left edge on the canvas, pixels; 0 unless the scope is the selection
 * @property {number} y Top edge on the canvas, pixels; 0 unless the scope is the selection
 * @property {{width: number, height: number}} canvas Size of the document when it was read, pixels
 * @property {string} notice What the artist should know about this reading, one sentence, or empty
 * @property {Colors} colors Of the document when it was read
 * @property {number} resolution Of the document, pixels an inch
 * @property {readonly number[]} originals Ids of the layers that these pixels stand for and that
 *   were visible; none of a selection, which is a part
 */

/**
 * A picture as it was read: the payload of `message` is rows of R G B A, straight alpha, 16 bits
 * little-endian.
 * @typedef {Picture & {message: Uint8Array}} ReadPicture
 */

/** Why the canvas can't be read or written, and what to do: one sentence for the artist. */
class Refusal extends Error {
  /** @param {string} sentence */
  constructor(sentence) {
    super(sentence);
    this.name = "Refusal";
  }
}

/** The artist stopped it: with Esc, or with the panel's Cancel. */
class Cancelled extends Error {
  constructor() {
    super("cancelled");
    this.name = "Cancelled";
  }
}

/**
 * Nothing says what Photoshop gives of documents whose numbers are no colours of the usual kind.
 * @param {Document} document
 * @param {string} title what the artist calls it
 * @param {Constants} constants
 * @throws {Refusal} it is one of these
 */
function requireReadable({ mode }, title, { DocumentMode }) {
  const refused = new Map([
    [DocumentMode.BITMAP, "Bitmap"],
    [DocumentMode.DUOTONE, "Duotone"],
    [DocumentMode.INDEXEDCOLOR, "Indexed Color"],
    [DocumentMode.MULTICHANNEL, "Multichannel"],
  ]);
  const name = refused.get(mode);
  if (name) {
    const way = mode === DocumentMode.BITMAP ? "Grayscale" : "RGB Color";
    throw new Refusal(
      `“${title}” is in ${name} mode; choose Image > Mode > ${way} and decompose it again.`,
    );
  }
}

/**
 * How a document keeps its colours.
 * @param {Document} document
 * @param {Constants} constants
 * @returns {Colors}
 */
function colorsOf(document, constants) {
  const { DocumentMode } = constants;
  const { mode } = document;
  const bits = Number(String(document.bitsPerChannel).replace("bitDepth", ""));
  const gray = mode === DocumentMode.GRAYSCALE;
  const integer = bits === 8 || bits === 16;
  const profile = document.colorProfileName || "";
  return {
    mode,
    bits,
    gray,
    profile: profile === NO_PROFILE ? "" : profile,
    own: integer && (gray || mode === DocumentMode.RGB),
    unfit:
      gray || mode === DocumentMode.RGB ? whyDepthUnfit(integer) : whyModeUnfit(mode, DocumentMode),
  };
}

/**
 * @param {DocumentMode} mode
 * @param {Constants["DocumentMode"]} modes
 */
function whyModeUnfit(mode, { CMYK, LAB }) {
  const name = mode === CMYK ? "CMYK" : mode === LAB ? "Lab" : "";
  return name
    ? `is ${name}, and these blend modes look different there`
    : "is neither RGB nor grayscale and can’t show these layers as they are";
}

/** @param {boolean} integer whether the channels are 8 or 16 bits */
function whyDepthUnfit(integer) {
  return integer ? "" : "blends in linear light, where these layers don’t add up to the picture";
}

module.exports = { Cancelled, Refusal, SRGB, colorsOf, requireReadable };
