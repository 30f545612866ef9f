"use strict";

// Bytes of a message: a length, a JSON header, and pixels after it; no knowledge of messages.
//
//     u32, little-endian: length of the header in bytes | header: UTF-8 JSON object | payload
//
// One such message is one binary WebSocket message. UXP takes a message as one buffer, so pixels
// are written once, straight into the message that goes out: the header gets its place in front of
// them first and is filled up with spaces, which JSON allows. UXP is not known to have a
// TextDecoder, so text is read with what JavaScript itself has.

const { MAX_HEADER_BYTES, PREFIX_BYTES } = require("./protocol.js");

/** What prefix and header of a message with pixels take, bytes; even, for views of 16 bits. */
const HEAD_ROOM = 4096;

/** How each byte stands in a URI, whose decoder is JavaScript's own strict reader of UTF-8. */
const PERCENT = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).padStart(2, "0")}`);

/** @typedef {Record<string, unknown>} Header */

/** The bytes are not a message, or a header cannot be one; the text says why. */
class FrameError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "FrameError";
  }
}

/**
 * A message without a payload.
 * @param {object} header
 * @returns {Uint8Array}
 * @throws {FrameError} the header is too long, or has a number that JSON lacks
 */
function pack(header) {
  const json = toJson(header, MAX_HEADER_BYTES);
  const message = new Uint8Array(PREFIX_BYTES + json.length);
  writeHead(message, json);
  return message;
}

/**
 * A message with a payload of zeros, to be written through `payloadOf` and then sealed.
 * @param {number} payloadBytes
 * @returns {Uint8Array}
 */
function makeMessage(payloadBytes) {
  return new Uint8Array(HEAD_ROOM + payloadBytes);
}

/**
 * The payload of a message of `makeMessage`: a view, not a copy.
 * @param {Uint8Array} message
 * @returns {Uint8Array}
 */
function payloadOf(message) {
  return message.subarray(HEAD_ROOM);
}

/**
 * Write the header of a message of `makeMessage`; after that it can be sent.
 * @param {Uint8Array} message
 * @param {object} header
 * @throws {FrameError} the header does not go into its place, or has a number that JSON lacks
 */
function seal(message, header) {
  const room = HEAD_ROOM - PREFIX_BYTES;
  writeHead(message, toJson(header, room).padEnd(room));
}

/**
 * Take a message apart into its header and its payload (a view, not a copy).
 * @param {ArrayBuffer | Uint8Array} message
 * @returns {{header: Header, payload: Uint8Array}}
 * @throws {FrameError} the bytes are not a message
 */
function unpack(message) {
  const bytes = message instanceof Uint8Array ? message : new Uint8Array(message);
  if (bytes.length < PREFIX_BYTES) {
    throw new FrameError(`the message is ${bytes.length} bytes, shorter than its prefix`);
  }
  const length = prefixOf(bytes).getUint32(0, true);
  if (length > MAX_HEADER_BYTES) {
    throw new FrameError(`the header claims ${length} bytes, over ${MAX_HEADER_BYTES}`);
  }
  const end = PREFIX_BYTES + length;
  if (bytes.length < end) {
    throw new FrameError(`the header claims ${length} bytes, the message ends before`);
  }
  return { header: parseHeader(bytes.subarray(PREFIX_BYTES, end)), payload: bytes.subarray(end) };
}

/** @param {Uint8Array} message */
function prefixOf(message) {
  return new DataView(message.buffer, message.byteOffset, PREFIX_BYTES);
}

/**
 * @param {Uint8Array} message
 * @param {string} json
 */
function writeHead(message, json) {
  prefixOf(message).setUint32(0, json.length, true);
  for (let at = 0; at < json.length; at += 1) {
    message[PREFIX_BYTES + at] = json.charCodeAt(at);
  }
}

/**
 * ASCII only, so that any decoder can read it and a character is a byte.
 * @param {object} header
 * @param {number} limit in bytes
 */
function toJson(header, limit) {
  const json = JSON.stringify(header, refuseNonFinite).replace(/[\u007f-\uffff]/g, escaped);
  if (json.length > limit) {
    throw new FrameError(`the header is ${json.length} bytes, over ${limit}`);
  }
  return json;
}

/**
 * `JSON.stringify` would write null for it.
 * @param {string} name
 * @param {unknown} value
 */
function refuseNonFinite(name, value) {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new FrameError(`${name} is ${value}, which JSON lacks`);
  }
  return value;
}

/** @param {string} unit of UTF-16 */
function escaped(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/**
 * @param {Uint8Array} body
 * @returns {Header}
 */
function parseHeader(body) {
  const header = parseJson(body);
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    throw new FrameError("the header is not a JSON object");
  }
  return /** @type {Header} */ (header);
}

/**
 * @param {Uint8Array} body
 * @returns {unknown}
 */
function parseJson(body) {
  try {
    return JSON.parse(decodeURIComponent(Array.from(body, (byte) => PERCENT[byte]).join("")));
  } catch (error) {
    throw new FrameError(`the header is not JSON: ${error}`);
  }
}

module.exports = { FrameError, HEAD_ROOM, makeMessage, pack, payloadOf, seal, unpack };
