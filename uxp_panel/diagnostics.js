"use strict";

// A report for a bug thread: versions, state and the end of the log, without anything private.

const { optionsOf, valuesOf } = require("./options.js");
const { PROTOCOL_VERSION, VERSION } = require("./protocol.js");

const LOG_LINES = 200;
/** A comment on GitHub holds 65,536. */
const MAX_CHARACTERS = 60000;
/** Shorter titles tell nobody anything, and stand in many other words. */
const MIN_TITLE = 3;

/** @typedef {import("./protocol.js").Welcome} Welcome */
/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./settings.js").Settings} Settings */

/** What happened lately, in memory only; no title, layer, folder or file of the artist's is in it. */
class Log {
  /** @param {() => Date} [now] */
  constructor(now = () => new Date()) {
    this._now = now;
    /** @type {string[]} The last lines, oldest first */
    this.lines = [];
  }

  /**
   * @param {string} text
   * @param {string} [title] of the document that it is about
   */
  add(text, title = "") {
    const anonymous = title.length < MIN_TITLE ? text : text.split(title).join("…");
    this._keep([`${this._now().toISOString()} ${withoutPaths(withoutNames(anonymous))}`]);
  }

  /**
   * A fault of ours, with the place in the code where it came up.
   * @param {unknown} error that was thrown
   * @param {string} [title] of the document that it is about
   */
  fault(error, title = "") {
    this.add(`fault ${error}`, title);
    const stack = ((error instanceof Error && error.stack) || "").split("\n");
    this._keep(stack.filter((line) => /^\s*at /.test(line)).map(withoutFolders));
  }

  /** @param {string[]} lines */
  _keep(lines) {
    this.lines = [...this.lines, ...lines].slice(-LOG_LINES);
  }
}

/**
 * The text that "Copy Diagnostics" puts on the clipboard.
 * @param {string} hostVersion of Photoshop
 * @param {Settings} settings
 * @param {Session} session
 * @param {Log} log
 * @returns {string} at most 60,000 characters
 */
function report(hostVersion, settings, session, log) {
  const { port, engine, composition, scope, placement, hideOriginals } = settings;
  const choices = [engine, composition, scope, placement];
  const lines = [
    "Layer Bridge diagnostics",
    `panel ${VERSION}, protocol ${PROTOCOL_VERSION}`,
    `Photoshop ${hostVersion}`,
    `connection: ${session.state} ${withoutPaths(session.reason)}`.trim(),
    ...serverLines(session.welcome),
    `port: ${port}`,
    `choices: ${choices.join(", ")}${hideOriginals ? ", originals hidden" : ""}`,
    optionsLine(settings, session.welcome),
    "",
    "log:",
  ];
  const room = lines.reduce((left, line) => left - line.length - 1, MAX_CHARACTERS);
  return [...lines, ...tail(log.lines, room)].join("\n");
}

/**
 * @param {Welcome | null} welcome
 * @returns {string[]}
 */
function serverLines(welcome) {
  if (welcome === null) {
    return ["server: none"];
  }
  const engines = welcome.engines.map(
    ({ name, ready, detail }) => `${name} (${ready ? "ready" : withoutPaths(detail)})`,
  );
  return [`server ${welcome.server_version}`, `engines: ${engines.join(", ")}`];
}

/**
 * @param {Settings} settings
 * @param {Welcome | null} welcome
 */
function optionsLine({ engine, options }, welcome) {
  const values = Object.entries(valuesOf(optionsOf(welcome, engine), options[engine]));
  return `options: ${values.map(([name, value]) => `${name} ${value}`).join(", ") || "none"}`;
}

/**
 * The last lines that fit.
 * @param {string[]} lines
 * @param {number} room characters
 */
function tail(lines, room) {
  let left = room;
  let first = lines.length;
  while (first > 0 && left > lines[first - 1].length) {
    first -= 1;
    left -= lines[first].length + 1;
  }
  return lines.slice(first);
}

/**
 * A text in which whatever our sentences quote is "…": it may be a name that the artist gave, with
 * quotes in it.
 * @param {string} text
 * @returns {string}
 */
function withoutNames(text) {
  const shorter = text.replace(/“[^“”]*”/g, "…");
  return shorter === text ? text : withoutNames(shorter);
}

/**
 * A text in which every path, with all folders in it, is "…".
 * @param {string} text
 */
function withoutPaths(text) {
  return text.replace(/([A-Za-z]:|~)?[\\/].*[\\/][^\s"”)]*/g, "…");
}

/**
 * A line of a stack with the file's bare name.
 * @param {string} line
 */
function withoutFolders(line) {
  return line.replace(/(\(|at )[^(]*[\\/]/, "$1");
}

module.exports = { LOG_LINES, Log, MAX_CHARACTERS, report };
