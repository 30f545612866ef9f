"use strict";

const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");

const protocol = require("../../uxp_panel/protocol.js");

const SESSIONS = path.join(__dirname, "..", "vectors", "sessions");

test("the panel's names are those of a server's welcome", () => {
  const transcript = JSON.parse(readFileSync(path.join(SESSIONS, "decompose.json"), "utf8"));
  const welcome = transcript.lines.find((line) => line.header?.type === "welcome").header;
  assert.deepEqual(protocol.COMPOSITIONS, welcome.compositions);
  assert.equal(protocol.PROTOCOL_VERSION, welcome.protocol);
});
