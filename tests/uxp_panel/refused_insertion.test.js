"use strict";

// A result whose place refuses it is not lost: Insert Again finds it another one.

const assert = require("node:assert/strict");
const { test } = require("node:test");

const { begin, finished, withRig } = require("./plugin_rig.js");

test("what its document does not take goes into a new one, without another job", async () => {
  await withRig(["Mio"], async (rig) => {
    const plugin = await rig.start();
    const request = await begin(rig, plugin);
    const [document] = rig.documents;
    rig.photoshop.resize(document, 9, 9);
    rig.server.result(request);
    await finished(plugin);
    assert.match(plugin.error, /changed its size meanwhile; .+ put the layers into a new document/);
    assert.equal(plugin.last.request.title, "Mio");
    plugin.choose({ placement: "new_document" });
    await plugin.insertAgain();
    assert.equal(plugin.error, "");
    assert.deepEqual(rig.groups(rig.photoshop.activeDocument), ["Layers: Mio"]);
    assert.deepEqual(rig.groups(document), []);
  });
});

test("in Quick Mask mode the layers wait until it is left", async () => {
  await withRig(["Mio"], async (rig) => {
    const plugin = await rig.start();
    const request = await begin(rig, plugin);
    const [document] = rig.documents;
    rig.photoshop.quickMask(document, true);
    rig.server.result(request);
    await finished(plugin);
    assert.match(plugin.error, /Quick Mask mode; press Q/);
    rig.photoshop.quickMask(document, false);
    await plugin.insertAgain();
    assert.deepEqual(rig.groups(document), ["Layers: Mio"]);
  });
});
