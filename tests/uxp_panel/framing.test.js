"use strict";

// The bytes of messages: the vectors that every reader replays, and messages with room for pixels.

const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");

const framing = require("../../uxp_panel/framing.js");
const { MAX_HEADER_BYTES } = require("../../uxp_panel/protocol.js");

const { FrameError, HEAD_ROOM, makeMessage, pack, payloadOf, seal, unpack } = framing;
const VECTORS = JSON.parse(readFileSync(path.join(__dirname, "../vectors/framing.json"), "utf8"));

const frameOf = ({ frame, padding = 0 }) =>
  Buffer.concat([Buffer.from(frame, "hex"), Buffer.alloc(padding, " ")]);

for (const vector of VECTORS) {
  test(vector.name, () => {
    const frame = frameOf(vector);
    if (!vector.valid) {
      assert.throws(() => unpack(Uint8Array.from(frame)), FrameError);
      return;
    }
    const { header, payload } = unpack(frame);
    assert.deepEqual(header, vector.header);
    assert.equal(Buffer.from(payload).toString("hex"), vector.payload);
    if (vector.packed) {
      assert.deepEqual(Buffer.concat([pack(header), payload]), frame);
    }
  });
}

test("what a socket gives is read like a view, and the payload is not copied", () => {
  const message = Uint8Array.from(frameOf({ frame: "020000007b7d0102" }));
  const { payload } = unpack(message.buffer);
  message[6] = 9;
  assert.deepEqual([...payload], [9, 2]);
});

test("a view into a larger buffer is read from where it begins", () => {
  const bytes = Uint8Array.from([9, 9, 9, 2, 0, 0, 0, 0x7b, 0x7d, 7]);
  assert.deepEqual([...unpack(bytes.subarray(3)).payload], [7]);
});

for (const payloadBytes of [0, 1, 7, 1 << 20]) {
  test(`pixels of ${payloadBytes} bytes are where they were written`, () => {
    const message = makeMessage(payloadBytes);
    payloadOf(message).forEach((_, at, pixels) => (pixels[at] = at));
    seal(message, { type: "decompose", job: "線 1" });
    const { header, payload } = unpack(message);
    assert.deepEqual(header, { type: "decompose", job: "線 1" });
    assert.equal(payload.byteOffset, HEAD_ROOM);
    assert.deepEqual(Buffer.from(payload), Buffer.from(payloadOf(message)));
    assert.equal(payload.length, payloadBytes);
    assert.ok(payload.every((byte, at) => byte === at % 256));
  });
}

test("a message can be sealed again, with a shorter header", () => {
  const message = makeMessage(1);
  seal(message, { job: "a long name that goes" });
  seal(message, {});
  assert.deepEqual(unpack(message).header, {});
});

test("rows of 16 bits can be written as such", () => {
  const pixels = payloadOf(makeMessage(8));
  assert.equal(new Uint16Array(pixels.buffer, pixels.byteOffset, 4).length, 4);
});

/** A header whose JSON has so many bytes. */
const headerOf = (bytes) => ({ a: "x".repeat(bytes - '{"a":""}'.length) });

test("a header has to go into its place", () => {
  const message = makeMessage(4);
  seal(message, headerOf(HEAD_ROOM - 4));
  assert.deepEqual(unpack(message).header, headerOf(HEAD_ROOM - 4));
  assert.deepEqual([...payloadOf(message)], [0, 0, 0, 0]);
  assert.throws(() => seal(message, headerOf(HEAD_ROOM - 3)), FrameError);
});

test("a header over the limit is not written", () => {
  assert.equal(pack(headerOf(MAX_HEADER_BYTES)).length, 4 + MAX_HEADER_BYTES);
  assert.throws(() => pack(headerOf(MAX_HEADER_BYTES + 1)), FrameError);
});

for (const value of [NaN, Infinity, -Infinity]) {
  test(`${value} is not written`, () => {
    assert.throws(() => pack({ layers: [{ x: value }] }), FrameError);
    assert.throws(() => seal(makeMessage(0), { x: value }), FrameError);
  });
}

test("every character comes back", () => {
  const text = String.fromCharCode(...Array(0x500).keys()) + "線🎨\ud800";
  assert.equal(unpack(pack({ text })).header.text, text);
  assert.ok(pack({ text }).every((byte) => byte < 0x7f));
});

test("a header that is nested very deep is refused or read, and nothing else", () => {
  const deep = `{"a":${"[".repeat(30000)}${"]".repeat(30000)}}`;
  const message = Buffer.concat([Buffer.alloc(4), Buffer.from(deep)]);
  message.writeUInt32LE(deep.length);
  try {
    assert.ok(Array.isArray(unpack(message).header.a));
  } catch (error) {
    assert.ok(error instanceof FrameError);
  }
});
