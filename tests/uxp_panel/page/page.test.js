"use strict";

// The panel in every state, theme and width: nothing clipped, nothing overlapping, and as it looked
// when somebody last looked at it. After a change of the look: RENEW_GOLDENS=1 node --test FILE,
// and look at the goldens before they are committed.

const assert = require("node:assert/strict");
const { mkdirSync, readFileSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { after, before, test } = require("node:test");

const { ROOT, geometryFaults, launch, openPanel, resize, setTheme } = require("./browser.js");
const { Easel } = require("./pictures.js");
const { STATES } = require("./states.js");

const GOLDENS = path.join(__dirname, "goldens");
const OUTPUT = path.join(ROOT, "tests", "output", "panel");
const WIDTHS = Array.from({ length: 10 }, (_, step) => 220 + 20 * step);
const PICTURED = [220, 260, 300, 400];
const THEMES = ["dark", "light"];

/** @type {import("playwright-core").Browser} */
let browser;
/** @type {Easel} */
let easel;

before(async () => {
  browser = await launch();
  easel = await Easel.open(browser);
});
after(() => browser.close());

for (const state of Object.keys(STATES)) {
  test(`${state}: nothing clipped or overlapping, and it looks as it did`, async () => {
    const page = await openPanel(browser, state);
    const shots = { dark: [], light: [] };
    for (const width of WIDTHS) {
      await resize(page, width);
      assert.deepEqual(await geometryFaults(page), [], `${width} px wide`);
      if (PICTURED.includes(width)) {
        await photograph(page, shots);
      }
    }
    for (const theme of THEMES) {
      await compare(`${state.replaceAll(" ", "-")}-${theme}.png`, await easel.beside(shots[theme]));
    }
    assert.deepEqual(page.faults, []);
    await page.close();
  });
}

async function photograph(page, shots) {
  for (const theme of THEMES) {
    await setTheme(page, theme);
    shots[theme].push(await page.screenshot({ caret: "hide" }));
  }
}

async function compare(name, picture) {
  const golden = path.join(GOLDENS, name);
  if (process.env.RENEW_GOLDENS) {
    mkdirSync(GOLDENS, { recursive: true });
    writeFileSync(golden, picture);
    return;
  }
  const difference = await easel.difference(readFileSync(golden), picture);
  if (difference) {
    mkdirSync(OUTPUT, { recursive: true });
    writeFileSync(path.join(OUTPUT, name), picture);
    assert.fail(`${path.join(OUTPUT, name)} differs from ${golden}: ${difference}`);
  }
}
