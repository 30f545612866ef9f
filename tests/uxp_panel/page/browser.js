"use strict";

// The panel in a real Chromium: its own page, with stand-ins for what only Photoshop has.

const { readFileSync, readdirSync } = require("node:fs");
const path = require("node:path");
const { chromium } = require("playwright-core");

const { STATES, TITLE, decompose } = require("./states.js");
const { THEMES, themeStyle } = require("./themes.js");

const ROOT = path.join(__dirname, "..", "..", "..");
const ORIGIN = "http://localhost";
const TYPES = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript" };
const TALLEST = 4000;

/** Every script that the page may require, by its path from the root of the repository. */
function readSources() {
  const folders = ["uxp_panel", "tests/uxp_panel", "tests/uxp_panel/fake_photoshop"];
  const scripts = folders.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder))
      .filter((name) => name.endsWith(".js") && !name.endsWith(".test.js"))
      .map((name) => `${folder}/${name}`),
  );
  return Object.fromEntries(
    scripts.map((name) => [name, readFileSync(path.join(ROOT, name), "utf8")]),
  );
}

/** A script of this folder, which runs inside the page. */
const ours = (name) => readFileSync(path.join(__dirname, name), "utf8");

const SETUP = `(() => {
  ${ours("loader.js")}
  ${ours("host.js")}
  setUpHost(makeRequire, ${JSON.stringify(readSources())});
})();`;

function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-lcd-text"],
  });
}

/**
 * Open the panel in one of its states.
 * @param {import("playwright-core").Browser} browser
 * @param {keyof typeof STATES} name
 * @param {{theme?: keyof typeof THEMES, width?: number, height?: number}} [how]
 * @returns {Promise<import("playwright-core").Page>} its `close` gives everything back
 */
async function openPanel(browser, name, { theme = "dark", width = 300, height = 640 } = {}) {
  const page = await browser.newPage({ viewport: { width, height } });
  const state = STATES[name];
  /** @type {Error[]} What was thrown in the page and caught nowhere */
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(error));
  await page.route("**/*", serve);
  await page.addInitScript({ content: SETUP });
  await page.goto(`${ORIGIN}/uxp_panel/index.html`);
  await setTheme(page, theme);
  await page.addScriptTag({ content: ours("widgets.js") });
  await page.evaluate(`
    var tools = { title: "${TITLE}", decompose: ${decompose} };
    (${state.before || "() => {}"})(tools.title);
    outside.showPanel();
    (${state.reach})(tools)`);
  await settle(page);
  return page;
}

/**
 * Another theme of Photoshop.
 * @param {import("playwright-core").Page} page
 * @param {keyof typeof THEMES} theme
 */
async function setTheme(page, theme) {
  await page.emulateMedia({ colorScheme: THEMES[theme].scheme });
  await page.evaluate((css) => {
    const style = document.getElementById("theme") || document.createElement("style");
    style.id = "theme";
    style.textContent = css;
    document.head.appendChild(style);
  }, themeStyle(theme));
}

/** What is wrong with how the panel lies on the screen, one line a fault. */
function geometryFaults(page) {
  return page.evaluate(`(() => { ${ours("geometry.js")} return geometryFaults(); })()`);
}

/** Until the page has drawn all that it was told of, and no longer than that. */
async function settle(page) {
  await page.evaluate(() => outside.pause(100));
}

/** @param {import("playwright-core").Route} route */
function serve(route) {
  const { pathname } = new URL(route.request().url());
  const type = TYPES[path.extname(pathname)];
  if (!type || !pathname.startsWith("/uxp_panel/")) {
    return route.fulfill({ status: 404 });
  }
  return route.fulfill({ contentType: type, body: readFileSync(path.join(ROOT, pathname)) });
}

/**
 * Another width, and as tall as what the panel shows needs.
 * @param {import("playwright-core").Page} page
 * @param {number} width
 */
async function resize(page, width) {
  await page.setViewportSize({ width, height: TALLEST });
  const height = await page.evaluate(() => document.querySelector(".column").offsetHeight);
  await page.setViewportSize({ width, height });
}

module.exports = { ROOT, geometryFaults, launch, openPanel, resize, setTheme, settle };
