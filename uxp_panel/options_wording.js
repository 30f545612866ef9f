"use strict";

// What the panel says of an engine's options beside the words that the engine brings.

const { isWhole } = require("./options.js");

const RESET_TIP = "Give every option its default";

/**
 * The line above the options; it tells of changes even while they are folded.
 * @param {number} changes how many options are not as the engine would have them
 */
function title(changes) {
  return changes > 0 ? `Options (${changes} changed)` : "Options";
}

/**
 * What a click on that line does.
 * @param {boolean} shown
 */
function foldTip(shown) {
  return shown ? "Hide the engine’s options" : "Show the engine’s options";
}

/**
 * What was typed is no value of the option.
 * @param {import("./protocol.js").NumberOptionInfo} option
 */
function badNumber(option) {
  const kind = isWhole(option) ? "whole number" : "number";
  return `Type a ${kind} from ${option.least} to ${option.most}.`;
}

module.exports = { RESET_TIP, badNumber, foldTip, title };
