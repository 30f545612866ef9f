// @ts-check
"use strict";

// The fake Photoshop held against Adobe's declarations by TypeScript; nothing runs this. What the
// fake invented, and what is a promise in only one of the two, is an error here.

const constants = require("./fake_photoshop/constants.js");
const { Document } = require("./fake_photoshop/document.js");
const { FakePhotoshop } = require("./fake_photoshop/index.js");
const { Layer } = require("./fake_photoshop/layer.js");

/** @typedef {typeof import("photoshop")} Adobe */
/** @typedef {FakePhotoshop["photoshop"]} Ours */

/**
 * Names of the fake that Photoshop has not; what begins with `_` is for the fake itself.
 * @template Fake, Real
 * @typedef {Exclude<keyof Fake, keyof Real | `_${string}`>} Invented
 */

/**
 * Methods that are a promise in only one of the two.
 * @template Fake, Real
 * @typedef {{[Name in keyof Fake & keyof Real]: Real[Name] extends (...args: any[]) => infer Answer
 *   ? Fake[Name] extends (...args: any[]) => infer Given
 *     ? [Given extends Promise<any> ? 1 : 0] extends [Answer extends Promise<any> ? 1 : 0]
 *       ? never
 *       : Name
 *     : Name
 *   : never}[keyof Fake & keyof Real]} Untimely
 */

/**
 * @template Fake, Real
 * @typedef {Invented<Fake, Real> | Untimely<Fake, Real>} Wrong
 */

/** @type {(name: Wrong<Document, import("photoshop").Document>) => never} */
exports.document = (name) => name;
/** @type {(name: Wrong<Layer, import("photoshop").Layer>) => never} */
exports.layer = (name) => name;
/** @type {(name: Wrong<Ours["app"], Adobe["app"]>) => never} */
exports.app = (name) => name;
/** @type {(name: Wrong<Ours["core"], Adobe["core"]>) => never} */
exports.core = (name) => name;
/** @type {(name: Wrong<Ours["imaging"], Adobe["imaging"]>) => never} */
exports.imaging = (name) => name;
/** @type {(name: Wrong<Ours["action"], Adobe["action"]>) => never} */
exports.action = (name) => name;
/** @type {(name: Invented<typeof constants, Adobe["constants"]>) => never} */
exports.constants = (name) => name;
/** @type {(name: Invented<typeof constants.BlendMode, typeof import("photoshop").constants.BlendMode>) => never} */
exports.blendMode = (name) => name;
