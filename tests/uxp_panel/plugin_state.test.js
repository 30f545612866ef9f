"use strict";

// What stays between the runs: the last result, the connection, the choices, and what the page is
// told; with the panel's own session, link and canvas as in plugin.test.js.

const assert = require("node:assert/strict");
const { test } = require("node:test");

const { complete, finished, withRig } = require("./plugin_rig.js");
const { pause, until } = require("./waiting.js");

// ---- the last result

test("the last result goes in again, as the choices now say, without the server", () =>
  withRig(["Mio"], async (rig) => {
    const [mio] = rig.documents;
    const plugin = await rig.start();
    await complete(rig, plugin);
    rig.server.kill();
    await until(() => plugin.session.state !== "ready");
    plugin.choose({ placement: "new_document" });
    await plugin.insertAgain();
    assert.equal(plugin.summary, "“Mio” has its layers again.");
    assert.deepEqual(rig.groups(mio), ["Layers: Mio"]);
    assert.notEqual(rig.photoshop.activeDocument.id, mio.id);
    assert.deepEqual(rig.groups(rig.photoshop.activeDocument), ["Layers: Mio"]);
  }));

test("the last result goes in once where the artist clicks twice", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = await rig.start();
    await complete(rig, plugin);
    const first = plugin.insertAgain();
    assert.equal(plugin.inserting, true);
    await plugin.insertAgain();
    await first;
    assert.equal(plugin.inserting, false);
    assert.equal(rig.groups(rig.documents[0]).length, 2);
  }));

test("the last result is not put into a document that was closed", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = await rig.start();
    await complete(rig, plugin);
    rig.photoshop.closeDocument(rig.documents[0]);
    await plugin.insertAgain();
    assert.equal(plugin.error, "“Mio” is not open any more; open it and decompose it again.");
    assert.equal(plugin.summary, "");
  }));

test("Esc while the last result goes in again leaves it at that", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = await rig.start();
    await complete(rig, plugin);
    rig.photoshop.pressEscape({ before: "imaging.putPixels" });
    await plugin.insertAgain();
    assert.deepEqual([plugin.summary, plugin.error], ["Cancelled; “Mio” is as it was.", ""]);
    assert.equal(rig.groups(rig.documents[0]).length, 1);
  }));

test("another result takes the place of the last one where that is chosen", () =>
  withRig(["Mio"], async (rig) => {
    const [mio] = rig.documents;
    const plugin = await rig.start();
    await complete(rig, plugin);
    const [{ id: first }] = rig.photoshop.tree(mio);
    plugin.replace = true;
    await complete(rig, plugin, 1);
    assert.deepEqual(rig.groups(mio), ["Layers: Mio"]);
    assert.notEqual(rig.photoshop.tree(mio)[0].id, first);
    plugin.replace = false;
    await complete(rig, plugin, 2);
    assert.deepEqual(rig.groups(mio), ["Layers: Mio", "Layers: Mio"]);
  }));

test("Replace is offered where there is something to replace, and else has no say", () =>
  withRig(["Mio", "Haru"], async (rig) => {
    const [mio, haru] = rig.documents;
    const plugin = await rig.start();
    assert.equal(plugin.offersReplace, false);
    await complete(rig, plugin);
    assert.equal(plugin.offersReplace, true);
    plugin.last = null; // as after layers that are too large to keep
    assert.equal(plugin.offersReplace, true);
    plugin.choose({ placement: "new_document" });
    assert.equal(plugin.offersReplace, false);
    plugin.choose({ placement: "top" });
    plugin.replace = true;
    rig.photoshop.activate(mio);
    plugin.documentsChanged();
    assert.equal(plugin.offersReplace, false);
    rig.server.answer = (request) => rig.server.result(request);
    plugin.decomposeAll();
    await finished(plugin);
    assert.equal(rig.groups(haru).length, 2);
  }));

test("the last result goes nowhere when its document is closed, but into a new one", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = await rig.start();
    assert.equal(plugin.offersAgain, false);
    await complete(rig, plugin);
    assert.equal(plugin.offersAgain, true);
    rig.photoshop.closeDocument(rig.documents[0]);
    assert.equal(plugin.offersAgain, false);
    plugin.choose({ placement: "new_document" });
    assert.equal(plugin.offersAgain, true);
    await plugin.insertAgain();
    assert.equal(plugin.error, "");
    assert.deepEqual(rig.groups(rig.photoshop.activeDocument), ["Layers: Mio"]);
  }));

test("layers that are too large to keep are told of once", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = await rig.start();
    const layers = [{ pixels: { byteLength: 300 * 2 ** 20 } }];
    plugin._onKept({ ...plugin.last, layers });
    assert.equal(plugin.notices.text, "The layers are too large to keep for Insert Again.");
    plugin.notices.dismiss();
    plugin._onKept({ ...plugin.last, layers });
    assert.deepEqual([plugin.last, plugin.notices.text], [null, ""]);
  }));

// ---- the self-test

test("while the self-test runs nothing else begins, and its documents are not the artist's", () =>
  withRig(["Mio"], async (rig) => {
    const sentence = "The self-test is running; wait until its report is there.";
    const plugin = await rig.start();
    await complete(rig, plugin);
    rig.server.answer = (request) => rig.server.progress(request);
    const counts = new Set();
    plugin.onChanged(() => counts.add(plugin.openCount));
    const done = plugin.selfTest();
    assert.deepEqual(
      [plugin.whyNot(), plugin.whyNotAll(), plugin.whyNotTest()],
      [sentence, sentence, sentence],
    );
    plugin.decompose();
    assert.equal(plugin.error, sentence);
    plugin.dismissError();
    await plugin.insertAgain();
    assert.equal(plugin.error, sentence);
    await plugin.selfTest();
    await done;
    assert.deepEqual([plugin.whyNot(), plugin.whyNotTest()], ["", ""]);
    assert.deepEqual([...counts], [1]);
    assert.equal(rig.groups(rig.documents[0]).length, 1);
    assert.match(plugin.trial.report, /^Layer Bridge self-test/);
  }));

test("the self-test waits for a run", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = await rig.start();
    const sentence = "The self-test needs Photoshop for itself; start it when no job runs.";
    plugin.decompose();
    assert.equal(plugin.whyNotTest(), sentence);
    await plugin.selfTest();
    assert.equal(plugin.trial.report, "");
  }));

// ---- the server comes and goes

test("a killed server fails the job, and the waiting one goes on with the next server", () =>
  withRig(["Mio", "Haru"], async (rig) => {
    const [mio, haru] = rig.documents;
    const plugin = await rig.start();
    plugin.decomposeAll();
    await rig.server.next("decompose");
    rig.server.kill();
    await until(() => plugin.session.state !== "ready");
    assert.equal(plugin.session.run.jobs[0].stage, "failed");
    rig.server.isUp = true;
    rig.server.answer = (request) => rig.server.result(request);
    await finished(plugin);
    assert.match(plugin.error, /^Mio: .*“Mio” was not finished; decompose it again\.$/);
    assert.equal(plugin.summary, "1 of 2 documents are decomposed.");
    assert.deepEqual([rig.groups(mio), rig.groups(haru)], [[], ["Layers: Haru"]]);
  }));

test("another port connects anew, and all else does not", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = await rig.start();
    plugin.choose({ composition: "glow" });
    plugin.choose({ port: 7347 });
    assert.equal(plugin.session.state, "ready");
    plugin.choose({ port: 9000 });
    assert.equal(plugin.session.state, "connecting");
    await until(() => plugin.session.state === "ready");
    assert.deepEqual(rig.server.urls, ["ws://localhost:7347", "ws://localhost:9000"]);
    assert.equal(plugin.address, "localhost:9000");
    assert.equal(plugin.serverCommand(), "layer-bridge serve --port 9000");
  }));

test("choices outlive Photoshop", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = rig.makePlugin();
    plugin.choose({ composition: "glow", placement: "new_document" });
    assert.deepEqual(rig.makePlugin().settings, plugin.settings);
    assert.equal(rig.makePlugin().settings.composition, "glow");
  }));

test("choices that cannot be kept hold as long as Photoshop runs", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = rig.makePlugin();
    rig.storage.setItem = () => {
      throw new Error("the disk is full");
    };
    plugin.choose({ composition: "glow" });
    assert.equal(plugin.settings.composition, "glow");
    assert.equal(plugin.error, "");
    assert.match(plugin.diagnostics(), /the settings cannot be kept/);
  }));

// ---- what the page is told, and what is copied

test("many changes are told of once, a little later", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = rig.makePlugin();
    let told = 0;
    plugin.onChanged(() => (told += 1));
    plugin.choose({ scope: "layer" });
    plugin.choose({ scope: "document" });
    plugin.dismissError();
    assert.equal(told, 0);
    await until(() => told > 0);
    await pause(60);
    assert.equal(told, 1);
  }));

test("documents that come, go and change places are noticed", () =>
  withRig(["Mio", "Haru"], async (rig) => {
    const plugin = await rig.start();
    assert.equal(plugin.active.title, "Haru");
    rig.photoshop.activate(rig.documents[0]);
    await until(() => plugin.active.title === "Mio");
    rig.photoshop.closeDocument(rig.documents[0]);
    await until(() => plugin.openCount === 1);
  }));

test("a panel that is closed looks no more, until it is opened again", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = await rig.start();
    plugin.close();
    rig.open("Haru");
    await pause(60);
    assert.equal(plugin.openCount, 1);
    plugin.start();
    assert.equal(plugin.openCount, 2);
    rig.open("Ren");
    await until(() => plugin.openCount === 3);
  }));

test("whoever has heard enough is told no more", () =>
  withRig([], async (rig) => {
    const plugin = rig.makePlugin();
    const told = [];
    const end = plugin.onChanged(() => told.push("first"));
    plugin.onChanged(() => told.push("second"));
    end();
    plugin.dismissError();
    await until(() => told.length > 0);
    assert.deepEqual(told, ["second"]);
  }));

test("a page that cannot be drawn is a fault for the diagnostics", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = rig.makePlugin();
    plugin.onChanged(() => {
      throw new RangeError("no such row");
    });
    plugin.dismissError();
    await until(() => plugin.diagnostics().includes("fault RangeError: no such row"));
  }));

test("what cannot be copied is shown to be copied by hand", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = rig.makePlugin();
    await plugin.copy("layer-bridge serve");
    assert.equal(rig.clipboard.text, "layer-bridge serve");
    assert.equal(plugin.clipboard.refused, "");
    rig.clipboard.refuses = true;
    assert.equal(await plugin.copy("layer-bridge serve --port 9000"), false);
    assert.equal(plugin.clipboard.refused, "layer-bridge serve --port 9000");
    rig.clipboard.refuses = false;
    assert.equal(await plugin.copy("layer-bridge serve"), true);
    assert.equal(plugin.clipboard.refused, "");
  }));

test("diagnostics are said to be on the clipboard only where they are", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = rig.makePlugin();
    await plugin.copyDiagnostics();
    assert.match(rig.clipboard.text, /^Layer Bridge/);
    assert.equal(plugin.summary, "The diagnostics are on the clipboard.");
    rig.clipboard.refuses = true;
    await plugin.copyDiagnostics();
    assert.match(plugin.clipboard.refused, /^Layer Bridge/);
    assert.equal(plugin.summary, "");
  }));

test("what is read can be sent away, and a version notice comes back at the next start", () =>
  withRig(["Mio"], async (rig) => {
    rig.server.welcome.server_version = "9.0.0";
    const plugin = await rig.start();
    assert.match(plugin.notices.ofVersions(plugin.session), /the server 9\.0\.0/);
    plugin.notices.dismissVersions(plugin.session);
    assert.equal(plugin.notices.ofVersions(plugin.session), "");
    plugin.choose({ hideOriginals: true });
    await complete(rig, plugin);
    assert.match(plugin.notices.text, /are hidden/);
    plugin.notices.dismiss();
    assert.equal(plugin.notices.text, "");
    const again = await rig.start();
    assert.match(again.notices.ofVersions(again.session), /the server 9\.0\.0/);
  }));

test("that the originals are hidden is told once", () =>
  withRig(["Mio", "Haru"], async (rig) => {
    const plugin = await rig.start();
    plugin.choose({ hideOriginals: true });
    await complete(rig, plugin);
    assert.match(plugin.notices.text, /are hidden/);
    rig.photoshop.activate(rig.documents[0]);
    await complete(rig, plugin, 1);
    assert.equal(plugin.notices.text, "");
  }));
