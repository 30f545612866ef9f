"use strict";

// The page keeps to what UXP knows of HTML and CSS, and can be read in all four themes.

const assert = require("node:assert/strict");
const { readFileSync, readdirSync } = require("node:fs");
const path = require("node:path");
const { after, before, test } = require("node:test");

const { ROOT, launch, openPanel, setTheme } = require("./browser.js");
const { STATES } = require("./states.js");
const { THEMES } = require("./themes.js");

const PANEL = path.join(ROOT, "uxp_panel");
const css = readFileSync(path.join(PANEL, "panel.css"), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
const html = readFileSync(path.join(PANEL, "index.html"), "utf8");
const views = readdirSync(PANEL).filter((name) => /(_view|^page|^elements)\.js$/.test(name));

// uxp-api/reference-css/styles; fill is in reference-spectrum's sp-button.md, outline in
// known-issues.md, custom properties in general/variables.md.
const PROPERTIES =
  /^(align-(content|items|self)|background(-color|-image|-size)?|border(-(bottom|left|right|top))?(-(color|style|width|radius))?|border-(bottom|top)-(left|right)-radius|bottom|color|display|flex(-(basis|direction|grow|shrink|wrap))?|font-(family|size|style|weight)|height|justify-content|left|letter-spacing|margin(-(bottom|left|right|top))?|(max|min)-(height|width)|opacity|overflow(-[xy])?|padding(-(bottom|left|right|top))?|right|text-(align|overflow)|top|visibility|white-space|width|fill|outline|--[a-z-]+)$/;
// uxp-api/reference-css/pseudo-classes.
const PSEUDO_CLASSES =
  /^(active|checked|defined|disabled|empty|enabled|first-child|focus|hover|last-child|nth-child|root)$/;
// uxp-api/reference-css/styles/display.md.
const DISPLAYS = /^(none|inline|block|inline-block|flex|inline-flex)$/;
// reference-html/general/unsupported-attributes.md, unsupported-elements.md, guides/uxp-guide/
// unsupported and known-issues.md; `disabled`: what was disabled once is not reached by Tab.
const UNSUPPORTED = [
  /["'.]aria-?/i,
  /["'.](accesskey|contenteditable|hidden|spellcheck|tabindex|inputmode|disabled)\b/i,
  /\.dataset\b|["']data-/,
  /["'](ul|ol|li|i|iframe|canvas|table|tr|td)["']/,
  /htmlFor|["']for["']/,
  /type: "(file|color|number|password)"/,
  /keypress|\.animate\(|requestAnimationFrame|\balert\(|location\./,
  /element\("input"/,
];

const declarations = [...css.matchAll(/([\w-]+)\s*:\s*([^;{}]+);/g)].map((match) => match.slice(1));
const selectors = [...css.matchAll(/([^{};]+)\{/g)].map((match) => match[1].trim());

test("the style has rules", () => {
  assert.ok(declarations.length > 50);
  assert.ok(selectors.length > 20);
});

test("its properties are those that UXP documents", () => {
  const unknown = declarations.map(([name]) => name).filter((name) => !PROPERTIES.test(name));
  assert.deepEqual(unknown, []);
});

test("its values are those that UXP documents", () => {
  for (const [name, value] of declarations) {
    if (name === "display") assert.match(value, DISPLAYS);
    if (name === "font-family") assert.doesNotMatch(value, /monospace|serif/);
    if (name.startsWith("align")) assert.match(value, /^(flex-start|flex-end|center|stretch)$/);
    assert.doesNotMatch(value, /!important|\b(grid|sticky|fixed|unset)\b/);
  }
});

test("its selectors are those that UXP documents", () => {
  for (const selector of selectors.filter((one) => !one.startsWith("@media"))) {
    for (const [, name] of selector.matchAll(/:([\w-]+)/g)) {
      assert.match(name, PSEUDO_CLASSES, selector);
    }
  }
  const media = selectors.filter((one) => one.startsWith("@"));
  media.forEach((one) => assert.match(one, /^@media \((max-width|prefers-color-scheme)/));
});

test("its colours are the host's, but for three that have a meaning", () => {
  const rest = css.replace(/:root \{[^}]*\}/g, "");
  assert.doesNotMatch(rest, /#[0-9a-f]{3,8}\b|rgba?\(|: \w*(white|black|red|gray)\b/i);
});

for (const name of views) {
  test(`${name} uses no HTML that UXP lacks`, () => {
    const text = readFileSync(path.join(PANEL, name), "utf8").replace(
      /^\s*(\/\/|\*|\/\*).*$/gm,
      "",
    );
    UNSUPPORTED.forEach((pattern) => assert.doesNotMatch(text, pattern));
  });
}

test("index.html holds the style and the script, and no title, which UXP would show", () => {
  assert.match(html, /<link rel="stylesheet" href="panel\.css"/);
  assert.match(html, /<script src="main\.js">/);
  assert.doesNotMatch(html, /<title|style=|onclick/);
});

/** @type {import("playwright-core").Browser} */
let browser;

before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** The least contrast of a text of the page to what lies behind it; the host's own text is 4.3. */
const LEAST_CONTRAST = 4.3;

for (const state of ["no server", "batch summary", "bad port", "not copied", "help"]) {
  test(`${state}: every text can be read in all themes`, async () => {
    assert.ok(state in STATES);
    const page = await openPanel(browser, state);
    for (const theme of Object.keys(THEMES)) {
      await setTheme(page, theme);
      const contrasts = await page.evaluate(textContrasts);
      assert.ok(contrasts.length > 3);
      const weak = contrasts.filter(({ contrast }) => contrast < LEAST_CONTRAST);
      assert.deepEqual(weak, [], theme);
    }
    await page.close();
  });
}

/** Runs in the page: the texts of our own nodes, those of the widgets are Adobe's affair. */
function textContrasts() {
  const luminance = (color) => {
    const linear = color
      .match(/\d+/g)
      .slice(0, 3)
      .map((value) =>
        value / 255 <= 0.04 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
      );
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const behind = luminance(getComputedStyle(document.body).backgroundColor);
  const texts = [...document.querySelectorAll(".page div")].filter(
    (node) => node.getClientRects().length && node.firstChild && node.firstChild.nodeType === 3,
  );
  return texts.map((node) => {
    const own = luminance(getComputedStyle(node).color);
    const contrast = (Math.max(own, behind) + 0.05) / (Math.min(own, behind) + 0.05);
    return { text: node.textContent, contrast: Math.round(contrast * 100) / 100 };
  });
}
