"use strict";

// The self-test: what it does, how far it is, and its report.

const { block, button, setLine, setReady, setText } = require("./elements.js");
const { MessageView } = require("./message_view.js");
const wording = require("./wording.js");

/** @typedef {import("./plugin.js").Plugin} Plugin */

class SelfTestView {
  /** @param {Plugin} plugin */
  constructor(plugin) {
    this._plugin = plugin;
    this._start = button("Start", "cta", () => plugin.selfTest());
    this._whyNot = block("text");
    this._question = block("line detail");
    this._report = new MessageView(plugin, "notice", () => plugin.trial.dismiss());
    this.node = block(
      "part",
      block("text", wording.TEST),
      block("wide", this._start),
      this._whyNot,
      this._question,
      this._report.node,
    );
  }

  /** Show the state as it is now. */
  refresh() {
    const whyNot = this._plugin.whyNotTest();
    const { question, report } = this._plugin.trial;
    setReady(this._start, !whyNot);
    setText(this._whyNot, whyNot);
    setLine(this._question, question);
    this._report.show(report);
  }
}

module.exports = { SelfTestView };
