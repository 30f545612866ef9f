"use strict";

// Time as the panel counts it, whatever is done to the computer's clock.

const assert = require("node:assert/strict");
const { test } = require("node:test");

const { steadyClock } = require("../../uxp_panel/pacing.js");
const { withRig } = require("./plugin_rig.js");
const { pause, until } = require("./waiting.js");

test("a clock that is set back goes on from where it was", () => {
  let time = 1000;
  const clock = steadyClock(() => time);
  const seen = [];
  for (const next of [1001, 1002, -6198, -6197, -9e6, -9e6 + 1, -9e6 + 1]) {
    time = next;
    seen.push(clock());
  }
  assert.deepEqual(seen, [1001, 1002, 1002, 1003, 1003, 1004, 1004]);
});

for (const days of [1 / 12, 40]) {
  test(`set back by ${days} days, the panel still tries soon, and not all the time`, async () => {
    await withRig(["Mio"], async (rig) => {
      const { now } = Date;
      let asked = 0;
      try {
        const plugin = await rig.start();
        rig.server.kill();
        await until(() => plugin.session.state === "offline");
        Date.now = () => {
          asked += 1;
          return now() - days * 86400000;
        };
        await pause(100);
        assert.ok(asked < 50, `the clock was looked at ${asked} times`);
        const attempts = rig.server.urls.length;
        await until(() => rig.server.urls.length > attempts, "another attempt", 4000);
      } finally {
        Date.now = now;
      }
    });
  });
}
