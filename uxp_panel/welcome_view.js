"use strict";

// What the artist sees while no server is there: how to start one, and how to connect.

const { CommandView } = require("./command_view.js");
const { block, button, quietButton, setText, setVisible } = require("./elements.js");
const { State } = require("./session.js");
const wording = require("./wording.js");

/** The most that a remedy takes. */
const STEPS = 3;

/** @typedef {import("./plugin.js").Plugin} Plugin */

/** One step of a remedy, with the command that it takes. */
class StepView {
  /** @param {Plugin} plugin */
  constructor(plugin) {
    this._text = block("text");
    this._command = new CommandView(plugin);
    this.node = block("part", this._text, this._command.node);
  }

  /** @param {{text: string, command: string}} step */
  show({ text, command }) {
    setText(this._text, text);
    this._command.show(command);
  }
}

/** The first thing that an artist sees. */
class WelcomeView {
  /**
   * @param {Plugin} plugin
   * @param {{showSettings: () => void, showHelp: () => void}} page
   */
  constructor(plugin, page) {
    this._plugin = plugin;
    this._text = block("text");
    this._reason = block("text");
    this._steps = Array.from({ length: STEPS }, () => new StepView(plugin));
    const connect = button("Connect", "cta", () => plugin.connectToServer());
    const links = block(
      "links",
      quietButton("Help", () => page.showHelp()),
      quietButton("Settings", () => page.showSettings()),
    );
    this.node = block(
      "part",
      this._text,
      this._reason,
      ...this._steps.map((step) => step.node),
      block("wide", connect),
      links,
    );
  }

  /** Show the state as it is now. */
  refresh() {
    const { session, settings } = this._plugin;
    setVisible(this.node, session.state !== State.READY);
    if (session.state === State.READY) {
      return;
    }
    setText(this._text, session.state === State.REFUSED ? wording.UNFIT : wording.WELCOME);
    setText(this._reason, session.reason);
    const remedy = wording.remedy(session, settings.port);
    this._steps.forEach((step, at) => step.show(remedy[at] || { text: "", command: "" }));
  }
}

module.exports = { WelcomeView };
