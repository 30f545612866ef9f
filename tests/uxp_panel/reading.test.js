"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");

const desk = require("./desk.js");

const { grayOf, painting, pixelsOf, refusal, sitDown, stateOf } = desk;
const SIZE = { width: 16, height: 12 };

/** Open a document and read it; what it was and what was read. */
async function read(options, description, scope = "document", prepare = () => {}) {
  const { fake, canvas } = sitDown(options);
  const document = fake.openDocument({ title: "figure.psd", ...SIZE, ...description });
  prepare(fake, document);
  const before = stateOf(fake, document);
  const picture = await canvas.activeDocument().read(scope);
  assert.deepEqual(stateOf(fake, document), before);
  assert.equal(fake.activeDocument.id, document.id);
  assert.deepEqual(fake.leaks(), []);
  assert.equal(canvas.openDocuments().length, 1);
  return { fake, canvas, document, picture, look: before.look };
}

const assertSeen = (picture, look) => {
  assert.deepEqual([picture.width, picture.height], [look.width, look.height]);
  assert.deepEqual(pixelsOf(picture), look.data);
};

for (const depth of [8, 16]) {
  for (const soft of [true, false]) {
    test(`RGB of ${depth} bits, ${soft ? "soft" : "opaque"}, is read number by number`, async () => {
      const pixels = painting(16, 12, { depth, soft });
      const { picture, look } = await read({}, { depth, pixels, profile: "Adobe RGB (1998)" });
      assertSeen(picture, look);
      assert.deepEqual([picture.depth, picture.x, picture.y, picture.notice], [depth, 0, 0, ""]);
      assert.deepEqual(picture.canvas, SIZE);
    });

    test(`gray of ${depth} bits, ${soft ? "soft" : "opaque"}, is read with its alpha`, async () => {
      const pixels = grayOf(painting(16, 12, { depth, soft, gray: true }));
      for (const grayAlpha of [true, false]) {
        const options = { depth, mode: "grayscale", profile: "Dot Gain 20%", pixels };
        const { picture, look } = await read({ grayAlpha }, options);
        assertSeen(picture, look);
      }
    });
  }
}

test("what Photoshop trims lies where it was", async () => {
  const patch = { left: 9, top: 7, width: 5, height: 3, pixels: painting(5, 3) };
  const { picture, look } = await read({}, { layers: [{ name: "patch", ...patch }] });
  assertSeen(picture, look);
});

test("what lies beyond the canvas is left out", async () => {
  const big = { left: -3, top: -2, width: 24, height: 20, pixels: painting(24, 20) };
  const { picture, look } = await read({}, { layers: [{ name: "big", ...big }] });
  assertSeen(picture, look);
});

test("a document without a profile is read too", async () => {
  const { picture, look } = await read({}, { pixels: painting(16, 12), profile: null });
  assertSeen(picture, look);
  assert.equal(picture.colors.profile, "");
});

test("the originals are the visible layers", async () => {
  const layer = (name, visible) => ({ name, visible, ...SIZE, pixels: painting(16, 12) });
  const layers = [layer("a", true), layer("b", false), layer("c", true)];
  const { picture, document } = await read({}, { layers });
  const [a, , c] = document.layers;
  assert.deepEqual(picture.originals, [a.id, c.id]);
});

const others = [
  ["CMYK", 8],
  ["CMYK", 16],
  ["lab", 8],
  ["lab", 16],
];
for (const [mode, depth] of others) {
  test(`${mode} of ${depth} bits is converted to sRGB`, async () => {
    const { picture } = await read({}, { mode, depth, pixels: painting(16, 12, { depth }) });
    assert.equal(picture.depth, depth);
    assert.ok(pixelsOf(picture).some((value) => value > 0));
    assert.match(picture.colors.unfit, /^is (CMYK|Lab), and these blend modes/);
  });
}

test("32 bits become 16, as they look in sRGB, with what is brighter than white told", async () => {
  const values = [0, 0.002, 0.21404, 0.5, 1, 1.7, -0.5, 0.75];
  const pixels = new Float32Array(values.flatMap((value) => [value, value, value, 1]));
  const size = { width: 8, height: 1 };
  const { picture } = await read({}, { ...size, depth: 32, pixels, background: true });
  assert.equal(picture.depth, 16);
  assert.equal(picture.notice, "What is brighter than white in “figure” is white in its layers.");
  const gray = pixelsOf(picture).filter((_, at) => at % 4 === 0);
  const coded = [0, 0.02584, 0.5, 0.73536, 1, 1, 0, 0.88083].map((value) => value * 65535);
  gray.forEach((value, at) => assert.ok(Math.abs(value - coded[at]) < 20, `${value} ${coded[at]}`));
  assert.equal(pixelsOf(picture)[3], 65535);
});

test("an active layer is read as it is alone, however it lies in its document", async () => {
  const ink = { left: 2, top: 3, width: 6, height: 5, pixels: painting(6, 5) };
  const paper = { name: "paper", background: true, ...SIZE, pixels: painting(16, 12) };
  for (const look of [{}, { visible: false }, { clipped: true }]) {
    const layers = [{ name: "ink", ...ink, ...look, active: true }, paper];
    const { picture, document, fake } = await read({}, { layers }, "layer");
    assertSeen(picture, fake.render(document, { only: document.layers[0] }));
    const visible = look.visible !== false;
    assert.deepEqual(picture.originals, visible ? [document.layers[0].id] : []);
  }
});

test("an active group is read with all that is visible in it", async () => {
  const layer = (name, more) => ({ name, ...SIZE, pixels: painting(16, 12), ...more });
  const inside = [layer("top", { blendMode: "multiply" }), layer("hidden", { visible: false })];
  const group = { name: "group", active: true, layers: [...inside, layer("bottom")] };
  for (const [mode, profile] of [
    ["RGB", "Display P3"],
    ["RGB", null],
    ["CMYK", undefined],
  ]) {
    const layers = [group, layer("paper", { background: true })];
    const { picture, document, fake } = await read({}, { mode, profile, layers }, "layer");
    if (mode === "RGB") {
      assertSeen(picture, fake.render(document, { only: document.layers[0] }));
    }
    assert.deepEqual(picture.originals, [document.layers[0].id]);
  }
});

test("a layer in a profile that is not installed is not read with other colours", async () => {
  const { fake, canvas } = sitDown();
  const pixels = painting(16, 12);
  const document = fake.openDocument({ title: "scan", ...SIZE, pixels });
  document._open.profile = "Camera 7";
  assert.match(
    await refusal(canvas.activeDocument().read("layer")),
    /^Photoshop can’t make a scratch/,
  );
  assert.equal(canvas.openDocuments().length, 1);
});

for (const version of ["24.4.0", "26.9.0"]) {
  for (const depth of [8, 16, 32]) {
    test(`a selection is read as far as it covers: ${version}, ${depth} bits`, async () => {
      const box = { left: 3, top: 2, right: 11, bottom: 8 };
      const coverage = (x, y) => [255, 128, 64][(x + y) % 3];
      const pixels = painting(16, 12, { depth: Math.min(depth, 16) });
      const select = (fake, document) => fake.select(document, box, coverage);
      const seat = await read({ version }, { depth, pixels }, "selection", select);
      const { picture } = seat;
      const whole = pixelsOf(await seat.canvas.activeDocument().read("document"));
      assert.deepEqual([picture.x, picture.y, picture.width, picture.height], [3, 2, 8, 6]);
      assert.deepEqual(picture.originals, []);
      const found = pixelsOf(picture);
      for (let at = 0; at < found.length; at += 4) {
        const [x, y] = [3 + ((at / 4) % 8), 2 + Math.floor(at / 32)];
        const [...seen] = whole.subarray((y * 16 + x) * 4, (y * 16 + x) * 4 + 4);
        const alpha = (seen[3] * coverage(x, y)) / 255;
        assert.deepEqual([...found.subarray(at, at + 3)], seen.slice(0, 3));
        assert.ok(Math.abs(found[at + 3] - alpha) <= (depth === 8 ? 0.5 : 3), `${alpha}`);
      }
    });
  }

  test(`a selection that reaches beyond the canvas is read on it: ${version}`, async () => {
    const box = { left: -5, top: 6, right: 30, bottom: 40 };
    const select = (fake, document) => fake.select(document, box);
    const options = [{ pixels: painting(16, 12) }, "selection", select];
    const { picture } = await read({ version }, ...options);
    assert.deepEqual([picture.x, picture.y, picture.width, picture.height], [0, 6, 16, 6]);
  });
}

test("what can’t be read is refused in one sentence", async () => {
  const layer = (name, more) => ({ name, ...SIZE, pixels: painting(16, 12), ...more });
  const empty = { name: "empty" };
  const shows = "“figure” shows nothing; paint something or make a layer visible.";
  const nothing = "Nothing is selected in “figure”; select a part of the picture.";
  const cases = [
    ["document", {}, [empty], shows],
    ["document", {}, [layer("a", { visible: false })], shows],
    ["document", {}, [{ name: "g", visible: false, layers: [layer("a")] }], shows],
    [
      "layer",
      {},
      [{ ...empty, active: true }, layer("a")],
      "The layer “empty” is empty; choose one that has something on it.",
    ],
    [
      "layer",
      {},
      [layer("a", { active: true }), layer("b", { active: true })],
      "Several layers of “figure” are active; click on one, or put them into a group.",
    ],
    ["selection", {}, [layer("a")], nothing],
    ["selection", { version: "24.4.0" }, [layer("a")], nothing],
    ["selection", { version: "24.4.0", noSelection: "zeros" }, [layer("a")], nothing],
  ];
  for (const [scope, options, layers, sentence] of cases) {
    const { fake, canvas } = sitDown(options);
    fake.openDocument({ title: "figure.psd", ...SIZE, layers });
    assert.equal(await refusal(canvas.activeDocument().read(scope)), sentence);
    assert.equal(canvas.openDocuments().length, 1);
    assert.deepEqual(fake.leaks(), []);
  }
});

test("no active layer, an empty selected part and one outside are refused", async () => {
  const { fake, canvas } = sitDown();
  const patch = { name: "patch", left: 1, top: 1, width: 3, height: 3, pixels: painting(3, 3) };
  const document = fake.openDocument({ title: "figure", ...SIZE, layers: [patch] });
  const handle = canvas.activeDocument();
  fake.activateLayers(document, []);
  const click = "No layer of “figure” is active; click on one in the Layers panel.";
  assert.equal(await refusal(handle.read("layer")), click);
  fake.select(document, { left: 8, top: 8, right: 12, bottom: 12 });
  const empty = "The selected part of “figure” is empty; select something painted.";
  assert.equal(await refusal(handle.read("selection")), empty);
  fake.select(document, { left: 20, top: 0, right: 30, bottom: 9 });
  const outside = "The selection lies outside the canvas of “figure”; move it in.";
  assert.equal(await refusal(handle.read("selection")), outside);
});

test("a hole within a layer is an empty part too", async () => {
  const { fake, canvas } = sitDown();
  const pixels = painting(16, 12, { soft: false });
  for (let at = 0; at < pixels.length; at += 4) {
    const [x, y] = [(at / 4) % 16, Math.floor(at / 64)];
    pixels.fill(x >= 4 && x < 9 && y >= 3 && y < 8 ? 0 : 200, at, at + 4);
  }
  const document = fake.openDocument({ title: "figure", ...SIZE, pixels });
  fake.select(document, { left: 4, top: 3, right: 9, bottom: 8 });
  const sentence = await refusal(canvas.activeDocument().read("selection"));
  assert.equal(sentence, "The selected part of “figure” is empty; select something painted.");
});

test("the document in front stays there while a layer of another is read", async () => {
  const { fake, canvas } = sitDown();
  const titles = ["first", "second", "third"];
  const opened = titles.map((title) =>
    fake.openDocument({ title, ...SIZE, pixels: painting(16, 12) }),
  );
  fake.activate(opened[1]);
  await canvas.openDocuments()[0].read("layer");
  assert.equal(fake.activeDocument.id, opened[1].id);
});
