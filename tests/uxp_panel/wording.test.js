"use strict";

// What the panel says in each state.

const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");

const { Job, Run, Stage } = require("../../uxp_panel/jobs.js");
const { COMPOSITIONS, VERSION } = require("../../uxp_panel/protocol.js");
const reasons = require("../../uxp_panel/reasons.js");
const { PLACEMENTS, SCOPES } = require("../../uxp_panel/settings.js");
const wording = require("../../uxp_panel/wording.js");
const { WELCOME, request } = require("./session_host.js");

const KRITA = path.join(__dirname, "..", "..", "krita_plugin", "layer_bridge", "wording.py");

/** A job of a document with this title that came to this end. */
function job(title, stage = Stage.WAITING, detail = "") {
  const made = new Job("job-1", request(title));
  made.end(stage, detail);
  return made;
}

function runOf(...jobs) {
  const run = new Run();
  run.jobs.push(...jobs);
  return run;
}

/** As much of a session as is asked. */
function session(fields = {}) {
  return { state: "ready", reason: "", welcome: WELCOME, run: null, ...fields };
}

// ---- the same words as in Krita

test("titles are those of the Krita plugin, word for word", () => {
  const text = readFileSync(KRITA, "utf8");
  for (const [table, names] of Object.entries({
    ENGINES: Object.keys(wording.ENGINES),
    COMPOSITIONS,
    SCOPES,
    PLACEMENTS,
  })) {
    const [, body] = new RegExp(`^${table} = \\{([^}]*)\\}`, "m").exec(text);
    const titles = [...body.matchAll(/"(.*?)": "(.*?)"/g)].map(([, name, title]) => [name, title]);
    assert.deepEqual(Object.entries(wording[table]), titles);
    assert.deepEqual(Object.keys(wording[table]), [...names]);
  }
});

// Not among them: UNFIT and whatever else names the panel, which is a plugin there; HIDE_TIP, as
// undo differs; what is said of a result, of a queue and of a start in a terminal, which is plainer.
for (const name of ["WELCOME", "DECOMPOSE_TIP", "ALL_TIP"]) {
  test(`the sentence ${name} is the Krita plugin's`, () => {
    const joined = readFileSync(KRITA, "utf8").replace(/"\s*\n\s*"/g, "");
    assert.ok(joined.includes(`"${wording[name]}"`), wording[name]);
  });
}

test("a name that the panel does not know stands for itself", () => {
  assert.deepEqual(wording.titled(["builtin", "other"], wording.ENGINES), [
    { name: "builtin", title: "Built in" },
    { name: "other", title: "other" },
  ]);
});

// ---- the connection

for (const [state, reason, expected] of [
  ["ready", "", "Connected to localhost:7347"],
  ["refused", "Too old.", "Panel and server do not fit"],
  ["connecting", "", "Connecting …"],
  ["connecting", "It is gone.", "No connection, trying again …"],
  ["offline", "It is gone.", "No connection, trying again …"],
]) {
  test(`the status while ${state}${reason && " again"}`, () => {
    assert.equal(wording.status(session({ state, reason }), "localhost:7347"), expected);
  });
}

const START = "Start it in a terminal and leave that window open:";
const RESTART = "Stop it with Ctrl-C and start it again:";
for (const [reason, expected] of [
  ["No server answers at localhost:7347.", START],
  ["", START],
  [reasons.NO_ANSWER, RESTART],
  [reasons.SILENT, RESTART],
]) {
  test(`what to do where ${reason || "nothing is known yet"}`, () => {
    const remedy = wording.remedy(session({ state: "offline", reason }), 9000);
    assert.deepEqual(remedy, [{ text: expected, command: "layer-bridge serve --port 9000" }]);
  });
}

test("versions that do not fit are mended in three steps", () => {
  const steps = wording.remedy(session({ state: "refused", reason: "Too old." }), 7347);
  assert.deepEqual(
    steps.map(({ text, command }) => [text.slice(0, 2), command]),
    [
      ["1.", "pipx upgrade layer-bridge"],
      ["2.", "layer-bridge install photoshop"],
      ["3.", ""],
    ],
  );
});

test("what cannot be a port is named", () => {
  assert.match(wording.badPort("80"), /^Port 80 cannot be used; type a number from 1024 to 65535/);
});

test("the command names the port only where it is not the usual one", () => {
  assert.equal(wording.serverCommand(7347), "layer-bridge serve");
  assert.equal(wording.serverCommand(9000), "layer-bridge serve --port 9000");
});

for (const [version, todo] of [
  ["99.0.0", "Run “layer-bridge install photoshop” and double-click the file that it writes."],
  [
    `${VERSION}.1`,
    "Run “layer-bridge install photoshop” and double-click the file that it writes.",
  ],
  ["99.0.0rc1", "Run “layer-bridge install photoshop” and double-click the file that it writes."],
  ["0.0.9", "Run “pipx upgrade layer-bridge” and restart the server."],
  ["0", "Run “pipx upgrade layer-bridge” and restart the server."],
]) {
  test(`a server of version ${version} is told of`, () => {
    const welcome = { ...WELCOME, server_version: version };
    const expected = `The panel is ${VERSION}, the server ${version}. ${todo}`;
    assert.equal(wording.versionNotice(session({ welcome })), expected);
  });
}

test("equal versions are not told of, nor those of no server", () => {
  assert.equal(wording.versionNotice(session()), "");
  assert.equal(wording.versionNotice(session({ welcome: null })), "");
});

// ---- why not

test("why a click would come to nothing, the most pressing first", () => {
  const { document } = request("Mio");
  const other = request("Haru").document;
  const of = (fields, documents, engine = "builtin", fresh = documents) =>
    wording.whyNot(session(fields), documents, fresh, { engine, composition: "production" });
  assert.equal(of({ welcome: null }, []), "There is no connection to the server.");
  assert.equal(of({}, []), "Open a picture first.");
  assert.equal(of({}, [document], "builtin", []), "This picture is being decomposed already.");
  assert.equal(of({}, [document, other], "builtin", [other]), "");
  assert.equal(
    of({}, [document, other], "builtin", []),
    "All open pictures are being decomposed already.",
  );
  assert.equal(
    of({}, [document], "magic"),
    "The server has no engine “magic”; choose another one.",
  );
  const engines = [{ name: "builtin", ready: false, detail: "Fetch its weights." }];
  assert.equal(of({ welcome: { ...WELCOME, engines } }, [document]), "Fetch its weights.");
  assert.equal(of({}, [document]), "");
});

// ---- jobs

for (const [fields, expected] of [
  [{ stage: Stage.WAITING }, "Waiting for the server"],
  [{ stage: Stage.READING }, "Reading the picture"],
  [{ stage: Stage.QUEUED, ahead: 2 }, "Waiting for 2 other pictures"],
  [{ stage: Stage.QUEUED, ahead: 1 }, "Waiting for 1 other picture"],
  [{ stage: Stage.RUNNING }, "Working"],
  [{ stage: Stage.RUNNING, work: "finding lines" }, "Finding lines"],
  [
    { stage: Stage.RUNNING, work: "finding lines", remainingS: 4 },
    "Finding lines, a few seconds left",
  ],
  [
    { stage: Stage.RUNNING, work: "finding lines", remainingS: 38 },
    "Finding lines, about 40 s left",
  ],
  [
    { stage: Stage.RUNNING, work: "finding lines", remainingS: 58 },
    "Finding lines, about 1 min left",
  ],
  [
    { stage: Stage.RUNNING, work: "finding lines", remainingS: 170 },
    "Finding lines, about 3 min left",
  ],
  [{ stage: Stage.PLACING }, "Inserting the layers"],
  [{ stage: Stage.PLACING, cancelling: true }, "Cancelling"],
]) {
  test(`what happens: ${expected}`, () => {
    assert.equal(wording.stage(Object.assign(job("Mio"), fields)), expected);
  });
}

test("which document it is, and which of how many", () => {
  assert.equal(wording.placeInRun(runOf(job("Mio"))), "Mio");
  const run = runOf(job("Mio", Stage.DONE), job("Haru"), job("Ren"));
  assert.equal(wording.placeInRun(run), "2 of 3: Haru");
  assert.equal(wording.cancelTip(run), "Stop this and the 1 that wait");
  assert.equal(wording.cancelTip(runOf(job("Mio"))), "Stop decomposing");
});

// ---- what came of it

test("what came of one document", () => {
  const exact = wording.quality(99, 0);
  assert.deepEqual(wording.outcome(runOf(job("Mio", Stage.DONE, exact))), {
    summary: "The layers of “Mio” are in the group “Layers: Mio”. They restack exactly.",
    error: "",
  });
  assert.deepEqual(wording.outcome(runOf(job("Mio", Stage.CANCELLED))), {
    summary: "Cancelled; “Mio” is as it was.",
    error: "",
  });
  assert.deepEqual(wording.outcome(runOf(job("Mio", Stage.FAILED, "It was closed."))), {
    summary: "",
    error: "It was closed.",
  });
});

test("layers in a new document are said to be there", () => {
  const done = job("Mio", Stage.DONE, wording.quality(60.4, 1));
  done.request.placement = "new_document";
  assert.equal(
    wording.outcome(runOf(done)).summary,
    "The layers of “Mio” are in a new document. They restack to within 1/255 (60 dB).",
  );
});

test("Insert Again names its picture, and says where another group goes for it", () => {
  assert.equal(wording.againTip("Mio", false), "Put the layers of “Mio” in again, as they are");
  assert.equal(wording.againTip("Mio", true), "Put the layers of “Mio” in place of the last group");
});

test("what came of many, the failures one a line", () => {
  const run = runOf(
    job("Mio", Stage.DONE),
    job("Haru", Stage.FAILED, "It was closed."),
    job("Ren", Stage.FAILED, "It is empty."),
    job("Aki", Stage.CANCELLED),
  );
  assert.deepEqual(wording.outcome(run), {
    summary: "1 of 4 documents are decomposed, 1 cancelled.",
    error: "Haru: It was closed.\nRen: It is empty.",
  });
});

test("how well the layers restack", () => {
  assert.equal(wording.quality(60.4, 1), "They restack to within 1/255 (60 dB).");
  assert.equal(wording.quality(60.4, 0.3333), "They restack to within 0.333/255 (60 dB).");
});
