"use strict";

// Damage the panel's reader of messages in small ways, and see that the framing vectors notice each.
//
// node tests/vectors/mutants.js

const { readFileSync } = require("node:fs");
const path = require("node:path");
const { isDeepStrictEqual } = require("node:util");

const PANEL = path.join(__dirname, "..", "..", "uxp_panel");
const SOURCE = readFileSync(path.join(PANEL, "framing.js"), "utf8");
const VECTORS = JSON.parse(readFileSync(path.join(__dirname, "framing.json"), "utf8"));

const READ = 'decodeURIComponent(Array.from(body, (byte) => PERCENT[byte]).join(""))';
const MUTANTS = [
  ["big-endian when read", "getUint32(0, true)", "getUint32(0, false)"],
  ["big-endian when written", "json.length, true)", "json.length, false)"],
  ["signed length", "getUint32(0, true)", "getInt32(0, true)"],
  ["16-bit length", "getUint32(0, true)", "getUint16(0, true)"],
  ["length counts the prefix", "const end = PREFIX_BYTES + length", "const end = length"],
  ["no check of the prefix", "bytes.length < PREFIX_BYTES", "bytes.length < 1"],
  ["no limit", "if (length > MAX_HEADER_BYTES)", "if (false)"],
  ["limit one less", "if (length > MAX_HEADER_BYTES)", "if (length >= MAX_HEADER_BYTES)"],
  ["limit one more", "if (length > MAX_HEADER_BYTES)", "if (length > MAX_HEADER_BYTES + 1)"],
  ["no check of the end", "if (bytes.length < end)", "if (false)"],
  ["end one off", "if (bytes.length < end)", "if (bytes.length < end - 1)"],
  ["payload one late", "bytes.subarray(end) }", "bytes.subarray(end + 1) }"],
  ["payload with the header", "bytes.subarray(end) }", "bytes.subarray(PREFIX_BYTES) }"],
  ["Latin-1", "decodeURIComponent(", "unescape("],
  ["lenient UTF-8", READ, "new TextDecoder().decode(body)"],
  ["any JSON", 'typeof header !== "object"', "false"],
  ["null is JSON enough", " || header === null", ""],
  ["arrays are JSON enough", " || Array.isArray(header)", ""],
  ["raw UTF-8 written", ".replace(/[\\u007f-\\uffff]/g, escaped)", ""],
  ["spaces in what is written", "refuseNonFinite)", "refuseNonFinite, 1)"],
  ["header written one late", "message[PREFIX_BYTES + at]", "message[PREFIX_BYTES + at + 1]"],
  ["payload in the header's place", "message.subarray(HEAD_ROOM)", "message.subarray(8)"],
  ["header not filled up", ".padEnd(room)", ""],
];

/** The module that a source makes. */
function load(source) {
  const module = { exports: {} };
  const requireFromPanel = (name) => require(path.join(PANEL, name));
  new Function("require", "module", source)(requireFromPanel, module);
  return module.exports;
}

/** Whether a vector fails with this source. */
function notices(source) {
  const framing = load(source);
  return VECTORS.some((vector) => !holds(framing, vector));
}

function holds(framing, vector) {
  const frame = Buffer.concat([
    Buffer.from(vector.frame, "hex"),
    Buffer.alloc(vector.padding || 0, " "),
  ]);
  try {
    return readsAs(framing, frame, vector) && writesAs(framing, frame, vector);
  } catch (error) {
    return error instanceof framing.FrameError && !vector.valid;
  }
}

function readsAs(framing, frame, vector) {
  const { header, payload } = framing.unpack(Uint8Array.from(frame));
  return (
    vector.valid &&
    isDeepStrictEqual(header, vector.header) &&
    Buffer.from(payload).toString("hex") === vector.payload
  );
}

/** Both ways of writing: as short as can be, and with room for pixels. */
function writesAs(framing, frame, vector) {
  const payload = Buffer.from(vector.payload, "hex");
  const message = framing.makeMessage(payload.length);
  framing.payloadOf(message).set(payload);
  framing.seal(message, vector.header);
  const packed = Buffer.concat([framing.pack(vector.header), payload]);
  return readsAs(framing, message, vector) && (!vector.packed || packed.equals(frame));
}

function main() {
  if (notices(SOURCE)) {
    console.log("the vectors fail with the source as it is");
    return 1;
  }
  let survivors = 0;
  for (const [name, old, changed] of MUTANTS) {
    if (!SOURCE.includes(old)) {
      throw new Error(`the mutant “${name}” finds nothing to change`);
    }
    const noticed = notices(SOURCE.split(old).join(changed));
    survivors += noticed ? 0 : 1;
    console.log(`${noticed ? "noticed " : "SURVIVED"}  ${name}`);
  }
  console.log(`${MUTANTS.length - survivors} of ${MUTANTS.length} noticed`);
  return survivors > 0 ? 1 : 0;
}

process.exitCode = main();
