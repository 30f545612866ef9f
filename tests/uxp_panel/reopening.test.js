"use strict";

// The panel goes and comes back, as Photoshop does it at will: whatever was under way then comes to
// an end, and the next picture is decomposed as ever.

const assert = require("node:assert/strict");
const { test } = require("node:test");

const { Stage } = require("../../uxp_panel/jobs.js");
const { begin, complete, finished, withRig } = require("./plugin_rig.js");
const { pause, until } = require("./waiting.js");

const LOST = "The panel was closed. “Mio” was not finished; decompose it again.";

const stageOf = ({ session: { run } }) => run && run.current && run.current.stage;

/** Each brings the panel's only job to a stage. */
const stages = {
  [Stage.READING]: async (rig, plugin) => plugin.decompose(),
  [Stage.SENDING]: async (rig, plugin) => {
    plugin.decompose();
    await until(() => stageOf(plugin) === Stage.SENDING);
  },
  [Stage.QUEUED]: async (rig, plugin) =>
    rig.server.progress(await begin(rig, plugin), { queue_position: 1 }),
  [Stage.RUNNING]: async (rig, plugin) => rig.server.progress(await begin(rig, plugin)),
  [Stage.PLACING]: async (rig, plugin) => {
    const request = await begin(rig, plugin);
    rig.photoshop.anotherPluginIsModal({ milliseconds: 300 });
    rig.server.result(request);
  },
};

/** The panel as it comes back. */
async function reopen(plugin) {
  plugin.start();
  await until(() => plugin.session.state === "ready");
}

for (const [stage, bringTo] of Object.entries(stages)) {
  for (const away of [0, 600]) {
    test(`a panel that is away for ${away} ms while ${stage} goes on`, () =>
      withRig(["Mio"], async (rig) => {
        const [mio] = rig.documents;
        const plugin = await rig.start();
        await bringTo(rig, plugin);
        await until(() => stageOf(plugin) === stage);
        plugin.close();
        await pause(away);
        rig.server.answer = (request) => rig.server.result(request);
        await reopen(plugin);
        await finished(plugin);
        const isLost = [Stage.SENDING, Stage.QUEUED, Stage.RUNNING].includes(stage);
        assert.equal(plugin.error, isLost ? LOST : "");
        assert.equal(rig.groups(mio).length, isLost ? 0 : 1);
        plugin.decompose();
        await finished(plugin);
        assert.deepEqual([plugin.error, rig.groups(mio).length], ["", isLost ? 1 : 2]);
      }));
  }
}

test("cancel while the panel is away holds for layers that are being inserted", () =>
  withRig(["Mio"], async (rig) => {
    const plugin = await rig.start();
    await stages[Stage.PLACING](rig, plugin);
    await until(() => stageOf(plugin) === Stage.PLACING);
    plugin.close();
    plugin.cancel();
    await finished(plugin);
    assert.deepEqual(
      [plugin.summary, rig.groups(rig.documents[0])],
      ["Cancelled; “Mio” is as it was.", []],
    );
    await reopen(plugin);
    await complete(rig, plugin, 1);
    assert.deepEqual(rig.groups(rig.documents[0]), ["Layers: Mio"]);
  }));

test("the documents that still wait are decomposed when the panel is back", () =>
  withRig(["Mio", "Haru"], async (rig) => {
    const plugin = await rig.start();
    plugin.decomposeAll();
    await rig.server.next("decompose");
    plugin.close();
    await pause(50);
    assert.equal(rig.server.urls.length, 1);
    rig.server.answer = (request) => rig.server.result(request);
    await reopen(plugin);
    await finished(plugin);
    assert.equal(plugin.summary, "1 of 2 documents are decomposed.");
    assert.equal(plugin.error, `Mio: ${LOST}`);
  }));
