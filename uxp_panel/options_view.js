"use strict";

// The options of the chosen engine, as the engine describes them, under a line that folds them.

const { Choice, Tick } = require("./choices_view.js");
const {
  block,
  element,
  hostIcon,
  quietButton,
  setAttribute,
  setText,
  setVisible,
} = require("./elements.js");
const { fits } = require("./options.js");
const wording = require("./options_wording.js");

/** @typedef {import("./options.js").OptionValue} OptionValue */
/** @typedef {import("./plugin.js").Plugin} Plugin */
/** @typedef {import("./protocol.js").ChoiceOptionInfo} ChoiceOptionInfo */
/** @typedef {import("./protocol.js").NumberOptionInfo} NumberOptionInfo */
/** @typedef {import("./protocol.js").OptionInfo} OptionInfo */
/** @typedef {import("./protocol.js").SwitchOptionInfo} SwitchOptionInfo */
/** @typedef {(value: OptionValue) => void} Choose */

/** A number to type, which the arrow keys change too; UXP's own number fields refuse good ones. */
class NumberField {
  /**
   * @param {NumberOptionInfo} option
   * @param {Choose} choose
   */
  constructor(option, choose) {
    this._option = option;
    this._choose = choose;
    this._value = NaN;
    /** @type {HTMLElement & {value?: string}} */
    this._field = element("sp-textfield", {
      title: option.help,
      placeholder: option.least_title,
    });
    this._problem = block("text");
    this._field.addEventListener("input", () => this._onInput());
    this._field.addEventListener("change", () => this._write());
    this._field.addEventListener("keydown", (event) => this._onKey(event));
    const row = block("number", block("label", option.title), block("typed", this._field));
    if (option.unit) {
      row.appendChild(block("unit", option.unit));
    }
    this.node = block("part", row, this._problem);
    this._showProblem("");
  }

  /**
   * Show what is chosen now; what is being typed stays.
   * @param {any} value a number
   */
  show(value) {
    if (this._value !== value) {
      this._value = value;
      this._write();
    }
  }

  _onInput() {
    const value = this._typed();
    this._showProblem(value === null ? wording.badNumber(this._option) : "");
    if (value !== null) {
      this._value = value;
      this._choose(value);
    }
  }

  /** @param {KeyboardEvent} event */
  _onKey(event) {
    const { least, most, step } = this._option;
    const steps = { ArrowUp: step, ArrowDown: -step }[event.key];
    if (steps) {
      event.preventDefault();
      this._value = Math.min(Math.max(this._value + steps, least), most);
      this._write();
      this._choose(this._value);
    } else if (event.key === "Enter") {
      this._write();
    }
  }

  /** What is in the field, or null where it is no such number. */
  _typed() {
    const { least, least_title, unit } = this._option;
    const typed = String(this._field.value || "").trim();
    if (!typed) {
      return least_title ? least : null;
    }
    const bare = unit && typed.endsWith(unit) ? typed.slice(0, -unit.length) : typed;
    const value = Number(bare.replace(",", "."));
    return fits(this._option, value) ? value : null;
  }

  /** Let the field say what is chosen. */
  _write() {
    const { least, least_title } = this._option;
    this._field.value = least_title && this._value === least ? "" : String(this._value);
    this._showProblem("");
  }

  /** @param {string} problem one sentence; empty where there is none */
  _showProblem(problem) {
    setText(this._problem, problem);
    if (problem) {
      this._field.setAttribute("invalid", "");
    } else {
      this._field.removeAttribute("invalid");
    }
  }
}

/** One of a few. */
class ChoiceField {
  /**
   * @param {ChoiceOptionInfo} option
   * @param {Choose} choose
   */
  constructor({ title, help, choices }, choose) {
    this._entries = choices.map((choice) => ({ name: choice.value, title: choice.title }));
    this._list = new Choice(title, help, choose);
    this.node = this._list.node;
  }

  /**
   * Show what is chosen now.
   * @param {any} value one of the choices'
   */
  show(value) {
    this._list.show(this._entries, value);
  }
}

/** On or off. */
class SwitchField {
  /**
   * @param {SwitchOptionInfo} option
   * @param {Choose} choose
   */
  constructor({ title, help }, choose) {
    this._tick = new Tick(title, help, choose);
    this.node = block("ticks", this._tick.node);
  }

  /**
   * Show what is chosen now.
   * @param {any} value true or false
   */
  show(value) {
    this._tick.show(true, value);
  }
}

/**
 * @param {OptionInfo} option
 * @param {Choose} choose
 */
function fieldOf(option, choose) {
  switch (option.kind) {
    case "number":
      return new NumberField(option, choose);
    case "choice":
      return new ChoiceField(option, choose);
    case "switch":
      return new SwitchField(option, choose);
  }
}

/** A field for each option; for an engine without options there is nothing to see. */
class OptionsView {
  /** @param {Plugin} plugin */
  constructor(plugin) {
    this._plugin = plugin;
    /** What the fields were made for, as JSON */
    this._made = "[]";
    /** @type {{name: string, field: ReturnType<typeof fieldOf>}[]} */
    this._fields = [];
    this._folded = hostIcon("ChevronRightMedium");
    this._unfolded = hostIcon("ChevronDownMedium");
    this._title = document.createTextNode("");
    const icon = element("div", { class: "icon", slot: "icon" }, this._folded, this._unfolded);
    this._fold = element("sp-action-button", { class: "fold", quiet: "" }, icon, this._title);
    this._fold.addEventListener("click", () =>
      plugin.choose({ showOptions: !plugin.settings.showOptions }),
    );
    this._reset = quietButton("Reset", () => plugin.options.reset());
    setAttribute(this._reset, "title", wording.RESET_TIP);
    setAttribute(this._reset, "class", "reset");
    this._content = block("part");
    this.node = block("options", block("fold-row", this._fold, this._reset), this._content);
  }

  /** Show the state as it is now. */
  refresh() {
    const { options, settings } = this._plugin;
    const { changes, offered, values } = options;
    const { showOptions } = settings;
    this._make(offered);
    this._fields.forEach(({ name, field }) => field.show(values[name]));
    setVisible(this._folded, !showOptions);
    setVisible(this._unfolded, showOptions);
    this._title.data = wording.title(changes);
    setAttribute(this._fold, "title", wording.foldTip(showOptions));
    setVisible(this._reset, changes > 0);
    setVisible(this._content, showOptions);
    setVisible(this.node, offered.length > 0);
  }

  /**
   * Make fields, unless these options have theirs.
   * @param {OptionInfo[]} offered
   */
  _make(offered) {
    const made = JSON.stringify(offered);
    if (made === this._made) {
      return;
    }
    this._made = made;
    this._content.textContent = "";
    this._fields = offered.map((option) => {
      const choose = (/** @type {OptionValue} */ value) =>
        this._plugin.options.choose(option.name, value);
      return { name: option.name, field: fieldOf(option, choose) };
    });
    this._fields.forEach(({ field }) => this._content.appendChild(field.node));
  }
}

module.exports = { OptionsView };
