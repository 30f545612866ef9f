"use strict";

// Messages written and read: what is asked for, and what comes back, checked before it is used.

const { MessageError, fields, list, number, text, whole } = require("./header_fields.js");
const { readOptions } = require("./options.js");
const { BLEND_MODES, LAYER_ROLES, PROTOCOL_VERSION, VERSION } = require("./protocol.js");

/** How much a server may miss a picture by, in 1/255, by the picture's bits a channel. */
const MAX_ERROR = { 8: 2, 16: (2 * 255) / 1023 };
/** Of rounding, where a server has come just to the limit. */
const ROUNDING = 1e-6;

/** @typedef {import("./framing.js").Header} Header */
/** @typedef {import("./jobs.js").Job} Job */
/** @typedef {import("./picture.js").Size} Size */

/**
 * One layer: a box of pixels in the picture.
 * @typedef {object} Layer
 * @property {string} role
 * @property {string} name As hosts show it
 * @property {string} blendMode As on the wire
 * @property {number} x Left edge in the picture, pixels
 * @property {number} y Top edge in the picture, pixels
 * @property {number} width Pixels; 0 for an empty layer
 * @property {number} height Pixels; 0 for an empty layer
 * @property {Uint8Array} pixels The box's rows, R G B A; a view into the message, at any offset
 */

/** The layers of a result do not add up to the picture, as the server itself says. */
class QualityError extends Error {
  /** @param {number} maxError in 1/255 */
  constructor(maxError) {
    super(`the layers miss the picture by ${maxError}/255`);
    this.name = "QualityError";
    this.maxError = maxError;
  }
}

/**
 * The header of the first message.
 * @returns {import("./protocol.js").Hello}
 */
const helloHeader = () => ({
  type: "hello",
  protocol: PROTOCOL_VERSION,
  client: "photoshop",
  client_version: VERSION,
});

/** @typedef {Pick<Job["request"], "engine" | "composition" | "options">} Asked */

/**
 * The header that asks for a job, with the whole picture as its payload.
 * @param {{id: string, request: Asked}} job
 * @param {Size} size
 * @returns {import("./protocol.js").Decompose}
 */
function decomposeHeader(job, { width, height, depth }) {
  const { engine, composition, options } = job.request;
  return {
    type: "decompose",
    job: job.id,
    engine,
    composition,
    width,
    height,
    depth,
    image: { x: 0, y: 0, width, height, offset: 0, length: (width * height * 4 * depth) / 8 },
    // An engine without options may be an earlier server's, which refuses to hear of any.
    ...(Object.keys(options).length ? { options } : {}),
  };
}

/**
 * A welcome with what this panel uses of it.
 * @param {Header} header
 * @returns {import("./protocol.js").Welcome}
 * @throws {MessageError} it is not what the protocol says
 */
function readWelcome(header) {
  const limits = fields(header.limits);
  return {
    type: "welcome",
    protocol: whole(header.protocol),
    server_version: text(header.server_version),
    engines: list(header.engines).map(fields).map(readEngine),
    compositions: list(header.compositions).map(text),
    limits: { max_pixels: whole(limits.max_pixels), max_jobs: whole(limits.max_jobs) },
  };
}

/**
 * @param {Header} engine
 * @returns {import("./protocol.js").EngineInfo}
 */
function readEngine({ name, ready, detail, options = [] }) {
  return {
    name: text(name),
    ready: ready === true,
    detail: text(detail),
    options: readOptions(options),
  };
}

/**
 * A progress with what this panel uses of it.
 * @param {Header} header
 * @returns {{stage: string, fraction: number, queuePosition: number, remainingS: number | null}}
 * @throws {MessageError} it is not what the protocol says
 */
function readProgress(header) {
  return {
    stage: text(header.stage),
    fraction: number(header.fraction),
    queuePosition: whole(header.queue_position),
    remainingS: header.remaining_s === null ? null : number(header.remaining_s),
  };
}

/**
 * How well a `result` restacks.
 * @param {Header} header
 * @param {Pick<Size, "depth">} picture
 * @returns {{psnrDb: number, maxError: number}} dB; in 1/255
 * @throws {MessageError} it does not say
 * @throws {QualityError} not well enough
 */
function qualityOf(header, { depth }) {
  const { psnr_db, max_error } = fields(header.reconstruction);
  const maxError = number(max_error);
  if (maxError > MAX_ERROR[depth] + ROUNDING) {
    throw new QualityError(maxError);
  }
  return { psnrDb: number(psnr_db), maxError };
}

/**
 * The layers of a `result`, bottom first.
 * @param {Header} header
 * @param {Uint8Array} payload
 * @param {Size} size of the picture that was sent
 * @returns {Layer[]}
 * @throws {MessageError} they are not one of each role, in order, or a layer does not lie in the
 *   picture or in the payload, or has a blend mode that this version does not know
 */
function layersOf(header, payload, size) {
  const { width, height, depth } = size;
  if (header.width !== width || header.height !== height || header.depth !== depth) {
    throw new MessageError("the layers are of another size than the picture");
  }
  const layers = list(header.layers).map((blob) => layerOf(fields(blob), payload, size));
  const roles = layers.map(({ role }) => role);
  if (roles.join() !== LAYER_ROLES.join()) {
    throw new MessageError(`the layers are ${roles}`);
  }
  return layers;
}

/**
 * @param {Header} blob
 * @param {Uint8Array} payload
 * @param {Size} size
 * @returns {Layer}
 */
function layerOf(blob, payload, size) {
  const [role, name, blendMode] = [blob.role, blob.name, blob.blend_mode].map(text);
  const image = fields(blob.image);
  const [x, y, width, height] = [image.x, image.y, image.width, image.height].map(whole);
  const [offset, length] = [image.offset, image.length].map(whole);
  if (!BLEND_MODES.includes(blendMode)) {
    throw new MessageError(`a layer's blend mode is ${blendMode}`);
  }
  if (x + width > size.width || y + height > size.height) {
    throw new MessageError("a layer does not lie in the picture");
  }
  if (length !== (width * height * 4 * size.depth) / 8 || offset + length > payload.length) {
    throw new MessageError("a layer's pixels do not lie in the message");
  }
  const pixels = payload.subarray(offset, offset + length);
  return { role, name, blendMode, x, y, width, height, pixels };
}

module.exports = {
  MessageError,
  QualityError,
  decomposeHeader,
  helloHeader,
  layersOf,
  qualityOf,
  readProgress,
  readWelcome,
  text,
};
