"use strict";

// What the artist works with: the connection, the choices, the run and what came of it.

const { ChoicesView } = require("./choices_view.js");
const { block, button, setAttribute, setReady, setText, setVisible } = require("./elements.js");
const { MessageView } = require("./message_view.js");
const { OptionsView } = require("./options_view.js");
const { ProgressView } = require("./progress_view.js");
const { State } = require("./session.js");
const { WelcomeView } = require("./welcome_view.js");
const wording = require("./wording.js");

/** @typedef {import("./plugin.js").Plugin} Plugin */

/** What happens and what came of it stand above the choices, where a low panel shows them. */
class PanelView {
  /**
   * @param {Plugin} plugin
   * @param {{showSettings: () => void, showHelp: () => void}} page
   */
  constructor(plugin, page) {
    this._plugin = plugin;
    this._dot = block("status-dot");
    this._status = block("text status-text");
    this._versionNotice = new MessageView(plugin, "notice", () =>
      plugin.notices.dismissVersions(plugin.session),
    );
    this._welcome = new WelcomeView(plugin, page);
    this._choices = new ChoicesView(plugin);
    this._options = new OptionsView(plugin);
    this._how = block("part", this._choices.node, this._options.node);
    this._decompose = button("Decompose", "cta", () => plugin.decompose());
    this._all = button("", "secondary", () => plugin.decomposeAll());
    this._buttons = block("part", block("wide", this._decompose), block("wide", this._all));
    this._whyNot = block("text");
    this._progress = new ProgressView(plugin);
    this._error = new MessageView(plugin, "error", () => plugin.dismissError());
    this._notice = new MessageView(plugin, "notice", () => plugin.notices.dismiss());
    this._summary = block("text outcome");
    this._again = button("Insert Again", "secondary", () => plugin.insertAgain());
    this._againRow = block("wide", this._again);
    this.node = block(
      "part",
      block("status", this._dot, this._status),
      this._versionNotice.node,
      this._progress.node,
      this._error.node,
      this._notice.node,
      this._summary,
      this._welcome.node,
      this._how,
      this._buttons,
      this._againRow,
      this._whyNot,
    );
  }

  /** Show the state as it is now. */
  refresh() {
    const { session, address, error, notices, summary } = this._plugin;
    const isReady = session.state === State.READY;
    setAttribute(this._dot, "class", `status-dot ${session.state}`);
    setText(this._status, wording.status(session, address));
    this._versionNotice.show(notices.ofVersions(session));
    this._welcome.refresh();
    setVisible(this._how, isReady);
    this._choices.refresh();
    this._options.refresh();
    setVisible(this._buttons, isReady);
    this._refreshButtons();
    this._progress.refresh();
    this._error.show(error);
    this._notice.show(notices.text);
    setText(this._summary, summary);
    this._refreshAgain();
  }

  _refreshButtons() {
    const plugin = this._plugin;
    const whyNot = plugin.whyNot();
    const whyNotAll = plugin.whyNotAll();
    const isReady = plugin.session.state === State.READY;
    setText(this._whyNot, isReady && !plugin.session.run ? whyNot : "");
    setReady(this._decompose, !whyNot);
    setAttribute(this._decompose, "variant", whyNot ? "secondary" : "cta");
    setAttribute(this._decompose, "title", whyNot || wording.DECOMPOSE_TIP);
    setReady(this._all, !whyNotAll);
    setText(this._all, `All Open Documents (${plugin.openCount})`);
    setAttribute(this._all, "title", whyNotAll || wording.ALL_TIP);
  }

  _refreshAgain() {
    const { inserting, last, offersAgain, offersReplace, replace, trial } = this._plugin;
    setReady(this._again, !inserting && !trial.question);
    setVisible(this._againRow, offersAgain);
    if (last) {
      const tip = wording.againTip(last.request.title, replace && offersReplace);
      setAttribute(this._again, "title", trial.question ? wording.TESTING : tip);
    }
  }
}

module.exports = { PanelView };
