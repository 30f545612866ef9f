"use strict";

// What a server may say, and what is made of it before anybody uses it.

const assert = require("node:assert/strict");
const { test } = require("node:test");

const messages = require("../../uxp_panel/messages.js");
const { WELCOME, progress, result } = require("./session_host.js");

const { MessageError } = messages;
const SIZE = { width: 2, height: 1, depth: 8 };
const HUGE = 1e999;

for (const [name, value] of [
  ["fraction", HUGE],
  ["fraction", -0.5],
  ["remaining_s", HUGE],
  ["remaining_s", -3],
  ["queue_position", -1],
]) {
  test(`a progress is not read whose ${name} is ${value}`, () => {
    assert.throws(() => messages.readProgress(progress({ [name]: value })), MessageError);
  });
}

for (const [psnr_db, max_error] of [
  [HUGE, 1],
  [-1, 1],
  [60, HUGE],
  [60, -1],
]) {
  test(`a quality of ${psnr_db} dB and ${max_error}/255 is none`, () => {
    const header = result("job-1", { reconstruction: { psnr_db, max_error } });
    assert.throws(() => messages.qualityOf(header, SIZE), MessageError);
  });
}

test("layers that miss the picture are no result, by the limit of its depth", () => {
  const quality = (max_error) => result("job-1", { reconstruction: { psnr_db: 60, max_error } });
  const read = (error, depth) => messages.qualityOf(quality(error), { ...SIZE, depth }).maxError;
  assert.equal(read(2, 8), 2);
  assert.equal(read((2 * 255) / 1023, 16), (2 * 255) / 1023);
  assert.throws(() => read(2.01, 8), messages.QualityError);
  assert.throws(() => read(255, 8), messages.QualityError);
  assert.throws(() => read(0.51, 16), messages.QualityError);
});

test("a text becomes one line that a panel can show", () => {
  assert.equal(messages.text("  it\n\tfailed\u0000 here "), "it failed here");
  const long = messages.text("word ".repeat(10000));
  assert.ok(long.length <= 300 && long.endsWith("…"), `${long.length}`);
  assert.ok(!/[\ud800-\udbff](?![\udc00-\udfff])/.test(messages.text("a" + "😀".repeat(400))));
  assert.throws(() => messages.text(3), MessageError);
});

test("the welcome's texts are short lines too", () => {
  const engines = [{ name: "builtin", ready: false, detail: "no\n".repeat(5000) }];
  const [engine] = messages.readWelcome({ ...WELCOME, engines }).engines;
  assert.ok(engine.detail.length <= 300 && !engine.detail.includes("\n"));
});

for (const odd of [{ toString: 1 }, ["multiply"], null, 3, {}]) {
  test(`a layer is not read whose words are ${JSON.stringify(odd)}`, () => {
    for (const name of ["role", "blend_mode", "name"]) {
      for (const other of ["role", "blend_mode"]) {
        const header = result();
        Object.assign(header.layers[0], { [other]: "unheard-of", [name]: odd });
        const read = () => messages.layersOf(header, new Uint8Array(16), SIZE);
        assert.throws(read, MessageError);
      }
    }
  });
}
