"use strict";

// How far the run is, with Cancel beside it.

const { block, button, element, setAttribute, setLine, setVisible } = require("./elements.js");
const wording = require("./wording.js");

/** @typedef {import("./plugin.js").Plugin} Plugin */

const STEPS = 1000;

/** A bar for the whole run, and what happens just now. */
class ProgressView {
  /** @param {Plugin} plugin */
  constructor(plugin) {
    this._plugin = plugin;
    this._document = block("line");
    this._bar = element("sp-progressbar", { max: String(STEPS), value: "0" });
    this._stage = block("line detail");
    this._cancel = button("Cancel", "secondary", () => plugin.cancel());
    const row = block("progress-row", block("progress-bar", this._bar), this._cancel);
    this.node = block("part", this._document, row, this._stage);
  }

  /** Show the state as it is now. */
  refresh() {
    const run = this._plugin.session.run;
    const job = run && run.current;
    setVisible(this.node, Boolean(job));
    if (!run || !job) {
      return;
    }
    setLine(this._document, wording.placeInRun(run));
    setLine(this._stage, wording.stage(job));
    setAttribute(this._bar, "value", String(Math.round(run.fraction * STEPS)));
    setAttribute(this._cancel, "title", wording.cancelTip(run));
  }
}

module.exports = { ProgressView };
