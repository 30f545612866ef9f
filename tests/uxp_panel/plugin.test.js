"use strict";

// What the artist can do, with the panel's own session, link and canvas between a server in memory
// and a fake Photoshop.

const assert = require("node:assert/strict");
const { test } = require("node:test");

const { begin, complete, finished, withRig } = require("./plugin_rig.js");
const { pause, until } = require("./waiting.js");

const THREE = ["Mio", "Haru", "Ren"];

// ---- decompose

test("a picture comes back as four layers", () =>
  withRig(["Mio"], async (rig) => {
    const [mio] = rig.documents;
    const before = rig.photoshop.render(mio);
    const plugin = await rig.start();
    const request = await begin(rig, plugin);
    assert.equal(request.payload.length, 8 * 6 * 4);
    assert.deepEqual([...request.payload.subarray(0, 4)], [200, 40, 40, 255]);
    rig.server.result(request);
    await finished(plugin);
    const [group] = rig.photoshop.tree(mio);
    assert.equal(group.name, "Layers: Mio");
    assert.deepEqual(
      group.layers.map(({ name, blendMode }) => [name, blendMode]),
      [
        ["Line Art", "normal"],
        ["Highlight", "lighten"],
        ["Shadow", "multiply"],
        ["Flat Color", "normal"],
      ],
    );
    assert.deepEqual(rig.photoshop.render(mio), before);
    assert.equal(plugin.error, "");
    assert.equal(
      plugin.summary,
      "The layers of “Mio” are in the group “Layers: Mio”. They restack exactly.",
    );
  }));

test("the choices go along", () =>
  withRig(["Mio"], async (rig) => {
    const [mio] = rig.documents;
    rig.photoshop.select(mio, { left: 2, top: 1, right: 5, bottom: 3 });
    const plugin = await rig.start();
    plugin.choose({ scope: "selection", placement: "new_document", composition: "glow" });
    const { header } = await begin(rig, plugin);
    assert.deepEqual([header.width, header.height, header.composition], [3, 2, "glow"]);
    rig.server.result(rig.server.said("decompose")[0]);
    await finished(plugin);
    assert.deepEqual(rig.groups(mio), []);
    assert.deepEqual(rig.groups(rig.photoshop.activeDocument), ["Layers: Mio"]);
  }));

test("the result goes where it came from, and the artist stays where they are", () =>
  withRig(THREE, async (rig) => {
    const [mio, haru] = rig.documents;
    rig.photoshop.activate(mio);
    const plugin = await rig.start();
    const request = await begin(rig, plugin);
    rig.photoshop.activate(haru);
    rig.server.result(request);
    await finished(plugin);
    assert.deepEqual([rig.groups(mio), rig.groups(haru)], [["Layers: Mio"], []]);
    assert.equal(rig.photoshop.activeDocument.id, haru.id);
  }));

test("the server stops for a document that was closed, and the next one goes on", () =>
  withRig(THREE, async (rig) => {
    const [mio, haru] = rig.documents;
    rig.photoshop.activate(haru);
    const plugin = await rig.start();
    const request = await begin(rig, plugin);
    rig.photoshop.closeDocument(haru);
    const { header } = await rig.server.next("cancel");
    assert.equal(header.job, request.header.job);
    await finished(plugin);
    assert.equal(
      plugin.error,
      "“Haru” was closed, so it is not decomposed; open it and try again.",
    );
    rig.photoshop.activate(mio);
    await complete(rig, plugin, 1);
    assert.deepEqual(rig.groups(mio), ["Layers: Mio"]);
    assert.equal(plugin.error, "");
  }));

test("layers for a new document come though their document was closed", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = await rig.start();
    plugin.choose({ placement: "new_document" });
    const request = await begin(rig, plugin);
    rig.photoshop.closeDocument(rig.documents[0]);
    rig.server.result(request);
    await finished(plugin);
    assert.equal(plugin.error, "");
    assert.deepEqual(rig.groups(rig.photoshop.activeDocument), ["Layers: Mio"]);
  }));

test("what the canvas refuses is said, and kept for the diagnostics without the title", () =>
  withRig(["Mio"], async (rig) => {
    const [mio] = rig.documents;
    const plugin = await rig.start();
    const request = await begin(rig, plugin);
    rig.photoshop.resize(mio, 9, 9);
    rig.server.result(request);
    await finished(plugin);
    assert.match(plugin.error, /^“Mio” changed its size meanwhile; /);
    assert.equal(plugin.summary, "");
    assert.deepEqual(rig.groups(mio), []);
    assert.match(plugin.diagnostics(), /refused: … changed its size/);
    assert.doesNotMatch(plugin.diagnostics(), /Mio/);
  }));

test("what the server refuses is said, and goes with a click", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = await rig.start();
    rig.server.failure(await begin(rig, plugin), "out_of_memory", "Scale it down.");
    await finished(plugin);
    assert.deepEqual([plugin.error, plugin.summary], ["Scale it down.", ""]);
    plugin.dismissError();
    assert.equal(plugin.error, "");
  }));

test("what was said of the last run goes with the next click", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = await rig.start();
    await complete(rig, plugin);
    rig.server.failure(await begin(rig, plugin, 1), "out_of_memory", "Scale it down.");
    assert.equal(plugin.summary, "");
    await finished(plugin);
    await begin(rig, plugin, 2);
    assert.equal(plugin.error, "");
  }));

test("one document is not decomposed twice at once", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = await rig.start();
    const request = await begin(rig, plugin);
    assert.equal(plugin.whyNot(), "This picture is being decomposed already.");
    plugin.decompose();
    plugin.decomposeAll();
    assert.equal(plugin.error, "This picture is being decomposed already.");
    rig.server.result(request);
    await finished(plugin);
    assert.equal(rig.server.said("decompose").length, 1);
    assert.deepEqual(rig.groups(rig.documents[0]), ["Layers: Mio"]);
  }));

test("without a document there is a sentence", () =>
  withRig([], async (rig) => {
    const plugin = await rig.start();
    assert.equal(plugin.whyNot(), "Open a picture first.");
    plugin.decompose();
    assert.equal(plugin.error, "Open a picture first.");
    rig.open("Mio");
    await until(() => plugin.whyNot() === "");
    assert.equal(plugin.openCount, 1);
  }));

test("without a server there is a sentence", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = rig.makePlugin();
    plugin.decompose();
    assert.equal(plugin.error, "There is no connection to the server.");
    assert.equal(plugin.whyNotAll(), "There is no connection to the server.");
  }));

test("an engine that cannot work is told of before it is asked", () =>
  withRig(["Mio"], async (rig) => {
    rig.server.welcome.engines = [{ name: "builtin", ready: false, detail: "Fetch its weights." }];
    const plugin = await rig.start();
    assert.equal(plugin.whyNot(), "Fetch its weights.");
    plugin.choose({ engine: "magic" });
    assert.equal(plugin.whyNot(), "The server has no engine “magic”; choose another one.");
    plugin.choose({ engine: "builtin", composition: "collage" });
    assert.equal(plugin.whyNot(), "The server has no composition “collage”; choose another one.");
  }));

// ---- cancel

test("cancel while the engine works tells the server and puts nothing in", () =>
  withRig(["Mio"], async (rig) => {
    const [mio] = rig.documents;
    const plugin = await rig.start();
    const request = await begin(rig, plugin);
    rig.server.progress(request);
    await until(() => plugin.session.run.current.work === "finding lines");
    plugin.cancel();
    assert.equal(plugin.session.run, null);
    assert.equal(plugin.summary, "Cancelled; “Mio” is as it was.");
    const { header } = await rig.server.next("cancel");
    assert.equal(header.job, request.header.job);
    rig.server.result(request);
    await complete(rig, plugin, 1);
    assert.deepEqual(rig.groups(mio), ["Layers: Mio"]);
  }));

test("cancel while the canvas is read ends it at once, and the late picture goes nowhere", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = await rig.start();
    plugin.decompose();
    plugin.cancel();
    assert.equal(plugin.session.run, null);
    await pause(20);
    assert.equal(rig.server.said("decompose").length, 0);
    await complete(rig, plugin);
    assert.deepEqual(rig.groups(rig.documents[0]), ["Layers: Mio"]);
  }));

test("cancel while another plugin is modal leaves the canvas unread", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = await rig.start();
    rig.photoshop.anotherPluginIsModal({ attempts: 1 });
    plugin.decompose();
    plugin.cancel();
    await complete(rig, plugin);
    const reads = rig.photoshop.log.filter((name) => name === "imaging.getPixels");
    assert.equal(reads.length, 1);
  }));

test("cancel while the layers are put in leaves the document as it was", () =>
  withRig(["Mio"], async (rig) => {
    const [mio] = rig.documents;
    const plugin = await rig.start();
    const history = rig.photoshop.history(mio);
    rig.photoshop.anotherPluginIsModal({ attempts: 1 });
    rig.server.result(await begin(rig, plugin));
    await until(() => plugin.session.run.current.stage === "inserting the layers");
    plugin.cancel();
    assert.equal(plugin.session.run.current.cancelling, true);
    await finished(plugin);
    assert.equal(plugin.summary, "Cancelled; “Mio” is as it was.");
    assert.deepEqual([rig.groups(mio), rig.photoshop.history(mio)], [[], history]);
  }));

test("Esc while the layers are put in cancels too", () =>
  withRig(["Mio"], async (rig) => {
    const [mio] = rig.documents;
    const plugin = await rig.start();
    const request = await begin(rig, plugin);
    rig.photoshop.pressEscape({ before: "imaging.putPixels" });
    rig.server.result(request);
    await finished(plugin);
    assert.equal(plugin.summary, "Cancelled; “Mio” is as it was.");
    assert.deepEqual(rig.groups(mio), []);
    assert.equal(plugin.last, null);
  }));

// ---- all open documents

test("all open documents one after another, though one fails, and back to where the artist was", () =>
  withRig(THREE, async (rig) => {
    const [mio, haru, ren] = rig.documents;
    rig.photoshop.activate(haru);
    const plugin = await rig.start();
    plugin.choose({ scope: "layer" });
    rig.server.answer = (request) => {
      if (rig.server.said("decompose").length === 2) {
        rig.server.failure(request, "engine_failed", "The engine failed.");
      } else {
        rig.server.result(request);
      }
    };
    plugin.decomposeAll();
    assert.equal(plugin.session.run.jobs.length, 3);
    await finished(plugin);
    assert.equal(plugin.summary, "2 of 3 documents are decomposed.");
    assert.equal(plugin.error, "Haru: The engine failed.");
    assert.deepEqual(
      [mio, haru, ren].map((document) => rig.groups(document)),
      [["Layers: Mio"], [], ["Layers: Ren"]],
    );
    assert.equal(rig.photoshop.activeDocument.id, haru.id);
  }));

test("the artist is brought back from the new documents of many", () =>
  withRig(THREE, async (rig) => {
    const [mio] = rig.documents;
    rig.photoshop.activate(mio);
    const plugin = await rig.start();
    plugin.choose({ placement: "new_document" });
    rig.server.answer = (request) => rig.server.result(request);
    plugin.decomposeAll();
    await finished(plugin);
    assert.equal(plugin.error, "");
    await until(() => rig.photoshop.activeDocument.id === mio.id);
    await until(() => plugin.openCount === 3);
  }));

test("an artist who goes on to another document meanwhile stays there", () =>
  withRig(THREE, async (rig) => {
    const [mio, haru] = rig.documents;
    rig.photoshop.activate(mio);
    const plugin = await rig.start();
    plugin.decomposeAll();
    const first = await rig.server.next("decompose");
    rig.photoshop.activate(haru);
    rig.server.answer = (request) => rig.server.result(request);
    rig.server.result(first);
    await finished(plugin);
    await pause(20);
    assert.equal(rig.photoshop.activeDocument.id, haru.id);
  }));

test("a document that was closed while it waited is left out with a sentence", () =>
  withRig(THREE, async (rig) => {
    const [mio, haru, ren] = rig.documents;
    const plugin = await rig.start();
    plugin.decomposeAll();
    const first = await rig.server.next("decompose");
    rig.photoshop.closeDocument(haru);
    rig.server.answer = (request) => rig.server.result(request);
    rig.server.result(first);
    await finished(plugin);
    assert.equal(
      plugin.error,
      "Haru: “Haru” was closed, so it is not decomposed; open it and try again.",
    );
    assert.equal(plugin.summary, "2 of 3 documents are decomposed.");
    assert.equal(rig.server.said("decompose").length, 2);
    assert.deepEqual(
      [mio, ren].map((one) => rig.groups(one).length),
      [1, 1],
    );
  }));

test("all leaves out what is on its way", () =>
  withRig(THREE, async (rig) => {
    const plugin = await rig.start();
    const first = await begin(rig, plugin);
    plugin.decomposeAll();
    assert.equal(plugin.session.run.jobs.length, 3);
    assert.equal(plugin.whyNotAll(), "All open pictures are being decomposed already.");
    rig.server.answer = (request) => rig.server.result(request);
    rig.server.result(first);
    await finished(plugin);
    assert.deepEqual(
      rig.documents.map((one) => rig.groups(one).length),
      [1, 1, 1],
    );
  }));

test("a second click on All leaves out what this run has finished", () =>
  withRig(THREE, async (rig) => {
    const plugin = await rig.start();
    plugin.decomposeAll();
    rig.server.result(await rig.server.next("decompose"));
    await rig.server.next("decompose", 1);
    plugin.decomposeAll();
    assert.equal(plugin.error, "All open pictures are being decomposed already.");
    assert.equal(plugin.session.run.jobs.length, 3);
    rig.open("Aki");
    await until(() => plugin.whyNotAll() === "");
    plugin.decomposeAll();
    assert.deepEqual(
      plugin.session.run.jobs.map(({ request }) => request.title),
      ["Mio", "Haru", "Ren", "Aki"],
    );
  }));

test("All leaves out the panel's own documents; one of them alone can be decomposed", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = await rig.start();
    plugin.choose({ placement: "new_document" });
    await complete(rig, plugin);
    plugin.documentsChanged();
    assert.deepEqual([plugin.openCount, plugin.active.title], [1, "Layers: Mio"]);
    plugin.decomposeAll();
    assert.deepEqual(
      plugin.session.run.jobs.map(({ request }) => request.title),
      ["Mio"],
    );
    rig.server.result(await rig.server.next("decompose", 1));
    await finished(plugin);
    await complete(rig, plugin, 2);
    assert.equal(plugin.error, "");
  }));

test("cancel stops all that is left; what is in stays in", () =>
  withRig(THREE, async (rig) => {
    const plugin = await rig.start();
    plugin.decomposeAll();
    rig.server.result(await rig.server.next("decompose"));
    await rig.server.next("decompose", 1);
    plugin.cancel();
    await finished(plugin);
    assert.equal(plugin.summary, "1 of 3 documents are decomposed, 2 cancelled.");
    assert.equal(plugin.error, "");
    assert.deepEqual(
      rig.documents.map((one) => rig.groups(one).length),
      [1, 0, 0],
    );
  }));
