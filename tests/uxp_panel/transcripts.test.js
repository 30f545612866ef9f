"use strict";

// The session replays the transcripts of tests/vectors, which the server's tests replay too.

const assert = require("node:assert/strict");
const { readFileSync, readdirSync } = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");

const { Stage } = require("../../uxp_panel/jobs.js");
const { Host, picture, request } = require("./session_host.js");

const SESSIONS = path.join(__dirname, "..", "vectors", "sessions");
const OWN = ["client", "client_version", "protocol"];

const bytesOf = (line) => Buffer.from(line.payload, "hex");

/** Plays one transcript's lines: the server's and the outside's in, the client's expected. */
class Replay {
  constructor(lines) {
    this.lines = lines;
    this.host = new Host();
    this.host.reads = (job) => (session) => session.pictureRead(job, this.pictureOf(job));
    this.host.do(this.host.session.connect());
    this.host.do(this.host.session.opened());
  }

  pictureOf(job) {
    const line = this.lines.find(({ header }) => header && header.job === job.id);
    const { width, height, depth } = line.header;
    return picture(width, height, depth, bytesOf(line));
  }

  play() {
    const { host } = this;
    for (const line of this.lines) {
      if (line.from === "client" && line.header) {
        this.expect(line);
      } else if (line.from === "client") {
        host.do(host.session.closed("We left."));
      } else if (line.header) {
        host.hear(line.header, bytesOf(line));
      } else if (line.close || line.event.includes("breaks")) {
        host.do(host.session.closed("The connection is gone."));
      }
    }
  }

  expect(line) {
    const { host } = this;
    if (line.header.type === "decompose") {
      const { engine, composition, options = {} } = line.header;
      host.submit(request("Mio", { engine, composition, options }));
    } else if (line.header.type === "cancel") {
      host.do(host.session.cancel());
    }
    const sent = host.sent.shift();
    assert.deepEqual(shared(sent.header), shared(line.header));
    assert.deepEqual(Buffer.from(sent.payload), bytesOf(line));
  }
}

/** A header without what each client says of itself. */
function shared(header) {
  const own = header.type === "hello" ? OWN : [];
  return Object.fromEntries(Object.entries(header).filter(([name]) => !own.includes(name)));
}

function checkLayers(host, lines) {
  const results = lines.filter(({ header }) => header && header.type === "result");
  assert.deepEqual(
    host.placed.map(({ job }) => job.id),
    results.map(({ header }) => header.job),
  );
  results.forEach((line, at) => {
    const { layers } = host.placed[at];
    assert.deepEqual(Buffer.concat(layers.map(({ pixels }) => pixels)), bytesOf(line));
    assert.deepEqual(
      layers.map(({ role, blendMode, x, y }) => ({ role, blendMode, x, y })),
      line.header.layers.map(({ role, blend_mode: blendMode, image: { x, y } }) => ({
        role,
        blendMode,
        x,
        y,
      })),
    );
  });
}

function checkEnds(host, lines) {
  const headers = lines.map((line) => line.header || {});
  for (const job of host.ended) {
    const told = headers.find(({ type, job: id }) => type === "failure" && id === job.id);
    if (told && told.code === "cancelled") {
      assert.equal(job.stage, Stage.CANCELLED);
    } else if (told) {
      assert.deepEqual([job.stage, job.detail], [Stage.FAILED, told.detail]);
    } else if (job.stage === Stage.FAILED) {
      assert.match(job.detail, /decompose it again/);
    } else {
      assert.equal(job.stage, Stage.DONE);
    }
  }
}

const transcripts = readdirSync(SESSIONS).filter((name) => name.endsWith(".json"));

for (const name of transcripts) {
  test(name, () => {
    const { lines } = JSON.parse(readFileSync(path.join(SESSIONS, name), "utf8"));
    const replay = new Replay(lines);
    replay.play();
    const { host } = replay;
    assert.deepEqual(host.sent, []);
    assert.equal(host.session.run, null);
    checkLayers(host, lines);
    checkEnds(host, lines);
  });
}

test("there are transcripts", () => assert.ok(transcripts.length >= 10));
