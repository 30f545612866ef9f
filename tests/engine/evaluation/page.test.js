"use strict";

// The page of a report in a real Chromium, opened as a file. REPORT names the report's folder: two
// cases ("blue girl" with true layers, "boy #2" without shadow) and a picture, by two engines.

const assert = require("node:assert/strict");
const path = require("node:path");
const { after, before, beforeEach, test } = require("node:test");
const { pathToFileURL } = require("node:url");
const { chromium } = require("playwright-core");

const INDEX = pathToFileURL(path.join(process.env.REPORT, "index.html")).href;

let browser, page, faults;

before(async () => {
  const executablePath = process.env.CHROMIUM || "/usr/bin/chromium";
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  page = await browser.newPage();
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("requestfailed", (request) => faults.push(request.url()));
});

after(() => browser.close());

beforeEach(async () => {
  await page.goto("about:blank");
  await page.setViewportSize({ width: 1100, height: 800 });
  faults = [];
});

async function open(view) {
  await page.goto(INDEX + view);
  await page.evaluate(() => Promise.all([...document.images].map((image) => image.decode())));
}

/** An element's place on the screen. */
const box = (selector) => page.locator(selector).first().boundingBox();
const texts = (selector) => page.locator(selector).allTextContents();

/** Every pane's picture as it is placed, which must be the same in all. */
const placements = () =>
  page.$$eval(".stack", (stacks) => stacks.map((stack) => stack.style.transform));

/** The pixel at a share of an element's width and height, as [red, green, blue]. */
async function pixelAt(selector, across, down) {
  const { x, y, width, height } = await box(selector);
  const clip = { x: x + width * across, y: y + height * down, width: 1, height: 1 };
  const shot = (await page.screenshot({ clip })).toString("base64");
  return page.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const context = document.createElement("canvas").getContext("2d");
    context.drawImage(image, 0, 0);
    return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  }, shot);
}

test("scores are listed, sorted by a click, and lead to their layer", async () => {
  await open("");
  assert.deepEqual(await texts("#means tbody th"), ["builtin", "quick"]);
  assert.equal((await texts("#rows tbody tr")).length, 6);
  const titles = await texts("#rows thead button");
  await page.getByRole("button", { name: "Exact" }).click();
  const column = 4 + titles.findIndex((title) => title.startsWith("Exact"));
  const scores = (await texts(`#rows tbody tr > :nth-child(${column})`)).filter(
    (text) => text !== "–",
  );
  assert.deepEqual(scores, [...scores].sort());
  assert.ok(scores.length === 4 && scores[0] < scores[3]);
  await page.locator(`#rows tbody tr:first-child > :nth-child(${column})`).click();
  assert.equal(await page.locator("input[name=layers]:checked").inputValue(), "flat_color");
  assert.deepEqual(faults, []);
});

test("the page says what made it, with which options, of pictures of which size", async () => {
  await open("");
  assert.match(await page.locator("#summary").textContent(), /3 cases.*; Layer Bridge 9\.8$/);
  const [builtin, quick] = await texts("#engines dd");
  assert.match(builtin, /composition production, .*tones automatic.*hard edges off/);
  assert.equal(quick, "layers found before");
  assert.deepEqual(await texts("#rows tbody tr > :nth-child(2)"), [
    ...Array(4).fill("96 × 96"),
    ...Array(2).fill("64 × 64"),
  ]);
  assert.ok((await texts("#rows thead button")).some((title) => title.startsWith("Seconds")));
});

test("the layers as they were found have a table of their own", async () => {
  await open("");
  assert.deepEqual(await texts("#recomposition tbody th"), ["builtin", "quick"]);
  const titles = await texts("#recomposition thead tr:last-child th");
  assert.deepEqual(titles, ["PSNR ↑", "SSIM ↑", "LMSE ↓", "MSE ↓"]);
  const quick = await texts("#recomposition tbody tr:last-child td");
  assert.deepEqual(quick, ["99.00", "1.0000", "0.0000", "0.0000"]);
  assert.deepEqual(faults, []);
});

test("every pane shows its picture, found by names with odd characters", async () => {
  await open("#page=pictures&case=boy+%232");
  assert.deepEqual(await texts("figcaption"), ["source", "true layers", "builtin", "quick"]);
  const widths = await page.$$eval(".stack img", (images) => images.map((i) => i.naturalWidth));
  assert.equal(widths.length, 1 + 3 + 4 + 4);
  assert.ok(widths.every((width) => width === 96));
  assert.deepEqual(faults, []);
});

test("a picture without true layers has no such pane", async () => {
  await open("#page=pictures&case=sea");
  assert.deepEqual(await texts("figcaption"), ["source", "builtin", "quick"]);
  await page.keyboard.press("w");
  assert.deepEqual(await texts("figcaption"), ["source", "builtin"]);
  assert.deepEqual(faults, []);
});

test("zoom and pan stay in step over all panes, and the point under the mouse stays", async () => {
  await open("#page=pictures&case=blue+girl");
  const fitted = await placements();
  assert.equal(new Set(fitted).size, 1);
  const { x, y, width, height } = await box(".pane");
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.wheel(0, -400);
  const zoomed = await placements();
  assert.equal(new Set(zoomed).size, 1);
  assert.notEqual(zoomed[0], fitted[0]);
  const middle = await page.evaluate(() => [camera.x, camera.y]);
  assert.ok(middle.every((at) => Math.abs(at - 48) < 0.5));
  await page.mouse.down();
  await page.mouse.move(x + width / 2 + 30, y + height / 2 - 20);
  await page.mouse.up();
  const [right, down] = await page.evaluate(() => [camera.x * camera.zoom, camera.y * camera.zoom]);
  const zoom = await page.evaluate(() => camera.zoom);
  assert.ok(Math.abs(right - (middle[0] * zoom - 30)) < 1);
  assert.ok(Math.abs(down - (middle[1] * zoom + 20)) < 1);
  assert.equal(new Set(await placements()).size, 1);
  await page.keyboard.press("3");
  assert.deepEqual([...new Set(await placements())].length, 1);
  assert.equal(await page.evaluate(() => camera.zoom), zoom);
  await page.keyboard.press("0");
  assert.equal((await placements())[0], fitted[0]);
});

test("the slider wipes between two, by mouse and by keyboard", async () => {
  await open(
    "#page=pictures&case=sea&view=wipe&left=source&right=builtin&layer=line_art&matte=black",
  );
  const sea = [9, 99, 199];
  assert.deepEqual(await pixelAt(".pane", 0.45, 0.5), sea);
  assert.deepEqual(await pixelAt(".pane", 0.55, 0.5), [0, 0, 0]);
  const { x, y, width, height } = await box(".edge");
  await page.mouse.move(x + width / 2, y + height / 4);
  await page.mouse.down();
  await page.mouse.move(x + 150, y + height / 4);
  await page.mouse.up();
  assert.deepEqual(await pixelAt(".pane", 0.55, 0.5), sea);
  for (let times = 0; times < 4; times += 1) {
    await page.keyboard.press("ArrowLeft");
  }
  assert.deepEqual(await pixelAt(".pane", 0.55, 0.5), [0, 0, 0]);
  assert.equal((await placements()).length, 2);
});

test("equal pictures differ nowhere", async () => {
  await open("#page=pictures&case=sea&view=difference&left=source&right=quick&layer=flat_color");
  assert.deepEqual(await pixelAt(".pane", 0.5, 0.5), [0, 0, 0]);
  await page.keyboard.press("5");
  assert.notDeepEqual(await pixelAt(".pane", 0.5, 0.5), [0, 0, 0]);
});

test("shading is shown on the flat color in the blend modes of its stack, or alone", async () => {
  await open("#page=pictures&case=blue+girl&layer=highlight");
  const modes = () =>
    page.$$eval(".pane:nth-child(3) img", (images) => images.map((i) => i.style.mixBlendMode));
  assert.deepEqual(await modes(), ["normal", "multiply", "lighten"]);
  await page.keyboard.press("f");
  assert.deepEqual(await modes(), ["normal"]);
});

test("the keyboard goes through cases, layers, views and engines", async () => {
  await open("#page=pictures");
  const current = () => page.locator("#cases [aria-current]").getAttribute("title");
  assert.equal(await current(), "blue girl");
  await page.keyboard.press("j");
  assert.equal(await current(), "boy #2");
  await page.keyboard.press("k");
  await page.keyboard.press("k");
  assert.equal(await current(), "sea");
  await page.keyboard.press("k");
  for (const [key, layer] of [
    ["2", "flat_color"],
    ["5", "line_art"],
    ["1", "all"],
  ]) {
    await page.keyboard.press(key);
    assert.equal(await page.locator("input[name=layers]:checked").inputValue(), layer);
  }
  await page.keyboard.press("w");
  assert.equal(await page.locator("#right").inputValue(), "builtin");
  await page.keyboard.press("e");
  assert.equal(await page.locator("#right").inputValue(), "quick");
  await page.keyboard.press("?");
  assert.ok(await page.locator("#keys").isVisible());
  await page.keyboard.press("Escape");
  assert.ok(!(await page.locator("#keys").isVisible()));
  assert.deepEqual(faults, []);
});

test("choices hold the focus, and a shared address opens the same view", async () => {
  await open("#page=pictures");
  await page.locator("input[name=views][value=wipe]").focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.evaluate(() => document.activeElement.value), "difference");
  await page.keyboard.press("4");
  const address = page.url();
  await page.goto("about:blank");
  await page.goto(address);
  assert.equal(await page.locator("input[name=views]:checked").inputValue(), "difference");
  assert.equal(await page.locator("input[name=layers]:checked").inputValue(), "highlight");
});

for (const width of [360, 700, 1100, 1920]) {
  test(`nothing sticks out at a width of ${width}`, async () => {
    await page.setViewportSize({ width, height: 800 });
    for (const view of ["", "#page=pictures&layer=shadow", "#page=pictures&view=wipe"]) {
      await page.goto("about:blank");
      await open(view);
      const [content, screen] = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        innerWidth,
      ]);
      assert.ok(content <= screen, `${view}: ${content} pixels of ${screen}`);
    }
    const pane = await box(".pane");
    assert.ok(pane.width > 100 && pane.height > 100);
  });
}

test("engines can be hidden, and the last one leaves the source", async () => {
  await open("#page=pictures&case=sea");
  for (const subject of ["builtin", "quick", "source"]) {
    await page.locator(`#shown input[value="${subject}"]`).click();
  }
  assert.deepEqual(await texts("figcaption"), ["source"]);
  assert.deepEqual(faults, []);
});

test("what is missing is said", async () => {
  await open("");
  assert.deepEqual(await texts("#failures li"), ["torn: <b>torn.png</b> cannot be read."]);
});
