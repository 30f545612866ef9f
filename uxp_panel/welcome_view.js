"use strict";

// What the artist sees while no server is there: how to start one, and how to connect.

const { CommandView } = require("./command_view.js");
const { block, button, quietButton, setText, setVisible } = require("./elements.js");
const { State } = require("./session.js");
const wording = require("./wording.js");

/** @typedef {import("./plugin.js").Plugin} Plugin */

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
    this._advice = block("text");
    this._command = new CommandView(plugin);
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
      this._advice,
      this._command.node,
      block("wide", connect),
      links,
    );
  }

  /** Show the state as it is now. */
  refresh() {
    const session = this._plugin.session;
    setVisible(this.node, session.state !== State.READY);
    if (session.state === State.READY) {
      return;
    }
    const refused = session.state === State.REFUSED;
    setText(this._text, refused ? wording.UNFIT : wording.WELCOME);
    setText(this._reason, session.reason);
    setText(this._advice, wording.startAdvice(refused));
    this._command.show(refused ? wording.UPDATE_PLUGIN : this._plugin.serverCommand());
  }
}

module.exports = { WelcomeView };
