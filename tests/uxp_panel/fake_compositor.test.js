"use strict";

// What the fake Photoshop draws, against the formulas of the W3C.

const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");

const { FakePhotoshop } = require("./fake_photoshop/index.js");
const { confetti, toGray } = require("./fake_photoshop/scenes.js");

const VECTORS = path.join(__dirname, "..", "vectors", "blend.json");
/** Photoshop's spelling of the W3C's name (ps-reference/modules/constants.md). */
const hostMode = (mode) => mode.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
const RANGES = { 8: 255, 16: 32768, 32: 1 };

/** A document of one pixel, in levels of 0..1. */
function onePixel(layers, depth, fake = new FakePhotoshop()) {
  const numbers = ([gray, alpha]) => Float32Array.from([gray, gray, gray, alpha]);
  const described = (layer) =>
    layer.layers
      ? { ...layer, layers: layer.layers.map(described) }
      : { ...layer, width: 1, height: 1, pixels: numbers(layer.pixel) };
  return fake.openDocument({ width: 1, height: 1, depth, layers: layers.map(described) });
}

/** The colour and the alpha of a document's only pixel, in 0..1, as the host keeps it. */
function seen(document) {
  const { data, max } = document._open.drawn();
  return [data[0] / max, data[3] / max];
}

function near(actual, expected, tolerance, about) {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} ${about}`);
}

for (const depth of [8, 16, 32]) {
  test(`two pixels blend by the W3C's formulas in ${depth} bits`, () => {
    // A colour is rounded as it comes in, and once more as it is drawn; so is its alpha.
    const tolerance = depth === 32 ? 1e-6 : 2.1 / RANGES[depth];
    for (const { mode, tests } of JSON.parse(readFileSync(VECTORS, "utf8"))) {
      const blendMode = hostMode(mode);
      for (const one of tests) {
        const document = onePixel(
          [{ blendMode, pixel: [one.cs, one.alpha_s] }, { pixel: [one.cb, one.alpha_b] }],
          depth,
        );
        const [colour, alpha] = seen(document);
        const about = `in ${JSON.stringify({ mode, ...one })}`;
        near(alpha, one.alpha, tolerance, about);
        near(colour * alpha, one.premultiplied, tolerance, about);
      }
    }
  });
}

const FORMULAS = {
  normal: (b, s) => s,
  multiply: (b, s) => b * s,
  lighten: Math.max,
};

/** What the W3C's formulas make of pictures in bytes, bottom first, premultiplied and not rounded. */
function composited(pictures, at) {
  return pictures.reduce(
    ([colours, below], { pixels, mode }) => {
      const alpha = pixels[at + 3] / 255;
      const blended = colours.map((colour, k) => {
        const source = pixels[at + k] / 255;
        const mixed = below && FORMULAS[mode](colour / below, source);
        const added = (1 - below) * alpha * source + below * alpha * mixed;
        return added + (1 - alpha) * colour;
      });
      return [blended, alpha + below - alpha * below];
    },
    [[0, 0, 0], 0],
  );
}

test("colours of whole pictures blend by the W3C's formulas, each in its own place", () => {
  const size = { width: 13, height: 9 };
  const pictures = ["normal", "multiply", "lighten", "normal"].map((mode, seed) => {
    return { mode, blendMode: mode, ...confetti({ ...size, seed }) };
  });
  const document = new FakePhotoshop().openDocument({ ...size, layers: [...pictures].reverse() });
  const { data } = document._open.drawn();
  for (let at = 0; at < data.length; at += 4) {
    const [colours, alpha] = composited(pictures, at);
    const drawn = data[at + 3] / 255;
    near(drawn, alpha, 2 / 255, `alpha at ${at}`);
    colours.forEach((colour, k) => near((data[at + k] / 255) * drawn, colour, 3 / 255, `at ${at}`));
  }
});

/** Linear dodge at .5 on .5 is 1; normal shows what is on top. */
const GLOW = { name: "Glow", blendMode: "linearDodge", pixel: [0.5, 1] };

test("an isolated group blends inside of itself, a pass-through group with what is below", () => {
  const paper = { name: "Paper", pixel: [0.5, 1] };
  const group = (look) => onePixel([{ name: "Group", layers: [GLOW], ...look }, paper], 32);
  near(seen(group({ blendMode: "normal" }))[0], 0.5, 1e-6, "isolated");
  near(seen(group({ blendMode: "passThrough" }))[0], 1, 1e-6, "pass-through");
  const half = group({ blendMode: "passThrough", opacity: 50 });
  near(seen(half)[0], 0.75, 1e-6, "pass-through at half");
  const dodge = group({ blendMode: "linearDodge", opacity: 50 });
  near(seen(dodge)[0], 0.75, 1e-6, "a group's own mode and opacity");
});

test("a hidden layer and a hidden group are not drawn", () => {
  const paper = { name: "Paper", pixel: [0.25, 1] };
  const hidden = { name: "Group", visible: false, layers: [GLOW] };
  near(seen(onePixel([hidden, { ...GLOW, visible: false }, paper], 32))[0], 0.25, 0, "paper");
});

test("a clipped layer shows where its base is, and goes with it", () => {
  const paper = { name: "Paper", pixel: [1, 1] };
  const clipped = { name: "Clipped", clipped: true, blendMode: "multiply", pixel: [0.5, 1] };
  const base = { name: "Base", pixel: [0.5, 0.5] };
  // The base becomes .25 at an alpha of .5; over white that is .625.
  near(seen(onePixel([clipped, base, paper], 32))[0], 0.625, 1e-6, "clipped");
  near(seen(onePixel([clipped, { ...base, visible: false }, paper], 32))[0], 1, 0, "no base");
  // Half of it: .375 at an alpha of .5; over white that is .6875.
  const thin = { ...clipped, pixel: [0.5, 0.5] };
  near(seen(onePixel([thin, base, paper], 32))[0], 0.6875, 1e-6, "thinly clipped");
  const alone = seen(onePixel([clipped, base], 32));
  near(alone[1], 0.5, 1e-6, "the base's alpha");
});

test("an opacity scales the alpha", () => {
  const layers = [{ opacity: 40, pixel: [0, 1] }, { pixel: [1, 1] }];
  near(seen(onePixel(layers, 32))[0], 0.6, 1e-6, "40 percent of black on white");
});

test("each layer is rounded as it is drawn", () => {
  const layer = { opacity: 50, pixel: [1, 1] };
  const document = onePixel([layer, layer, { pixel: [0, 1] }], 8);
  // 127.5 becomes 128, then 191.5 becomes 192.
  assert.equal(seen(document)[0] * 255, 192);
});

test("layers lie where they are placed, and past the canvas nothing shows", () => {
  const pixels = Uint8Array.from({ length: 16 * 4 }, (_, at) => (at % 4 === 3 ? 255 : at >> 2));
  const layer = { name: "Patch", left: -2, top: 1, width: 4, height: 4, pixels };
  const fake = new FakePhotoshop();
  const document = fake.openDocument({ width: 3, height: 3, layers: [layer] });
  const { data } = fake.render(document);
  const reds = [...data].filter((_, at) => at % 4 === 0);
  const alphas = [...data].filter((_, at) => at % 4 === 3);
  assert.deepEqual(reds, [0, 0, 0, 2, 3, 0, 6, 7, 0]);
  assert.deepEqual(alphas, [0, 0, 0, 255, 255, 0, 255, 255, 0]);
  const { left, top, right, bottom } = document.layers[0].bounds;
  assert.deepEqual([left, top, right, bottom], [-2, 1, 2, 5]);
});

test("a pass-through group's opacity fades each pixel by its own alpha", () => {
  const size = { width: 2, height: 1 };
  const below = { name: "Below", ...size, pixels: Uint8Array.from([0, 0, 0, 255, 0, 0, 0, 0]) };
  const inner = {
    name: "In",
    ...size,
    pixels: Uint8Array.from([200, 100, 0, 255, 200, 100, 0, 255]),
  };
  const group = { name: "Group", blendMode: "passThrough", opacity: 25, layers: [inner] };
  const document = new FakePhotoshop().openDocument({ ...size, layers: [group, below] });
  assert.deepEqual([...document._open.drawn().data], [50, 25, 0, 255, 200, 100, 0, 64]);
});

test("one layer or group can be seen alone, hidden or not", () => {
  const fake = new FakePhotoshop();
  const paint = confetti({ width: 6, height: 5 });
  const layers = [
    { name: "Group", blendMode: "multiply", layers: [{ name: "Inner", ...paint }] },
    { name: "Other", visible: false, ...confetti({ width: 6, height: 5, seed: 2 }) },
  ];
  const document = fake.openDocument({ width: 6, height: 5, layers });
  const alone = fake.render(document, { only: document.layers[0] });
  const transparent = (at) => paint.pixels[at - (at % 4) + 3] === 0;
  const expected = paint.pixels.map((value, at) => (transparent(at) ? 0 : value));
  assert.deepEqual(alone.data, expected);
  const hidden = fake.render(document, { only: document.layers[1] }).data;
  assert.ok(hidden.some((value) => value > 0));
});

test("gray documents are drawn as their gray", () => {
  const fake = new FakePhotoshop();
  const gray = toGray(confetti({ width: 6, height: 5, opaque: true }));
  const document = fake.openDocument({ ...gray, mode: "Grayscale" });
  const { data } = fake.render(document);
  gray.pixels.forEach((value, at) => {
    const [pixel, k] = [Math.floor(at / 2), at % 2];
    assert.equal(data[pixel * 4 + (k ? 3 : 1)], value);
  });
});

test("a blend mode that it can't draw is an error", () => {
  const layers = [{ blendMode: "overlay", pixel: [1, 1] }, { pixel: [1, 1] }];
  assert.throws(() => seen(onePixel(layers, 8)), /can't draw/);
});
