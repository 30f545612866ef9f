"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { setFlagsFromString } = require("node:v8");
const { runInNewContext } = require("node:vm");

const { ModalQueue } = require("../../uxp_panel/modal.js");
const { Cancelled, Refusal } = require("../../uxp_panel/picture.js");
const { FakePhotoshop } = require("./fake_photoshop/index.js");
const { pause } = require("./waiting.js");

function makeQueue(options = {}) {
  const fake = new FakePhotoshop({ millisecondsInSecond: 1, ...options });
  const pauses = [];
  const noted = async (milliseconds) => void pauses.push(milliseconds);
  const queue = new ModalQueue(fake.photoshop.core, noted);
  const run = (work, more) => queue.run({ name: "Test", failing: "It failed", work, ...more });
  return { fake, queue, run, pauses };
}

test("work is done one after another, in the order in which it was asked for", async () => {
  const { fake, run } = makeQueue();
  const seen = [];
  const work = (name) => async () => {
    seen.push(`${name} begins`);
    await pause(2);
    seen.push(`${name} ends`);
    return name;
  };
  const all = ["a", "b", "c"].map((name) => run(work(name)));
  assert.deepEqual(await Promise.all(all), ["a", "b", "c"]);
  assert.deepEqual(
    seen,
    ["a", "b", "c"].flatMap((name) => [`${name} begins`, `${name} ends`]),
  );
  assert.equal(fake.deepestModal, 1);
  assert.ok(!fake.isModal);
});

test("a failure leaves the queue in order", async () => {
  const { run } = makeQueue();
  const failed = run(async () => {
    throw new Refusal("No.");
  });
  const next = run(async () => 7);
  await assert.rejects(failed, { message: "No." });
  assert.equal(await next, 7);
});

test("what the work gave is not held on to", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  const { queue, run } = makeQueue();
  const given = new WeakRef(await run(async () => new Uint8Array(1000)));
  await pause(2); // an object that was looked at stays until the next turn
  collect();
  assert.equal(given.deref(), undefined);
  assert.ok(queue);
});

test("whatever is thrown becomes one sentence with Photoshop's words in it", async () => {
  const { run } = makeQueue();
  for (const [thrown, words] of [
    [new Error("The command is not available."), "The command is not available"],
    [new Error("two\n lines"), "two lines"],
    ["a bare string", "a bare string"],
    [new Error("x".repeat(999)), "x".repeat(200)],
  ]) {
    const promise = run(async () => {
      throw thrown;
    });
    await assert.rejects(promise, (error) => {
      assert.ok(error instanceof Refusal);
      assert.equal(error.message, `It failed (${words}).`);
      return true;
    });
  }
});

test("what is thrown in a scope leaves it, so that Photoshop can take everything back", async () => {
  const { fake, queue } = makeQueue();
  const seen = [];
  const core = {
    executeAsModal: (target, options) =>
      fake.photoshop.core.executeAsModal(target, options).catch((error) => {
        seen.push(error.message);
        throw new Error("something else"); // Photoshop need not hand on the very error.
      }),
  };
  const other = new ModalQueue(core, queue._pause);
  const refusal = new Refusal("Not this one.");
  const work = async () => {
    throw refusal;
  };
  await assert.rejects(other.run({ name: "Test", failing: "It failed", work }), refusal);
  assert.deepEqual(seen, ["Not this one."]);
});

test("Esc is a cancel, whatever was thrown after it", async () => {
  const { fake, run } = makeQueue();
  const promise = run(async (context) => {
    fake.pressEscape();
    assert.ok(context.isCancelled);
    return fake.photoshop.app.documents.length;
  });
  await assert.rejects(promise, Cancelled);
});

test("work that was done before Esc is done", async () => {
  const { fake, run } = makeQueue();
  const promise = run(async () => {
    fake.pressEscape();
    return "done";
  });
  assert.equal(await promise, "done");
});

for (const version of ["24.4.0", "25.10.0"]) {
  test(`another plugin's modal state is waited for, ${version}`, async () => {
    const { fake, run, pauses } = makeQueue({ version });
    fake.anotherPluginIsModal({ attempts: 4 });
    assert.equal(await run(async () => "in"), "in");
    assert.equal(pauses.length, 4);
  });

  test(`and explained after some ten seconds, ${version}`, async () => {
    const { fake, run, pauses } = makeQueue({ version });
    fake.anotherPluginIsModal({ attempts: 99 });
    await assert.rejects(
      run(async () => "in"),
      (error) => {
        assert.ok(error instanceof Refusal);
        assert.match(error.message, /^Photoshop is busy .+ try again \(.*modal.*\)\.$/);
        return true;
      },
    );
    const waited = pauses.reduce((sum, one) => sum + one, 0);
    assert.ok(waited >= 9000 && waited <= 11000, `${waited} ms`);
  });
}

test("an error 9 from within the work is no reason to do it again", async () => {
  const core = { executeAsModal: (target) => target({ isCancelled: false }) };
  const queue = new ModalQueue(core, () => assert.fail("it waits"));
  let times = 0;
  const work = async () => {
    times += 1;
    throw Object.assign(new Error("busy inside"), { number: 9 });
  };
  const promise = queue.run({ name: "Test", failing: "It failed", work });
  await assert.rejects(promise, { message: "It failed (busy inside)." });
  assert.equal(times, 1);
});

test("a cancel ends the waiting", async () => {
  const { fake, run, pauses } = makeQueue({ version: "24.4.0" });
  fake.anotherPluginIsModal({ attempts: 99 });
  const isCancelled = () => pauses.length === 3;
  await assert.rejects(
    run(async () => "in", { isCancelled }),
    Cancelled,
  );
  assert.equal(pauses.length, 3);
});
