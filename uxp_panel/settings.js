"use strict";

// What the artist has chosen, kept as one JSON text in the panel's local storage.

const { DEFAULT_COMPOSITION, DEFAULT_ENGINE, DEFAULT_PORT } = require("./protocol.js");

const KEY = "layer-bridge settings";
const MIN_PORT = 1024;
const MAX_PORT = 65535;
/** Of an engine or a composition: it has to fit into a message, and into a list. */
const LONGEST_NAME = 60;

/** What is decomposed. */
const SCOPES = /** @type {const} */ (["document", "layer", "selection"]);
/** Where the layers go. */
const PLACEMENTS = /** @type {const} */ (["top", "above_active", "new_document"]);

/**
 * All choices.
 * @typedef {object} Settings
 * @property {number} port Of the server on this computer, 1024 to 65535
 * @property {string} engine
 * @property {string} composition
 * @property {typeof SCOPES[number]} scope
 * @property {typeof PLACEMENTS[number]} placement
 * @property {boolean} hideOriginals Whether the layers that were decomposed are hidden as theirs
 *   come
 * @property {{[engine: string]: unknown}} options engine -> name -> value, where another than the
 *   engine's default was chosen
 * @property {boolean} showOptions Whether the engine's options are shown, or only that there are some
 */

/** @type {Readonly<Settings>} */
const DEFAULTS = Object.freeze({
  port: DEFAULT_PORT,
  engine: DEFAULT_ENGINE,
  composition: DEFAULT_COMPOSITION,
  scope: "document",
  placement: "top",
  hideOriginals: false,
  options: Object.freeze({}),
  showOptions: false,
});

/** @type {Record<keyof Settings, (value: unknown) => boolean>} */
const FITS = {
  port: isPort,
  engine: isName,
  composition: isName,
  scope: (value) => SCOPES.some((scope) => scope === value),
  placement: (value) => PLACEMENTS.some((placement) => placement === value),
  hideOriginals: (value) => typeof value === "boolean",
  options: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  showOptions: (value) => typeof value === "boolean",
};

/**
 * Read the settings; what is missing or cannot be understood has its default.
 * @param {Pick<Storage, "getItem">} storage
 * @returns {Settings}
 */
function loadSettings(storage) {
  const fitting = Object.entries(FITS);
  const kept = read(storage);
  const known = fitting.filter(([name, fits]) => fits(kept[name])).map(([name]) => name);
  return { ...DEFAULTS, ...Object.fromEntries(known.map((name) => [name, kept[name]])) };
}

/**
 * Keep the settings.
 * @param {Pick<Storage, "setItem">} storage
 * @param {Settings} settings
 * @throws {Error} the storage does not take them
 */
function saveSettings(storage, settings) {
  storage.setItem(KEY, JSON.stringify(settings));
}

/**
 * What was typed, as a port.
 * @param {string} typed
 * @returns {number | null} 1024 to 65535; null if it is none
 */
function readPort(typed) {
  const digits = typed.trim();
  return /^\d+$/.test(digits) && isPort(Number(digits)) ? Number(digits) : null;
}

/**
 * @param {Pick<Storage, "getItem">} storage
 * @returns {Record<string, unknown>}
 */
function read(storage) {
  try {
    return Object(JSON.parse(storage.getItem(KEY) || "{}"));
  } catch (error) {
    return {};
  }
}

/** @param {unknown} value */
function isPort(value) {
  return Number.isInteger(value) && Number(value) >= MIN_PORT && Number(value) <= MAX_PORT;
}

/** @param {unknown} value */
function isName(value) {
  return typeof value === "string" && value !== "" && value.length <= LONGEST_NAME;
}

module.exports = { DEFAULTS, KEY, PLACEMENTS, SCOPES, loadSettings, readPort, saveSettings };
