"use strict";

// The panel without a mouse: Tab goes everywhere in the order that the eye takes, Enter and Space do
// what a click does, and what happens meanwhile takes nothing out of the artist's hands.

const assert = require("node:assert/strict");
const { after, before, test } = require("node:test");

const { launch, openPanel, settle } = require("./browser.js");

/** @type {import("playwright-core").Browser} */
let browser;

before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** The controls that are shown, as the eye takes them: from the top, and from the left. */
function controlsInSight(page) {
  return page.evaluate(() => {
    const tags = "sp-button, sp-action-button, sp-dropdown, sp-checkbox, sp-textfield, sp-textarea";
    const shown = [...document.querySelectorAll(tags)].filter(
      (node) => node.getClientRects().length,
    );
    const middle = (node) => {
      const box = node.getBoundingClientRect();
      return { x: box.left, y: box.top + box.height / 2 };
    };
    const isBeside = (a, b) => Math.abs(middle(a).y - middle(b).y) < 8;
    shown.sort((a, b) => (isBeside(a, b) ? middle(a).x - middle(b).x : middle(a).y - middle(b).y));
    globalThis.nameOf = (node) => `${node.localName} ${node.title || node.textContent.trim()}`;
    return shown.map(globalThis.nameOf);
  });
}

const focused = (page) => page.evaluate(() => globalThis.nameOf(document.activeElement));

/** Between them they show every control. */
const SHOWING_ALL = [
  "no server",
  "versions refused",
  "other version",
  "options",
  "batch",
  "batch summary",
  "bad port",
  "not copied",
  "self-test report",
  "help",
];

for (const state of SHOWING_ALL) {
  test(`${state}: Tab goes to every control, in the order of the eye`, async () => {
    const page = await openPanel(browser, state);
    const inSight = await controlsInSight(page);
    await page.mouse.click(1, 1); // beside everything: Tab begins there
    const reached = [];
    for (let step = 0; step < inSight.length; step += 1) {
      await page.keyboard.press("Tab");
      reached.push(await focused(page));
    }
    assert.deepEqual(reached, inSight);
    await page.close();
  });
}

test("what has the focus looks different", async () => {
  const page = await openPanel(browser, "error");
  const names = ["Decompose", "Hide the originals", "Whole picture", "Copy this message"];
  const nodes = await page.$$("sp-button, sp-action-button, sp-dropdown, sp-checkbox");
  const shown = [];
  for (const node of nodes) {
    if (!(await node.isVisible())) continue;
    const box = await node.boundingBox();
    const clip = { x: box.x - 4, y: box.y - 4, width: box.width + 8, height: box.height + 8 };
    const before = await page.screenshot({ clip });
    await node.focus();
    assert.notDeepEqual(await page.screenshot({ clip }), before, await node.innerText());
    await node.evaluate((one) => one.blur());
    shown.push(await node.innerText());
  }
  assert.ok(shown.length >= names.length);
  await page.close();
});

for (const key of ["Enter", "Space"]) {
  test(`${key} decomposes`, async () => {
    const page = await openPanel(browser, "ready");
    await page.evaluate(() => outside.widget("Decompose").focus());
    await page.keyboard.press(key);
    await page.evaluate(() => outside.server.next("decompose"));
    await page.close();
  });

  test(`${key} ticks a box`, async () => {
    const page = await openPanel(browser, "ready");
    await page.evaluate(() => outside.widget("Hide the originals").focus());
    await page.keyboard.press(key);
    assert.equal(await setting(page, "hideOriginals"), true);
    await page.keyboard.press(key);
    assert.equal(await setting(page, "hideOriginals"), false);
    await page.close();
  });

  test(`${key} opens a list, and chooses from it`, async () => {
    const page = await openPanel(browser, "ready");
    await page.evaluate(() => outside.widget("Where the layers go").focus());
    await page.keyboard.press(key);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press(key);
    assert.equal(await setting(page, "placement"), "above_active");
    await page.close();
  });
}

test("Enter keeps the port that was typed", async () => {
  const page = await openPanel(browser, "settings");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("7400");
  await page.keyboard.press("Enter");
  assert.equal(await setting(page, "port"), 7400);
  await page.evaluate(() => outside.shows("Connected to localhost:7400"));
  await page.close();
});

test("progress does not take the focus", async () => {
  const page = await openPanel(browser, "busy");
  await controlsInSight(page);
  await page.evaluate(() => outside.widget("Cancel").focus());
  for (const fraction of [0.5, 0.7, 0.9]) {
    await page.evaluate(async (done) => {
      outside.server.progress(await outside.server.next("decompose"), { fraction: done });
    }, fraction);
    await settle(page);
    assert.equal(await focused(page), "sp-button Stop decomposing");
  }
  await page.close();
});

test("progress leaves an open list as it is", async () => {
  const page = await openPanel(browser, "busy");
  const list = await page.evaluateHandle(() => outside.widget("How the layers mix"));
  const entries = await list.evaluateHandle((node) => [...node.querySelectorAll("sp-menu-item")]);
  await list.evaluate((node) => node.click());
  await page.evaluate(async () => {
    outside.server.progress(await outside.server.next("decompose"), { stage: "mixing colors" });
    await outside.shows("Mixing colors");
  });
  assert.ok(await list.evaluate((node) => node.hasAttribute("open")));
  assert.ok(
    await entries.evaluate((nodes) => nodes.length === 4 && nodes.every((one) => one.isConnected)),
  );
  await page.close();
});

test("what happens meanwhile leaves the typed port as it is", async () => {
  const page = await openPanel(browser, "settings");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("74");
  await page.evaluate(() => void outside.open("another.psd"));
  await settle(page);
  await page.keyboard.type("00");
  assert.equal(
    await page.evaluate(() => document.querySelector('sp-textfield[placeholder="7347"]').value),
    "7400",
  );
  await page.close();
});

test("a number is typed, and changed by the arrow keys, without a mouse", async () => {
  const page = await openPanel(browser, "options");
  const options = async () => (await setting(page, "options")).builtin;
  await page.evaluate(() => outside.widget("How thick a line may be.").focus());
  await page.keyboard.type("12");
  await page.evaluate(() => void outside.open("another.psd"));
  await settle(page);
  await page.keyboard.press("ArrowUp");
  assert.equal((await options()).pencil, 13);
  await page.evaluate(() => outside.widget("How rough the paper is.").focus());
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  assert.equal((await options()).grain, 1);
  await page.close();
});

/** A setting as Photoshop keeps it. */
function setting(page, name) {
  return page.evaluate(
    (wanted) => JSON.parse(localStorage.getItem("layer-bridge settings") || "{}")[wanted],
    name,
  );
}
