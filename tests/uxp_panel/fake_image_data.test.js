"use strict";

// How the fake Photoshop's imaging API takes pixels, and who holds them.

const assert = require("node:assert/strict");
const { test } = require("node:test");

const { confetti, patch, toGray } = require("./fake_photoshop/scenes.js");
const rig = require("./fake_rig.js");

const { opened } = rig;

const SRGB = "sRGB IEC61966-2.1";

/** A rig that also makes image data of numbers. */
function started(options = {}) {
  const host = rig.started({ sameErrors: true, ...options });
  const { imaging, modal } = host;
  const make = (numbers, options) =>
    modal(() => imaging.createImageDataFromBuffer(numbers, { colorSpace: "RGB", ...options }));
  return { ...host, make };
}

test("image data can be had planar, and its numbers are a copy", async () => {
  const { make, modal } = started();
  const imageData = await make(Uint8Array.from([1, 2, 3, 4, 5, 6]), {
    width: 2,
    height: 1,
    components: 3,
  });
  await modal(async () => {
    const planar = await imageData.getData({ chunky: false });
    assert.deepEqual([...planar], [1, 4, 2, 5, 3, 6]);
    planar.fill(0);
    assert.deepEqual([...(await imageData.getData())], [1, 2, 3, 4, 5, 6]);
  });
  const options = { width: 2, height: 1, components: 3, chunky: false };
  const other = await make(Uint8Array.from([1, 4, 2, 5, 3, 6]), options);
  assert.deepEqual([...(await other.getData())], [1, 2, 3, 4, 5, 6]);
});

test("image data is made of the right number of the right numbers", async () => {
  const { make } = started();
  const size = { width: 1, height: 1, components: 4 };
  await assert.rejects(make(new Uint8Array(3), size), /3 elements where 4/);
  await assert.rejects(make(new Uint8ClampedArray(4), size), /Accepted types/);
  await assert.rejects(make(new Uint8Array(4), { ...size, components: 2 }), /2 components/);
  await assert.rejects(make(new Uint8Array(4), { ...size, colorProfile: "Nobody's" }), {
    number: -26120,
  });
  const linear = `${SRGB} (Linear RGB Profile)`;
  await assert.rejects(make(new Float32Array(4), { ...size, colorProfile: linear }), {
    number: -26120,
  });
  await assert.rejects(make(Uint16Array.from([40000, 0, 0, 0]), size), /above 32768/);
  const wide = await make(Uint16Array.from([65535, 0, 257, 65535]), { ...size, fullRange: true });
  assert.equal(wide.componentSize, 16);
  assert.deepEqual([...(await wide.getData())], [32768, 0, 129, 32768]);
});

test("what is not disposed is a leak, and what is disposed is gone", async () => {
  const { fake, make } = started();
  const imageData = await make(new Uint8Array(4), { width: 1, height: 1, components: 4 });
  assert.deepEqual(fake.leaks(), [imageData]);
  assert.equal(fake.leaks()[0].maker, "createImageDataFromBuffer");
  imageData.dispose();
  assert.deepEqual(fake.leaks(), []);
  assert.equal(fake.mostBytesHeld, 4);
  await assert.rejects(imageData.getData({}), /disposed/);
  assert.throws(() => imageData.dispose(), /disposed already/);
});

/** Put RGBA bytes into a layer of a document. */
async function put({ imaging, modal, make }, options, numbers, size, look = {}) {
  const components = numbers.length / (size.width * size.height);
  const imageData = await make(numbers, { ...size, components, ...look });
  await modal(() => imaging.putPixels({ imageData, ...options }));
  imageData.dispose();
}

test("pixels go where they are put, replacing or joining those that are there", async () => {
  const host = started();
  const { fake } = host;
  const { document, layerID } = opened(fake, patch());
  const options = { documentID: document.id, layerID, targetBounds: { left: 10, top: 8 } };
  const white = new Uint8Array(16).fill(255);
  await put(host, { ...options, replace: false }, white, { width: 2, height: 2 });
  const edges = ({ left, top, right, bottom }) => [left, top, right, bottom];
  assert.deepEqual(edges(document.layers[0].bounds), [6, 5, 12, 10]);
  await put(host, { documentID: document.id, layerID }, white, { width: 2, height: 2 });
  assert.deepEqual(edges(document.layers[0].bounds), [0, 0, 2, 2]);
  const named = { ...options, commandName: "Paint" };
  await put(host, named, white, { width: 2, height: 2 });
  assert.deepEqual(fake.history(document), ["Open", "Put Pixels", "Put Pixels", "Paint"]);
  fake.undo(document);
  assert.deepEqual(edges(document.layers[0].bounds), [0, 0, 2, 2]);
});

test("pixels are put into pixel layers that are not locked, in the document's depth", async () => {
  const host = started();
  const layers = [
    { name: "Group", layers: [{ name: "Inner" }] },
    { name: "Text", kind: "text" },
    { name: "Locked", allLocked: true },
    { name: "Free" },
  ];
  const document = host.fake.openDocument({ width: 4, height: 4, layers });
  const size = { width: 1, height: 1 };
  const into = (at, numbers) =>
    put(host, { documentID: document.id, layerID: document.layers[at].id }, numbers, size);
  const byte = new Uint8Array(4);
  await assert.rejects(into(0, byte), /not a pixel layer/);
  await assert.rejects(into(1, byte), /not a pixel layer/);
  await assert.rejects(into(2, byte), /locked/);
  await assert.rejects(into(3, new Uint16Array(4)), { message: "Photoshop Error. Code: -1" });
  await into(3, byte);
});

test("without a profile the numbers stay, with another they are converted", async () => {
  const host = started();
  const { document, layerID } = opened(host.fake, { ...patch(), profile: "Display P3" });
  const numbers = Uint8Array.from([200, 100, 50, 255]);
  const size = { width: 1, height: 1 };
  const target = { documentID: document.id, layerID };
  await put(host, target, numbers, size);
  assert.deepEqual([...host.fake.render(document).data.subarray(0, 4)], [200, 100, 50, 255]);
  await put(host, target, numbers, size, { colorProfile: SRGB });
  assert.notDeepEqual([...host.fake.render(document).data.subarray(0, 4)], [200, 100, 50, 255]);
});

test("a converted colour keeps its gray, loses or gains chroma, and keeps its alpha", async () => {
  const host = started();
  const pixels = new Uint8Array(8);
  const scene = { width: 2, height: 1, pixels, profile: "Display P3" };
  const { document, layerID } = opened(host.fake, scene);
  const numbers = Uint8Array.from([120, 120, 120, 200, 200, 100, 50, 77]);
  const target = { documentID: document.id, layerID };
  await put(host, target, numbers, { width: 2, height: 1 }, { colorProfile: SRGB });
  const { data } = host.fake.render(document);
  assert.deepEqual([...data.subarray(0, 4)], [120, 120, 120, 200]);
  assert.ok(data[4] > 200 && data[6] < 50 && data[7] === 77, String(data));
});

test("pixels without alpha are opaque", async () => {
  const host = started();
  const { document, layerID } = opened(host.fake, { ...confetti({ width: 2, height: 2 }) });
  const numbers = Uint8Array.from([1, 2, 3, 4, 5, 6]);
  const targetBounds = { left: 0, top: 1 };
  const target = { documentID: document.id, layerID, targetBounds };
  await put(host, target, numbers, { width: 2, height: 1 });
  const expected = [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 255, 4, 5, 6, 255];
  assert.deepEqual([...host.fake.render(document).data], expected);
});

test("a Background layer stays opaque", async () => {
  const host = started();
  const scene = { ...confetti({ width: 2, height: 1, opaque: true }), background: true };
  const { document, layerID } = opened(host.fake, scene);
  const target = { documentID: document.id, layerID };
  await put(host, target, Uint8Array.from([0, 0, 0, 51]), { width: 1, height: 1 });
  const expected = [204, 204, 204, 255, 255, 255, 255, 255];
  assert.deepEqual([...host.fake.render(document).data], expected);
});

test("gray and alpha can be put into a gray document", async () => {
  const host = started();
  const { document, layerID } = opened(host.fake, { ...toGray(patch()), mode: "Grayscale" });
  const look = { colorSpace: "Grayscale" };
  const target = { documentID: document.id, layerID };
  await put(host, target, Uint8Array.from([90, 128]), { width: 1, height: 1 }, look);
  assert.deepEqual([...host.fake.render(document).data.subarray(0, 4)], [90, 90, 90, 128]);
});

test("premultiplied, if the switch says so, both ways", async () => {
  const host = started({ alpha: "premultiplied" });
  const pixels = Uint8Array.from([9, 9, 9, 255, 200, 100, 50, 128]);
  const { document, layerID } = opened(host.fake, { width: 2, height: 1, pixels });
  const data = await host.modal(async () => {
    const { imageData } = await host.imaging.getPixels({ documentID: document.id });
    return imageData.getData();
  });
  assert.deepEqual([...data], [9, 9, 9, 255, 100, 50, 25, 128]);
  await put(host, { documentID: document.id, layerID }, data, { width: 2, height: 1 });
  const expected = [9, 9, 9, 255, 199, 100, 50, 128];
  assert.deepEqual([...host.fake.render(document).data], expected);
});
