"use strict";

// The parts that every view is made of: nodes, texts and Adobe's widgets.
//
// No control here is ever disabled: Photoshop's Tab key no longer reaches a control that was
// disabled once. What cannot be done looks quieter, and a click says why.

/** Spaces let a sentence wrap; a longer word, such as a file's name, would stick out of a panel. */
const LONGEST_WORD = 15;
const COPIED_MS = 1500;

/** Two sheets, drawn for this panel; Adobe's own icons have none that says Copy. */
const COPY_ICON =
  '<svg viewBox="0 0 18 18" style="width: 18px; height: 18px;">' +
  '<path d="M6 2h9a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-2v-1.5h1.5v-8h-8V5H5V3a1 1 0 0 1 1-1z"/>' +
  '<path d="M3 6h8a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1zm.5 1.5v7h7v-7z"/>' +
  "</svg>";

/**
 * A new node.
 * @param {string} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 */
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    node.setAttribute(name, value);
  }
  for (const child of children) {
    node.appendChild(typeof child === "string" ? document.createTextNode(child) : child);
  }
  return node;
}

/**
 * A block with a class of panel.css.
 * @param {string} name the class
 * @param {...(Node | string)} children
 */
function block(name, ...children) {
  return element("div", { class: name }, ...children);
}

/**
 * Show or hide a node; it keeps its place and its focus where nothing changes.
 * @param {HTMLElement} node
 * @param {boolean} visible
 */
function setVisible(node, visible) {
  const display = visible ? "" : "none";
  if (node.style.display !== display) {
    node.style.display = display;
  }
}

/**
 * Set an attribute, unless it stands so already.
 * @param {HTMLElement} node
 * @param {string} name
 * @param {string} value
 */
function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== value) {
    node.setAttribute(name, value);
  }
}

/**
 * Write a text that wraps; without one the node is hidden.
 * @param {HTMLElement} node
 * @param {string} text
 */
function setText(node, text) {
  const fitting = text.replace(/\S+/g, shortened);
  const shown = fitting.replace(/ …/g, "\u00a0…");
  if (node.textContent !== shown) {
    node.textContent = shown;
    setAttribute(node, "title", fitting === text ? "" : text);
  }
  setVisible(node, text !== "");
}

/**
 * Write a text that stays on one line and ends in an ellipsis where there is no room; without one
 * the node is hidden.
 * @param {HTMLElement} node
 * @param {string} text
 */
function setLine(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
    setAttribute(node, "title", text);
  }
  setVisible(node, text !== "");
}

/** @param {string} word */
function shortened(word) {
  if (word.length <= LONGEST_WORD) {
    return word;
  }
  const kept = (LONGEST_WORD - 3) / 2; // a line may break beside an ellipsis, not beside dots
  return `${word.slice(0, kept)}...${word.slice(-kept)}`;
}

/**
 * Show whether a click on a button would do what it says; if not, it looks quieter.
 * @param {HTMLElement} node
 * @param {boolean} ready
 */
function setReady(node, ready) {
  setAttribute(node, "class", ready ? "" : "unready");
}

/**
 * A button with a word on it.
 * @param {string} label
 * @param {"cta" | "secondary"} variant
 * @param {() => unknown} onClick
 */
function button(label, variant, onClick) {
  const node = element("sp-button", { variant }, label);
  node.addEventListener("click", onClick);
  return node;
}

/**
 * A flat button with a word on it, for what leads elsewhere.
 * @param {string} label
 * @param {() => unknown} onClick
 */
function quietButton(label, onClick) {
  const node = element("sp-action-button", { quiet: "" }, label);
  node.addEventListener("click", onClick);
  return node;
}

/**
 * A small flat button with an icon.
 * @param {HTMLElement} icon
 * @param {string} tip
 * @param {() => unknown} onClick
 */
function iconButton(icon, tip, onClick) {
  const node = element("sp-action-button", { class: "icon-button", quiet: "", title: tip }, icon);
  node.addEventListener("click", onClick);
  return node;
}

/**
 * One of the icons that Photoshop has.
 * @param {string} name such as CrossMedium
 */
function hostIcon(name) {
  return element("sp-icon", { name: `ui:${name}`, size: "s", slot: "icon" });
}

/**
 * A button that copies a text and shows for a moment that it has.
 * @param {string} tip
 * @param {() => Promise<boolean>} copy whether the text is on the clipboard
 */
function copyButton(tip, copy) {
  const sheets = element("div", { class: "icon" });
  sheets.innerHTML = COPY_ICON;
  const done = block("icon", element("sp-icon", { name: "ui:CheckmarkMedium", size: "s" }));
  const icon = element("div", { slot: "icon" }, sheets, done);
  const tick = (/** @type {boolean} */ ticked) => {
    setVisible(sheets, !ticked);
    setVisible(done, ticked);
  };
  tick(false);
  return iconButton(icon, tip, async () => {
    if (await copy()) {
      tick(true);
      setTimeout(() => tick(false), COPIED_MS);
    }
  });
}

module.exports = {
  block,
  button,
  copyButton,
  element,
  hostIcon,
  iconButton,
  quietButton,
  setAttribute,
  setLine,
  setReady,
  setText,
  setVisible,
};
