"use strict";

// Stand-ins for Adobe's Spectrum UXP widgets, for a browser: the sizes, colours and behaviour that
// the pictures and pages of uxp-api/reference-spectrum show. They run inside the page.
//
// Adobe's font is narrower: its 14 px are about as wide as 12 px here, so what fits here fits there.

const BLUE = "#1473e6";
const FOCUS = "#378ef0";

const ICONS = {
  CheckmarkMedium: "M3.5 9.5l4 4 7-8.5",
  ChevronDownMedium: "M4 7l5 5 5-5",
  ChevronLeftMedium: "M11 4L6 9l5 5",
  ChevronRightMedium: "M7 4l5 5-5 5",
  CrossMedium: "M5 5l8 8M13 5l-8 8",
};

const BASE = `
  :host { display: inline-flex; box-sizing: border-box; font-size: 12px; }
  :host(:focus) { outline: none; }
  svg { width: 18px; height: 18px; fill: none; stroke: currentColor; stroke-width: 2; }
`;

/** A widget with a shadow tree; one that can be used takes the focus. */
class Widget extends HTMLElement {
  constructor() {
    super();
    const { style, markup } = /** @type {any} */ (this.constructor);
    this.shadow = this.attachShadow({ mode: "open" });
    this.shadow.innerHTML = `<style>${BASE}${style}</style>${markup}`;
  }

  /** @param {string} selector */
  part_(selector) {
    return this.shadow.querySelector(selector);
  }
}

/** Known issue of UXP (uxp-api/known-issues.md): what was disabled once is not reached by Tab. */
class Control extends Widget {
  static get observedAttributes() {
    return ["disabled"];
  }

  connectedCallback() {
    this.tabIndex = 0;
    this.addEventListener("keydown", (event) => this.onKey(event));
  }

  attributeChangedCallback() {
    this.removeAttribute("tabindex");
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.click();
    }
  }
}

class SpButton extends Control {}
SpButton.markup = '<slot name="icon"></slot><slot></slot>';
SpButton.style = `
  :host { align-items: center; justify-content: center; height: 32px; padding: 0 14px;
    border: 2px solid ${BLUE}; border-radius: 16px; background: ${BLUE}; color: #ffffff;
    font-weight: bold; white-space: nowrap; cursor: default; }
  :host([variant="secondary"]) { background: none; border-color: var(--widget-outline);
    color: var(--widget-outline); }
`;

class SpActionButton extends Control {}
SpActionButton.markup = '<slot name="icon"></slot><slot></slot>';
SpActionButton.style = `
  :host { align-items: center; justify-content: center; height: 32px; padding: 0 11px;
    border: 1px solid transparent; border-radius: 4px; background: var(--widget-control);
    color: var(--widget-strongText); white-space: nowrap; cursor: default; }
  :host([quiet]) { background: none; }
`;

class SpIcon extends Widget {
  connectedCallback() {
    const name = String(this.getAttribute("name")).replace("ui:", "");
    if (!(name in ICONS)) {
      throw new Error(`there is no icon ${name} among the stand-ins`);
    }
    this.part_("path").setAttribute("d", ICONS[name]);
  }
}
SpIcon.markup = '<svg viewBox="0 0 18 18"><path></path></svg>';
SpIcon.style = ":host { width: 18px; height: 18px; }";

class SpCheckbox extends Control {
  connectedCallback() {
    super.connectedCallback();
    this.addEventListener("click", () => {
      this.checked = !this.checked;
      this.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  get checked() {
    return this.hasAttribute("checked");
  }

  set checked(checked) {
    this.toggleAttribute("checked", checked);
  }
}
SpCheckbox.markup = `<span class="box"><svg viewBox="0 0 18 18"><path d="${ICONS.CheckmarkMedium}">
  </path></svg></span><span class="label"><slot></slot></span>`;
SpCheckbox.style = `
  :host { align-items: center; min-height: 32px; color: var(--widget-widgetText); cursor: default; }
  .box { flex: none; box-sizing: border-box; width: 14px; height: 14px; margin-right: 10px;
    border: 2px solid var(--widget-outline); border-radius: 2px; background: var(--widget-control); }
  .box svg { display: none; width: 10px; height: 10px; stroke: var(--widget-control);
    stroke-width: 3; }
  :host([checked]) .box { background: var(--widget-outline); }
  :host([checked]) .box svg { display: block; }
  :host(:focus) .box { outline: 2px solid ${FOCUS}; outline-offset: 1px; }
`;

class SpDropdown extends Control {
  constructor() {
    super();
    this._index = -1;
    this._marked = -1;
  }

  connectedCallback() {
    super.connectedCallback();
    this.addEventListener("click", (event) => this.onClick(event));
    this.addEventListener("blur", () => this.removeAttribute("open"));
  }

  get items() {
    return [...this.querySelectorAll("sp-menu-item")];
  }

  get selectedIndex() {
    return this._index;
  }

  set selectedIndex(index) {
    this._index = index;
    const item = this.items[index];
    this.part_(".label").textContent = item ? item.textContent : "";
  }

  /** @param {MouseEvent} event */
  onClick(event) {
    const at = this.items.indexOf(event.target.closest("sp-menu-item"));
    if (at >= 0) {
      this.choose(at);
    } else {
      this.toggleAttribute("open");
      this.mark(this._index);
    }
  }

  /** @param {number} index */
  choose(index) {
    this.removeAttribute("open");
    this.selectedIndex = index;
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** @param {number} index */
  mark(index) {
    this._marked = index;
    this.items.forEach((item, at) => item.toggleAttribute("marked", at === index));
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!this.hasAttribute("open")) {
      super.onKey(event);
    } else if (step) {
      this.mark(Math.min(Math.max(this._marked + step, 0), this.items.length - 1));
    } else if (event.key === "Enter" || event.key === " ") {
      this.choose(this._marked);
    } else if (event.key === "Escape") {
      this.removeAttribute("open");
    }
  }
}
SpDropdown.markup = `<span class="label"></span>
  <svg viewBox="0 0 18 18"><path d="M5 7l4 4 4-4"></path></svg><slot name="options"></slot>`;
SpDropdown.style = `
  :host { position: relative; align-items: center; height: 32px; padding: 0 9px 0 11px;
    border: 1px solid var(--widget-border); border-radius: 4px; background: var(--widget-control);
    color: var(--widget-strongText); cursor: default; }
  :host(:focus) { border-color: ${FOCUS}; box-shadow: 0 0 0 1px ${FOCUS}; }
  .label { flex: 1 1 0; min-width: 0; overflow: hidden; white-space: nowrap; }
  svg { flex: none; }
  slot { display: none; position: absolute; top: 34px; left: 0; right: 0; z-index: 1; }
  :host([open]) slot { display: block; }
`;

class SpMenu extends Widget {}
SpMenu.markup = "<slot></slot>";
SpMenu.style = `
  :host { display: block; padding: 4px 0; border: 1px solid var(--widget-border); border-radius: 4px;
    background: var(--widget-control); color: var(--widget-strongText); }
`;

class SpMenuItem extends Widget {}
SpMenuItem.markup = "<slot></slot>";
SpMenuItem.style = `
  :host { display: block; padding: 6px 11px; white-space: nowrap; }
  :host([marked]), :host(:hover) { background: ${BLUE}; color: #ffffff; }
`;

class SpTextfield extends Widget {
  static get observedAttributes() {
    return ["placeholder"];
  }

  constructor() {
    super();
    this.input = this.part_("input, textarea");
    // An input's change ends at its shadow root, the widget's own does not.
    this.input.addEventListener("change", () => this.dispatchEvent(new Event("change")));
  }

  attributeChangedCallback() {
    this.input.placeholder = this.getAttribute("placeholder");
  }

  get value() {
    return this.input.value;
  }

  set value(value) {
    this.input.value = value;
  }

  focus() {
    this.input.focus();
  }
}
SpTextfield.markup = "<input>";
SpTextfield.style = `
  :host { height: 32px; }
  input { flex: 1 1 0; min-width: 0; box-sizing: border-box; padding: 0 11px; font: inherit;
    border: 1px solid var(--widget-border); border-radius: 4px; background: var(--widget-field);
    color: var(--widget-strongText); }
  input:focus { outline: none; border-color: ${FOCUS}; box-shadow: 0 0 0 1px ${FOCUS}; }
  input::placeholder { color: var(--widget-placeholder); }
  :host([invalid]) input { border-color: var(--widget-invalid); }
`;

class SpTextarea extends SpTextfield {}
SpTextarea.markup = "<textarea rows='4'></textarea>";
SpTextarea.style = SpTextfield.style
  .replace("height: 32px", "height: auto")
  .replace("padding: 0 11px", "padding: 6px 11px")
  .replace(/\binput\b/g, "textarea");

class SpProgressbar extends Widget {
  static get observedAttributes() {
    return ["max", "value"];
  }

  attributeChangedCallback() {
    const part = Number(this.getAttribute("value")) / Number(this.getAttribute("max") || 100);
    this.part_(".fill").style.width = `${100 * part}%`;
  }
}
SpProgressbar.markup = '<div class="track"><div class="fill"></div></div>';
SpProgressbar.style = `
  :host { width: 192px; }
  .track { flex: 1; height: 6px; overflow: hidden; border-radius: 3px;
    background: var(--widget-track); }
  .fill { height: 6px; background: ${FOCUS}; }
`;

for (const widget of [
  SpActionButton,
  SpButton,
  SpCheckbox,
  SpDropdown,
  SpIcon,
  SpMenu,
  SpMenuItem,
  SpProgressbar,
  SpTextarea,
  SpTextfield,
]) {
  const tag = widget.name.replace(/(?!^)([A-Z])/g, "-$1").toLowerCase();
  customElements.define(tag, widget);
}
