// The panel's files are written in what every Photoshop from 24.4 on understands.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");
const acorn = require("acorn");

const PANEL = path.join(__dirname, "..", "..", "uxp_panel");
const HOST_MODULES = new Set(["os", "photoshop", "uxp"]);
const scripts = fs.readdirSync(PANEL).filter((name) => name.endsWith(".js"));

/** @param {string} name */
const textOf = (name) => fs.readFileSync(path.join(PANEL, name), "utf8");

test("there are scripts", () => assert.ok(scripts.includes("main.js")));

for (const name of scripts) {
  test(`${name} is a strict script of ES2020`, () => {
    const program = acorn.parse(textOf(name), { ecmaVersion: 2020, sourceType: "script" });
    const first = program.body[0];
    assert.equal(first.type === "ExpressionStatement" && first.directive, "use strict");
  });

  test(`${name} requires files beside it and nothing else`, () => {
    const required = [...textOf(name).matchAll(/(?<![\w.])require\(([^)]*)\)/g)].map(
      (match) => match[1],
    );
    for (const word of required) {
      const module = JSON.parse(word);
      const beside = /^\.\/\w+(\.js)?$/.test(module);
      assert.ok(beside || HOST_MODULES.has(module), `${name} requires ${module}`);
    }
  });
}
