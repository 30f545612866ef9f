"use strict";

// The session's rules of the connection: its pauses, its silence, its refusals.

const assert = require("node:assert/strict");
const { test } = require("node:test");

const { Stage } = require("../../uxp_panel/jobs.js");
const { PROTOCOL_VERSION, VERSION } = require("../../uxp_panel/protocol.js");
const { State } = require("../../uxp_panel/session.js");
const sessionHost = require("./session_host.js");

const { Host, WELCOME, failure, hostAt, message, progress } = sessionHost;
const LAYERS = new Uint8Array(16);

const connected = () => new Host().connect();
const details = (host) => host.ended.map((job) => job.detail);

const ON_SERVER = [Stage.SENDING, Stage.QUEUED, Stage.RUNNING];

test("hello is the first word", () => {
  const host = new Host();
  host.do(host.session.connect());
  assert.deepEqual(host.link, ["openLink"]);
  host.do(host.session.opened());
  const { type, client, protocol } = host.sent[0].header;
  assert.deepEqual([type, client, protocol], ["hello", "photoshop", PROTOCOL_VERSION]);
  assert.equal(host.session.state, State.CONNECTING);
});

test("pauses between attempts grow to a limit, and are short again after a click", () => {
  const host = new Host();
  host.do(host.session.connect());
  const pauses = [];
  for (let attempt = 0; attempt < 7; attempt += 1) {
    host.do(host.session.closed("No server answers."));
    pauses.push(host.session.deadline - host.now);
    host.wait(pauses[attempt] - 0.1);
    assert.equal(host.session.state, State.OFFLINE);
    host.wait(0.1);
    assert.equal(host.session.state, State.CONNECTING);
  }
  assert.deepEqual(pauses, [1, 2, 4, 8, 15, 15, 15]);
  assert.equal(host.link.length, 8);
  host.do(host.session.connect());
  assert.equal(host.session.reason, "");
  host.do(host.session.closed("No server answers."));
  assert.equal(host.session.deadline, host.now + 1);
});

test("a server that never says welcome is given up", () => {
  const host = new Host();
  host.do(host.session.connect());
  host.do(host.session.opened());
  host.wait(10);
  assert.deepEqual(host.link, ["openLink", "closeLink"]);
  assert.equal(host.session.state, State.OFFLINE);
  assert.equal(host.session.reason, "The server does not answer.");
});

test("nothing is timed while nothing is asked for", () => {
  const host = connected();
  assert.equal(host.session.deadline, null);
  host.wait(10000);
  assert.equal(host.session.state, State.READY);
  for (const stage of [Stage.READING, Stage.PLACING]) {
    assert.equal(hostAt(stage).host.session.deadline, null);
  }
});

for (const stage of ON_SERVER) {
  test(`silence while a job is ${stage} ends the connection`, () => {
    const { host } = hostAt(stage);
    host.wait(59);
    host.hear(progress());
    host.wait(59);
    assert.equal(host.session.state, State.READY);
    host.wait(1);
    assert.deepEqual(host.link, ["closeLink"]);
    assert.deepEqual(details(host), [
      "The server went silent. “Mio” was not finished; decompose it again.",
    ]);
  });
}

test("what is said of anything else is no sign of life", () => {
  const { host } = hostAt(Stage.RUNNING);
  const others = [{ type: "news" }, { type: "news", job: null }, WELCOME];
  for (const other of [progress({ job: "job-9" }), ...others]) {
    host.wait(14);
    host.hear(other);
  }
  host.wait(4);
  assert.equal(host.session.reason, "The server went silent.");
});

test("bytes that go out are a sign of life", () => {
  const { host, job } = hostAt(Stage.SENDING);
  host.wait(50);
  host.do(host.session.sending(4, 8));
  assert.equal(job.fraction, 0.5);
  host.wait(50);
  assert.equal(host.session.state, State.READY);
});

test("the time before a job was sent is no silence", () => {
  const host = connected();
  host.wait(10000);
  host.submit();
  assert.equal(host.session.deadline, host.now + 60);
});

test("Photoshop being busy is no silence", () => {
  const { host } = hostAt(Stage.RUNNING);
  host.wait(300);
  assert.equal(host.session.state, State.READY);
  host.wait(60);
  assert.equal(host.session.state, State.OFFLINE);
});

test("other versions end the attempts until the artist asks", () => {
  const host = new Host();
  host.do(host.session.connect());
  host.do(host.session.opened());
  host.hear(failure(null, "unsupported_version"));
  assert.deepEqual(host.link, ["openLink", "closeLink"]);
  host.do(host.session.closed("The server hung up."));
  assert.equal(host.session.state, State.REFUSED);
  assert.equal(host.session.deadline, null);
  assert.equal(host.session.reason, "The engine failed.");
  host.do(host.session.connect());
  assert.equal(host.session.state, State.CONNECTING);
});

test("a welcome of another protocol is refused", () => {
  const host = new Host();
  host.do(host.session.connect());
  host.hear({ ...WELCOME, protocol: PROTOCOL_VERSION + 1, server_version: "9.1" });
  assert.equal(host.session.state, State.REFUSED);
  assert.equal(host.session.reason, `The panel is ${VERSION}, the server 9.1.`);
  assert.equal(host.session.welcome, null);
});

test("a failure before welcome ends the attempt with its words", () => {
  const host = new Host();
  host.do(host.session.connect());
  host.hear(failure(null, "invalid_message"));
  assert.equal(host.session.state, State.OFFLINE);
  assert.equal(host.session.reason, "The engine failed.");
});

for (const [name, bytes] of [
  ["nothing", new ArrayBuffer(0)],
  ["noise", Uint8Array.of(255, 255, 255, 255).buffer],
  ["a bare welcome", message({ type: "welcome" })],
  ["a welcome without limits", message({ ...WELCOME, limits: null })],
  ["a welcome with odd engines", message({ ...WELCOME, engines: ["builtin"] })],
  ["a failure without words", message({ type: "failure", job: null, code: "x" })],
]) {
  test(`${name} cannot be read and ends the connection`, () => {
    const host = new Host();
    host.do(host.session.connect());
    host.do(host.session.received(bytes));
    assert.equal(host.session.state, State.OFFLINE);
    assert.deepEqual(host.link, ["openLink", "closeLink"]);
  });
}

test("messages of an unknown kind are ignored", () => {
  const host = connected();
  for (const type of ["weather", "constructor", "__proto__", null, 3]) {
    host.hear({ type, job: "job-1" }, LAYERS);
  }
  assert.equal(host.session.state, State.READY);
});
