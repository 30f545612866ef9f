"use strict";

// The checks of page.test.js see what they are for, and nothing else.

const assert = require("node:assert/strict");
const { after, before, test } = require("node:test");

const { geometryFaults, launch, openPanel } = require("./browser.js");
const { Easel } = require("./pictures.js");

/** @type {import("playwright-core").Browser} */
let browser;
/** @type {import("playwright-core").Page} */
let page;
/** @type {Easel} */
let easel;

before(async () => {
  browser = await launch();
  easel = await Easel.open(browser);
  page = await openPanel(browser, "error");
});
after(() => browser.close());

/** What a check says of the page with more style than it has. */
async function withStyle(css, check) {
  const style = await page.addStyleTag({ content: css });
  try {
    return await check();
  } finally {
    await style.evaluate((node) => node.remove());
  }
}

const FAULTS = [
  [
    "a button that is too narrow",
    ".wide sp-button { flex: 0 0 40px; min-width: 0; }",
    "cut at the side",
  ],
  ["a text that is too high", ".message-text { height: 8px; overflow: hidden; }", "cut below"],
  ["a text that is cut", ".choice .label { width: 20px; overflow: hidden; }", "cut at the side"],
  [
    "a part that sticks out",
    ".choice { margin-left: 40px; margin-right: -40px; }",
    "outside the panel",
  ],
  ["two things at one place", ".message { margin-top: -24px; }", "overlap"],
  ["a list that cuts its choice", ".choice .list { flex: 0 0 70px; }", "sp-dropdown span"],
];

for (const [what, css, words] of FAULTS) {
  test(`${what} is a fault`, async () => {
    const faults = await withStyle(css, () => geometryFaults(page));
    assert.ok(
      faults.some((fault) => fault.includes(words)),
      faults.join("\n") || "none",
    );
  });
}

const CHANGES = [
  [
    "a button with its edge cut off",
    ".wide { overflow: hidden; height: 30px; margin-bottom: 10px; }",
  ],
  ["a missing icon", ".icon-button { visibility: hidden; }"],
  ["another colour", ":root { --error-color: #00ff00; }"],
  ["something two pixels lower", ".choice { margin-top: 2px; margin-bottom: 6px; }"],
];

for (const [what, css] of CHANGES) {
  test(`${what} is a difference`, async () => {
    const usual = await page.screenshot();
    const changed = await withStyle(css, () => page.screenshot());
    assert.notEqual(await easel.difference(usual, changed), "");
  });
}

test("letters that are drawn a little differently are none", async () => {
  const usual = await page.screenshot();
  const css = ".column { letter-spacing: 0.01px; text-rendering: geometricPrecision; }";
  const changed = await withStyle(css, () => page.screenshot());
  assert.notDeepEqual(changed, usual);
  assert.equal(await easel.difference(usual, changed), "");
});
