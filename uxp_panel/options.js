"use strict";

// What the engines let an artist choose: as the server describes it, and as it was chosen here.

const { fields, list, real, text } = require("./header_fields.js");

/** @typedef {import("./header_fields.js").Header} Header */
/** @typedef {import("./protocol.js").NumberOptionInfo} NumberOptionInfo */
/** @typedef {import("./protocol.js").OptionInfo} OptionInfo */
/** @typedef {import("./protocol.js").Welcome} Welcome */
/** @typedef {boolean | number | string} OptionValue */
/** @typedef {{[name: string]: OptionValue}} OptionValues a value for each option, by its name */

/** @type {{[kind: string]: (told: Header) => OptionInfo}} */
const READERS = {
  number: (told) => ({
    ...words(told),
    kind: "number",
    default: real(told.default),
    least: real(told.least),
    most: real(told.most),
    step: real(told.step),
    unit: text(told.unit),
    least_title: text(told.least_title),
  }),
  choice: (told) => ({
    ...words(told),
    kind: "choice",
    default: text(told.default),
    choices: list(told.choices)
      .map(fields)
      .map(({ value, title }) => ({ value: text(value), title: text(title) })),
  }),
  switch: (told) => ({ ...words(told), kind: "switch", default: told.default === true }),
};

/** @param {Header} told */
function words({ name, title, help }) {
  return { name: text(name), title: text(title), help: text(help) };
}

/**
 * An engine's options, from a welcome; kinds that this panel does not know are passed over.
 * @param {unknown} listed
 * @returns {OptionInfo[]}
 * @throws {import("./header_fields.js").MessageError} they are not what the protocol says
 */
function readOptions(listed) {
  const options = list(listed).map(fields);
  return options
    .filter(({ kind }) => Object.keys(READERS).includes(text(kind)))
    .map((told) => READERS[text(told.kind)](told));
}

/**
 * What can be chosen of an engine; nothing without a server, or where the server lacks it.
 * @param {Welcome | null} welcome
 * @param {string} engine
 * @returns {OptionInfo[]}
 */
function optionsOf(welcome, engine) {
  const engines = welcome ? welcome.engines : [];
  const info = engines.find(({ name }) => name === engine);
  return info ? info.options : [];
}

/**
 * A value for each option: the kept one where it fits what the engine offers now.
 * @param {OptionInfo[]} options of one engine
 * @param {unknown} kept name -> value, from the settings; whatever does not fit is passed over
 * @returns {OptionValues}
 */
function valuesOf(options, kept) {
  const chosen = Object(kept);
  return Object.fromEntries(
    options.map((option) => {
      const value = chosen[option.name];
      return [option.name, fits(option, value) ? value : option.default];
    }),
  );
}

/**
 * Whether an option can have a value.
 * @param {OptionInfo} option
 * @param {unknown} value
 */
function fits(option, value) {
  if (option.kind === "switch") {
    return typeof value === "boolean";
  }
  if (option.kind === "choice") {
    return option.choices.some((choice) => choice.value === value);
  }
  const isWithin = typeof value === "number" && value >= option.least && value <= option.most;
  return isWithin && (!isWhole(option) || Number.isInteger(value));
}

/**
 * Whether a number counts something.
 * @param {NumberOptionInfo} option
 */
function isWhole({ least, step }) {
  return Number.isInteger(least) && Number.isInteger(step);
}

/** The chosen engine's options; what is chosen of each engine is kept in the settings. */
class Options {
  /** @param {Pick<import("./plugin.js").Plugin, "choose" | "session" | "settings">} plugin */
  constructor(plugin) {
    this._plugin = plugin;
  }

  /** As the server describes them. */
  get offered() {
    const { session, settings } = this._plugin;
    return optionsOf(session.welcome, settings.engine);
  }

  /** A value for each. */
  get values() {
    const { engine, options } = this._plugin.settings;
    return valuesOf(this.offered, options[engine]);
  }

  /** How many are not as the engine would have them. */
  get changes() {
    return Object.keys(this._changed(this.values)).length;
  }

  /**
   * The artist has chosen.
   * @param {string} name
   * @param {OptionValue} value
   */
  choose(name, value) {
    this._keep({ ...this.values, [name]: value });
  }

  /** Give every option its default. */
  reset() {
    this._keep({});
  }

  /** @param {OptionValues} values */
  _keep(values) {
    const { engine, options } = this._plugin.settings;
    this._plugin.choose({ options: { ...options, [engine]: this._changed(values) } });
  }

  /** @param {OptionValues} values */
  _changed(values) {
    const changed = this.offered.filter(
      (option) => option.name in values && values[option.name] !== option.default,
    );
    return Object.fromEntries(changed.map(({ name }) => [name, values[name]]));
  }
}

module.exports = { Options, fits, isWhole, optionsOf, readOptions, valuesOf };
