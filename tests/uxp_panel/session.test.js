"use strict";

// The session's rules of the jobs: their order, their cancelling, their ends.

const assert = require("node:assert/strict");
const { test } = require("node:test");

const { Stage } = require("../../uxp_panel/jobs.js");
const { State } = require("../../uxp_panel/session.js");
const sessionHost = require("./session_host.js");

const { Host, WELCOME, failure, hostAt, picture, progress, request, result } = sessionHost;
const LAYERS = new Uint8Array(16);

const connected = () => new Host().connect();
const stages = (host) => host.ended.map((job) => job.stage);
const details = (host) => host.ended.map((job) => job.detail);
const types = (host) => host.sent.map(({ header }) => header.type);

const ON_SERVER = [Stage.SENDING, Stage.QUEUED, Stage.RUNNING];

// ---- jobs

test("documents are read one at a time", () => {
  const host = connected();
  host.submit(request("A"), request("B"));
  assert.deepEqual(types(host), ["decompose"]);
  host.hear(result("job-1"), LAYERS);
  assert.deepEqual(types(host), ["decompose", "decompose"]);
  host.hear(result("job-2"), LAYERS);
  assert.deepEqual(stages(host), [Stage.DONE, Stage.DONE]);
});

test("a failure does not stop the rest", () => {
  const host = connected();
  host.reads = (job) => (session) =>
    job.id === "job-1"
      ? session.refused(job, "It was closed.")
      : session.pictureRead(job, picture());
  host.places = (job) => (session) =>
    job.id === "job-3" ? session.refused(job, "It was resized.") : session.placed(job, "Exact.");
  host.submit(..."ABCD".split("").map((title) => request(title)));
  host.hear(failure("job-2"));
  host.hear(result("job-3"), LAYERS);
  host.hear(result("job-4"), LAYERS);
  assert.deepEqual(stages(host), [Stage.FAILED, Stage.FAILED, Stage.FAILED, Stage.DONE]);
  assert.deepEqual(details(host), [
    "It was closed.",
    "The engine failed.",
    "It was resized.",
    "Exact.",
  ]);
});

test("a welcome that comes again touches no job", () => {
  const host = connected();
  host.submit(request("A"), request("B"));
  const engines = [{ name: "builtin", ready: false, detail: "Fetch its weights." }];
  host.hear({ ...WELCOME, engines });
  assert.equal(host.session.welcome.engines[0].detail, "Fetch its weights.");
  assert.deepEqual(types(host), ["decompose"]);
  host.hear(WELCOME);
  host.hear(result("job-1"), LAYERS);
  host.hear(result("job-2"), LAYERS);
  assert.deepEqual(stages(host), [Stage.DONE, Stage.DONE]);
});

test("more clicks join the run", () => {
  const host = connected();
  host.submit(request("A"));
  host.submit(request("B"));
  const { run } = host.session;
  assert.deepEqual([run.number, run.jobs.length], [1, 2]);
  assert.ok(run.holds({ title: "A" }) && !run.holds({ title: "C" }));
  host.hear(result("job-1"), LAYERS);
  assert.equal(run.number, 2);
  assert.ok(!run.holds({ title: "A" }));
});

test("the bar only grows and is not full before the layers are there", () => {
  const host = connected();
  host.submit(request("A"), request("B"));
  const { run } = host.session;
  const seen = [];
  for (const event of [
    () => host.do(host.session.sending(8, 8)),
    () => host.hear(progress({ queue_position: 1 })),
    () => host.hear(progress({ fraction: 0 })),
    () => host.hear(progress({ fraction: 1 })),
    () => host.hear(result("job-1"), LAYERS),
    () => host.hear(progress({ job: "job-2", fraction: 1.5 })),
  ]) {
    event();
    seen.push(run.fraction);
  }
  assert.deepEqual(seen, [...seen].sort());
  assert.ok(seen[seen.length - 1] < 1);
});

test("progress is kept", () => {
  const { host, job } = hostAt(Stage.QUEUED);
  assert.equal(job.ahead, 2);
  host.hear(progress());
  assert.deepEqual([job.work, job.fraction, job.remainingS], ["finding lines", 0.5, 3]);
  host.do(host.session.sending(8, 8));
  assert.equal(job.fraction, 0.5);
});

test("a picture over the server's limit is not sent", () => {
  const host = connected();
  host.reads = (job) => (session) => session.pictureRead(job, picture(1000, 1001));
  host.submit();
  assert.deepEqual(host.sent, []);
  assert.match(details(host)[0], /has 1 megapixels.*scale it down/);
});

// ---- cancelling

for (const stage of [Stage.READING, ...ON_SERVER]) {
  test(`cancel while ${stage} is over at once, for waiting jobs too`, () => {
    const { host, job } = hostAt(stage);
    host.submit(request("B"));
    host.sent.length = 0;
    host.do(host.session.cancel());
    assert.deepEqual(stages(host), [Stage.CANCELLED, Stage.CANCELLED]);
    assert.deepEqual(types(host), ON_SERVER.includes(stage) ? ["cancel"] : []);
    host.hear(result(), LAYERS);
    host.do(host.session.pictureRead(job, picture()));
    host.do(host.session.cancelled(job));
    host.do(host.session.refused(job, "late"));
    assert.deepEqual(host.placed, []);
    assert.deepEqual(job.detail, "");
    assert.equal(host.runs.length, 1);
  });
}

test("cancel while waiting for a server drops the jobs", () => {
  const host = new Host();
  host.submit();
  host.do(host.session.cancel());
  assert.deepEqual(stages(host), [Stage.CANCELLED]);
});

test("cancel while placing waits for the canvas", () => {
  const { host, job } = hostAt(Stage.PLACING);
  host.submit(request("B"));
  host.do(host.session.cancel());
  assert.ok(job.cancelling);
  assert.equal(host.runs.length, 0);
  host.submit(request("C"));
  host.do(host.session.cancelled(job));
  assert.equal(job.stage, Stage.CANCELLED);
  assert.equal(host.session.run.current.request.title, "C");
});

test("layers that are there before the canvas hears of a cancel stay", () => {
  const { host, job } = hostAt(Stage.PLACING);
  host.do(host.session.cancel());
  host.do(host.session.placed(job, "Exact."));
  assert.deepEqual(stages(host), [Stage.DONE]);
  host.do(host.session.placed(job));
  assert.deepEqual(details(host), ["Exact."]);
});

for (const stage of [Stage.READING, Stage.PLACING]) {
  test(`Esc while ${stage} stops the whole run`, () => {
    const { host, job } = hostAt(stage);
    host.submit(request("B"));
    host.do(host.session.cancelled(job));
    assert.deepEqual(stages(host), [Stage.CANCELLED, Stage.CANCELLED]);
  });
}

test("cancel without a job does nothing", () => assert.deepEqual(connected().session.cancel(), []));

test("a new job may follow a cancelled one, whose failure and result come late", () => {
  const host = connected();
  host.submit();
  host.do(host.session.cancel());
  host.submit();
  host.hear(failure("job-1", "cancelled"));
  host.hear(progress({ queue_position: 3 }));
  host.hear(result("job-1"), LAYERS);
  host.hear(result("job-2"), LAYERS);
  assert.deepEqual(stages(host), [Stage.CANCELLED, Stage.DONE]);
});

// ---- a lost connection

for (const stage of ON_SERVER) {
  test(`a connection lost while ${stage} fails the job and keeps the rest`, () => {
    const { host } = hostAt(stage);
    host.places = () => (session, job) => session.placed(job);
    host.submit(request("B"));
    host.do(host.session.closed("The server was stopped."));
    host.wait(1);
    host.do(host.session.opened());
    host.hear(WELCOME);
    host.hear(result("job-2"), LAYERS);
    assert.deepEqual(stages(host), [Stage.FAILED, Stage.DONE]);
    assert.equal(
      details(host)[0],
      "The server was stopped. “Mio” was not finished; decompose it again.",
    );
  });
}

test("a picture that comes without a connection is read again with the next", () => {
  const { host, job } = hostAt(Stage.READING);
  host.do(host.session.closed("gone"));
  host.do(host.session.pictureRead(job, picture()));
  assert.equal(job.stage, Stage.WAITING);
  host.reads = () => (session) => session.pictureRead(job, picture());
  host.connect();
  assert.equal(job.stage, Stage.SENDING);
});

test("a document is not read over and over for a server that keeps failing", () => {
  const { host, job } = hostAt(Stage.READING);
  host.do(host.session.closed("gone"));
  host.do(host.session.pictureRead(job, picture()));
  host.connect();
  assert.equal(job.stage, Stage.READING);
  host.do(host.session.closed("gone"));
  host.do(host.session.pictureRead(job, picture()));
  assert.deepEqual(details(host), [
    "The connection was lost twice while the picture was read. " +
      "“Mio” was not finished; decompose it again.",
  ]);
});

test("a picture that comes with the next connection goes there", () => {
  const { host, job } = hostAt(Stage.READING);
  host.do(host.session.closed("gone"));
  host.connect();
  host.do(host.session.pictureRead(job, picture()));
  assert.deepEqual(types(host), ["decompose"]);
  host.do(host.session.pictureRead(job, picture()));
  assert.deepEqual(types(host), ["decompose"]);
});

test("layers are placed though the connection is gone", () => {
  const { host, job } = hostAt(Stage.PLACING);
  host.do(host.session.closed("gone"));
  host.do(host.session.placed(job));
  assert.deepEqual(stages(host), [Stage.DONE]);
});

test("connecting anew gives up what was on the old connection", () => {
  const { host } = hostAt(Stage.RUNNING);
  host.do(host.session.connect());
  assert.match(details(host)[0], /opened anew.*decompose it again/);
});

// ---- closed documents

test("a closed document ends its job here and on the server", () => {
  const host = connected();
  host.submit(request("A"), request("B"), request("C"));
  const [first, , last] = host.session.run.jobs;
  host.do(host.session.documentClosed(last));
  host.do(host.session.documentClosed(first));
  assert.deepEqual(types(host), ["decompose", "cancel", "decompose"]);
  host.hear(failure("job-1", "cancelled"));
  host.hear(result("job-2"), LAYERS);
  assert.deepEqual(stages(host), [Stage.FAILED, Stage.DONE, Stage.FAILED]);
  assert.equal(first.detail, "“A” was closed, so it is not decomposed; open it and try again.");
});

test("layers for a new document need no old one", () => {
  const host = connected();
  const choices = { placement: "new_document" };
  host.submit(request("A", choices), request("B", choices));
  for (const job of host.session.run.jobs) {
    host.do(host.session.documentClosed(job));
  }
  host.hear(result("job-1"), LAYERS);
  assert.deepEqual(stages(host), [Stage.DONE, Stage.FAILED]);
});

test("layers that its document cannot show need it no more than those", () => {
  const host = connected();
  host.reads = () => (session, job) =>
    session.pictureRead(job, { ...picture(), colors: { unfit: "is not an RGB document" } });
  host.submit();
  const [job] = host.session.run.jobs;
  host.do(host.session.documentClosed(job));
  host.hear(result("job-1"), LAYERS);
  assert.deepEqual(stages(host), [Stage.DONE]);
});

test("a document that closes under its layers is the canvas's to tell", () => {
  const { host, job } = hostAt(Stage.PLACING);
  host.do(host.session.documentClosed(job));
  assert.equal(job.stage, Stage.PLACING);
});

// ---- results

function* badResults() {
  yield ["another size", result("job-1", { width: 3 })];
  yield ["no reconstruction", result("job-1", { reconstruction: null })];
  yield ["no layers", result("job-1", { layers: null })];
  const [flat, shadow, highlight, line] = result().layers;
  for (const [name, layers] of [
    ["no layer at all", []],
    ["a missing layer", [flat, shadow, highlight]],
    ["swapped layers", [shadow, flat, highlight, line]],
    ["a layer twice", [flat, shadow, shadow, line]],
    ["a layer too many", [flat, shadow, highlight, line, line]],
  ]) {
    yield [name, result("job-1", { layers })];
  }
  const values = { offset: [13, 0.5], length: [8], x: [2, null], width: [-1, "1"], y: [1] };
  for (const [name, bad] of Object.entries(values)) {
    for (const value of bad) {
      const header = result();
      header.layers[3].image[name] = value;
      yield [`${name} ${value}`, header];
    }
  }
  for (const name of ["role", "blend_mode"]) {
    const header = result();
    header.layers[0][name] = "unheard-of";
    yield [name, header];
  }
}

for (const [name, header] of badResults()) {
  test(`layers that do not fit are not placed: ${name}`, () => {
    const host = connected();
    host.submit();
    host.hear(header, LAYERS);
    assert.deepEqual(host.placed, []);
    assert.match(details(host)[0], /update both to the same version/);
    assert.equal(host.session.state, State.READY);
  });
}

test("layers that miss the picture, as the server admits, are not placed", () => {
  const host = connected();
  host.submit();
  const reconstruction = { psnr_db: 5, max_error: 255 };
  host.hear(result("job-1", { reconstruction }), LAYERS);
  assert.deepEqual(host.placed, []);
  assert.match(details(host)[0], /miss “Mio” by 255\/255, so they were not inserted; try again/);
  assert.equal(host.session.state, State.READY);
});

test("a failure that says nothing has a sentence all the same", () => {
  const { host } = hostAt(Stage.RUNNING);
  host.hear({ ...failure(), detail: " \n" });
  assert.match(details(host)[0], /^The server failed and does not say why; .*try again\.$/);
  const early = new Host();
  early.do(early.session.connect());
  early.hear({ ...failure(null), detail: "" });
  assert.match(early.session.reason, /^The server failed and does not say why;/);
});

test("a failure of no job is about the one that runs", () => {
  const { host } = hostAt(Stage.RUNNING);
  host.hear(failure(null, "invalid_message"));
  assert.deepEqual(details(host), ["The engine failed."]);
});

test("a failure of no job is nothing to a job that is not on the server", () => {
  for (const stage of [Stage.READING, Stage.PLACING]) {
    const { host, job } = hostAt(stage);
    host.hear(failure(null, "invalid_message"));
    assert.equal(job.stage, stage);
  }
});
