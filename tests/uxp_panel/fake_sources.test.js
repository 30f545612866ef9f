"use strict";

// What the fake Photoshop refuses has a source: a rule that somebody made up would teach the panel
// something that no Photoshop does.

const assert = require("node:assert/strict");
const { readFileSync, readdirSync } = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");

const FAKE = path.join(__dirname, "fake_photoshop");
const REFUSAL = /new (?:Host|Type)Error\(/;
/** A page of the documentation, a report, what was seen; or the word that nobody wrote it down. */
const SOURCE = /\[infer\]|\w\.md\b|\.psjs\b|\bhelpx\b|changelog|issue #\d|observed in/i;

/** Between empty lines: a function or a method, with the comment above it. */
const paragraphs = (text) => text.split(/\n\s*\n/);

for (const name of readdirSync(FAKE)) {
  test(`every refusal in ${name} says where it is from`, () => {
    const text = readFileSync(path.join(FAKE, name), "utf8");
    const refusals = paragraphs(text).filter((part) => REFUSAL.test(part));
    assert.deepEqual(
      refusals.filter((part) => !SOURCE.test(part)),
      [],
    );
  });
}
