"use strict";

// The fields of a message's header, checked as they are read.

/** Of a text that is shown, as many as the panel has room for. */
const LONGEST_TEXT = 300;

/** @typedef {import("./framing.js").Header} Header */

/** A message is not what the protocol says. */
class MessageError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "MessageError";
  }
}

/**
 * @param {unknown} value
 * @returns {string} one line, at most 300 characters
 */
function text(value) {
  const given = typeof value === "string" ? value : refuse(value, "text");
  const line = given.replace(/[\s\u0000-\u001f\u007f]+/g, " ").trim();
  const isLong = line.length > LONGEST_TEXT;
  return isLong ? line.slice(0, LONGEST_TEXT - 1).replace(/[\ud800-\udbff]$/, "") + "…" : line;
}

/**
 * @param {unknown} value
 * @returns {number} finite
 */
function real(value) {
  const fits = typeof value === "number" && Number.isFinite(value);
  return fits ? value : refuse(value, "a number");
}

/**
 * @param {unknown} value
 * @returns {number} finite, 0 or more
 */
function number(value) {
  const found = real(value);
  return found >= 0 ? found : refuse(value, "a number from 0");
}

/**
 * @param {unknown} value
 * @returns {number} 0 or more
 */
function whole(value) {
  const count = number(value);
  return Number.isSafeInteger(count) ? count : refuse(value, "a whole number");
}

/**
 * @param {unknown} value
 * @returns {unknown[]}
 */
function list(value) {
  return Array.isArray(value) ? value : refuse(value, "a list");
}

/**
 * @param {unknown} value
 * @returns {Header}
 */
function fields(value) {
  return typeof value === "object" && value !== null
    ? /** @type {Header} */ (value)
    : refuse(value, "an object");
}

/**
 * @param {unknown} value
 * @param {string} expected
 * @returns {never}
 */
function refuse(value, expected) {
  throw new MessageError(`${JSON.stringify(value)} is not ${expected}`);
}

module.exports = { MessageError, fields, list, number, real, text, whole };
