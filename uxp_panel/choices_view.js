"use strict";

// The choices: what is decomposed, how, and where the layers go.

const { block, element, setVisible } = require("./elements.js");
const { COMPOSITIONS } = require("./protocol.js");
const { PLACEMENTS, SCOPES } = require("./settings.js");
const wording = require("./wording.js");

/** @typedef {import("./plugin.js").Plugin} Plugin */
/** @typedef {import("./settings.js").Settings} Settings */

/**
 * What a list holds.
 * @typedef {{name: string, title: string}} Entry
 */

/** One list with its label. */
class Choice {
  /**
   * @param {string} label
   * @param {string} tip
   * @param {(name: string) => void} onChosen
   */
  constructor(label, tip, onChosen) {
    /** @type {Entry[]} */
    this._entries = [];
    this._menu = element("sp-menu", { slot: "options" });
    /** @type {HTMLElement & {selectedIndex?: number}} */
    this._list = element("sp-dropdown", { title: tip }, this._menu);
    this.node = block("choice", block("label", label), block("list", this._list));
    this._list.addEventListener("change", () => {
      const entry = this._entries[Number(this._list.selectedIndex)];
      if (entry) {
        onChosen(entry.name);
      }
    });
  }

  /**
   * Show what there is to choose from, and what is chosen; one that is not on offer is listed so
   * that it is seen.
   * @param {Entry[]} entries
   * @param {string} chosen
   */
  show(entries, chosen) {
    const known = entries.some(({ name }) => name === chosen);
    this._fill(known ? entries : [...entries, { name: chosen, title: chosen }]);
    const index = this._entries.findIndex(({ name }) => name === chosen);
    if (this._list.selectedIndex !== index) {
      this._list.selectedIndex = index;
    }
  }

  /**
   * A list that is open stays open where its entries stay the same.
   * @param {Entry[]} entries
   */
  _fill(entries) {
    if (JSON.stringify(entries) === JSON.stringify(this._entries)) {
      return;
    }
    this._entries = entries;
    this._menu.textContent = "";
    for (const { title } of entries) {
      this._menu.appendChild(element("sp-menu-item", {}, title));
    }
    this._list.selectedIndex = -1;
  }
}

/** A box to tick. */
class Tick {
  /**
   * @param {string} label
   * @param {string} tip
   * @param {(checked: boolean) => void} onTicked
   */
  constructor(label, tip, onTicked) {
    /** @type {HTMLElement & {checked?: boolean}} */
    this.node = element("sp-checkbox", { title: tip }, label);
    this.node.addEventListener("change", () => onTicked(Boolean(this.node.checked)));
  }

  /**
   * @param {boolean} visible
   * @param {boolean} checked
   */
  show(visible, checked) {
    setVisible(this.node, visible);
    if (Boolean(this.node.checked) !== checked) {
      this.node.checked = checked;
    }
  }
}

/** Four lists, and what happens to the originals and to the last result. */
class ChoicesView {
  /** @param {Plugin} plugin */
  constructor(plugin) {
    this._plugin = plugin;
    this._scope = new Choice("Picture", "What is decomposed", (name) =>
      plugin.choose({ scope: /** @type {Settings["scope"]} */ (name) }),
    );
    this._engine = new Choice("Engine", "Which engine finds the layers", (engine) =>
      plugin.choose({ engine }),
    );
    this._composition = new Choice("Blending", "How the layers mix", (composition) =>
      plugin.choose({ composition }),
    );
    this._placement = new Choice("Insert", "Where the layers go", (name) =>
      plugin.choose({ placement: /** @type {Settings["placement"]} */ (name) }),
    );
    this._hideOriginals = new Tick("Hide the originals", wording.HIDE_TIP, (hideOriginals) =>
      plugin.choose({ hideOriginals }),
    );
    this._replace = new Tick("Replace the last result", wording.REPLACE_TIP, (replace) => {
      plugin.replace = replace;
    });
    this.node = block(
      "part",
      this._scope.node,
      this._engine.node,
      this._composition.node,
      this._placement.node,
      block("ticks", this._hideOriginals.node, this._replace.node),
    );
  }

  /** Show the state as it is now. */
  refresh() {
    const { settings, session, offersReplace, replace } = this._plugin;
    const welcome = session.welcome;
    const engines = welcome ? welcome.engines.map((info) => info.name) : [settings.engine];
    const compositions = welcome ? welcome.compositions : COMPOSITIONS;
    this._scope.show(wording.titled(SCOPES, wording.SCOPES), settings.scope);
    this._engine.show(wording.titled(engines, wording.ENGINES), settings.engine);
    this._composition.show(
      wording.titled(compositions, wording.COMPOSITIONS),
      settings.composition,
    );
    this._placement.show(wording.titled(PLACEMENTS, wording.PLACEMENTS), settings.placement);
    const inDocument = settings.placement !== "new_document";
    this._hideOriginals.show(inDocument, settings.hideOriginals);
    this._replace.show(offersReplace, replace);
  }
}

module.exports = { Choice, ChoicesView, Tick };
