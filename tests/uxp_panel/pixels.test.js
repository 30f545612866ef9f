"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");

const pixels = require("../../uxp_panel/pixels.js");

const BOX = { left: 10, top: 20, right: 13, bottom: 22 };

function take(found, box = BOX, Samples = Uint8Array) {
  const picture = new Samples((box.right - box.left) * (box.bottom - box.top) * 4);
  pixels.takeIn(picture, box, { left: 10, top: 20, width: 3, height: 2, linear: false, ...found });
  return [...picture];
}

const numbers = (count) => Array.from({ length: count }, (_, at) => at + 1);

test("four components are taken as they are", () => {
  assert.deepEqual(take({ components: 4, data: Uint8Array.from(numbers(24)) }), numbers(24));
  const wide = Uint16Array.from(numbers(24), (value) => value * 2000);
  assert.deepEqual(take({ components: 4, data: wide }, BOX, Uint16Array), [...wide]);
});

test("three components get a full alpha, in either depth", () => {
  const expected = (full) => numbers(18).flatMap((value) => (value % 3 ? [value] : [value, full]));
  const data = numbers(18);
  assert.deepEqual(take({ components: 3, data: Uint8Array.from(data) }), expected(255));
  const wide = take({ components: 3, data: Uint16Array.from(data) }, BOX, Uint16Array);
  assert.deepEqual(wide, expected(65535));
});

test("gray is spread over three channels, with its alpha or a full one", () => {
  const opaque = take({ components: 1, data: Uint8Array.from(numbers(6)) });
  assert.deepEqual(
    opaque,
    numbers(6).flatMap((value) => [value, value, value, 255]),
  );
  const data = numbers(6).flatMap((value) => [value, value + 100]);
  const soft = take({ components: 2, data: Uint8Array.from(data) });
  assert.deepEqual(
    soft,
    numbers(6).flatMap((value) => [value, value, value, value + 100]),
  );
});

test("a trimmed box lies where it was, and what juts out of the box is left out", () => {
  const one = { left: 11, top: 21, width: 1, height: 1, components: 4 };
  const inside = take({ ...one, data: Uint8Array.of(1, 2, 3, 4) });
  assert.deepEqual(inside, [...new Array(16).fill(0), 1, 2, 3, 4, 0, 0, 0, 0]);
  const big = { left: 9, top: 19, width: 5, height: 4, components: 1 };
  const found = take({ ...big, data: Uint8Array.from(numbers(20)) });
  assert.deepEqual(
    found.filter((_, at) => at % 4 === 0),
    [7, 8, 9, 12, 13, 14],
  );
  for (const [left, top] of [
    [13, 20],
    [7, 20],
    [10, 22],
    [10, 18],
  ]) {
    const beside = { left, top, components: 4, data: Uint8Array.from(numbers(24)) };
    assert.deepEqual(take(beside), new Array(24).fill(0));
  }
});

test("floats become 16 bits: clamped, and coded where they are linear light", () => {
  const box = { left: 0, top: 0, right: 2, bottom: 1 };
  const size = { left: 0, top: 0, width: 2, height: 1, components: 4 };
  const data = Float32Array.of(-1, 0.5, 2, 0.5, 0.0031308, 0.21404, 1, 1);
  const plain = take({ ...size, data }, box, Uint16Array);
  assert.deepEqual(plain, [0, 32768, 65535, 32768, 205, 14027, 65535, 65535]);
  const coded = take({ ...size, data, linear: true }, box, Uint16Array);
  const expected = [0, 48192, 65535, 32768, 2651, 32768, 65535, 65535];
  coded.forEach((value, at) => assert.ok(Math.abs(value - expected[at]) <= 8, `${at}: ${value}`));
});

test("layers go out as copies, whatever their offset in the message", () => {
  const message = Uint8Array.from(numbers(17));
  const view = message.subarray(1);
  const bytes = pixels.forHost(view, 8, false);
  assert.deepEqual([...bytes.data], numbers(17).slice(1));
  assert.equal(bytes.components, 4);
  const wide = pixels.forHost(view, 16, false);
  assert.ok(wide.data instanceof Uint16Array);
  assert.deepEqual(
    [...wide.data],
    numbers(8).map((at) => 2 * at + (2 * at + 1) * 256),
  );
  bytes.data.fill(0);
  assert.deepEqual([...message], numbers(17));
});

test("gray layers go out as gray and alpha", () => {
  const { data, components } = pixels.forHost(Uint8Array.of(5, 5, 5, 9, 7, 7, 7, 255), 8, true);
  assert.deepEqual([[...data], components], [[5, 9, 7, 255], 2]);
});

for (const [depth, full] of [
  [8, 255],
  [16, 65535],
]) {
  test(`a premultiplied host gets and gives the same colours, within rounding, ${depth} bits`, () => {
    const Samples = depth === 8 ? Uint8Array : Uint16Array;
    const step = depth === 8 ? 1 : 999;
    for (let alpha = 0; alpha <= full; alpha += step) {
      const straight = Samples.of(full, Math.round(full / 3), 0, alpha);
      const bytes = new Uint8Array(straight.buffer);
      const { data } = pixels.forHost(bytes, depth, false, "premultiplied");
      assert.deepEqual([...data], [alpha, Math.round((straight[1] * alpha) / full), 0, alpha]);
      const found = { left: 0, top: 0, width: 1, height: 1, components: 4, data, linear: false };
      const picture = new Samples(4);
      pixels.takeIn(picture, { left: 0, top: 0, right: 1, bottom: 1 }, found, "premultiplied");
      assert.equal(picture[3], alpha);
      const premultiplied = (value) => (value * alpha) / full;
      const off = Math.abs(premultiplied(picture[1]) - premultiplied(straight[1]));
      assert.ok(off <= 1, `${off} at ${alpha}`);
    }
  });
}

test("premultiplied colours over their alpha become white, not what wraps around", () => {
  const picture = new Uint8Array(4);
  const found = { left: 0, top: 0, width: 1, height: 1, components: 4, linear: false };
  const box = { left: 0, top: 0, right: 1, bottom: 1 };
  const data = Uint8Array.of(11, 10, 5, 10);
  pixels.takeIn(picture, box, { ...found, data }, "premultiplied");
  assert.deepEqual([...picture], [255, 255, 128, 10]);
});

test("coverage makes transparent, rounding to the nearest", () => {
  const picture = Uint8Array.of(1, 2, 3, 255, 1, 2, 3, 101, 1, 2, 3, 255);
  pixels.keepCovered(picture, Uint8Array.of(128, 128, 0));
  assert.deepEqual([...picture], [1, 2, 3, 128, 1, 2, 3, 51, 1, 2, 3, 0]);
});

test("coverage is cut out of what was found, 16 bits of it as 8", () => {
  const found = { left: 0, top: 0, width: 3, height: 2, components: 1, linear: false };
  const box = { left: 1, top: 0, right: 3, bottom: 2 };
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6);
  assert.deepEqual([...pixels.coverageOf(box, { ...found, data: bytes })], [2, 3, 5, 6]);
  const wide = Uint16Array.from(bytes, (value) => value * 257 + 100);
  assert.deepEqual([...pixels.coverageOf(box, { ...found, data: wide })], [2, 3, 5, 6]);
});

test("a picture is transparent where no alpha is above 0", () => {
  assert.ok(pixels.isTransparent(Uint8Array.of(9, 9, 9, 0, 1, 1, 1, 0)));
  assert.ok(pixels.isTransparent(new Uint8Array(0)));
  assert.ok(!pixels.isTransparent(Uint16Array.of(9, 9, 9, 0, 1, 1, 1, 256)));
});

test("a layer is neutral where its channels are equal, or nothing shows", () => {
  assert.ok(pixels.isNeutral(Uint8Array.of(5, 5, 5, 1, 9, 8, 7, 0), 8));
  assert.ok(!pixels.isNeutral(Uint8Array.of(5, 5, 5, 1, 9, 9, 8, 1), 8));
  const wide = new Uint8Array(Uint16Array.of(5, 5, 5, 1, 999, 999, 998, 256).buffer);
  assert.ok(!pixels.isNeutral(wide, 16));
});

test("the alpha of another picture is taken", () => {
  const picture = Uint8Array.of(1, 1, 1, 255, 2, 2, 2, 255);
  pixels.takeAlpha(picture, Uint8Array.of(7, 7, 7, 30, 8, 8, 8, 0));
  assert.deepEqual([...picture], [1, 1, 1, 30, 2, 2, 2, 0]);
});
