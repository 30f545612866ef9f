"use strict";

// What the panel says, all sentences in one place.

const { Stage } = require("./jobs.js");
const { DEFAULT_PORT, VERSION } = require("./protocol.js");
const { NO_ANSWER, SILENT } = require("./reasons.js");
const { State } = require("./session.js");

/** @typedef {import("./jobs.js").Job} Job */
/** @typedef {import("./jobs.js").Run} Run */
/** @typedef {import("./jobs.js").Request["document"]} CanvasDocument */
/** @typedef {import("./session.js").Session} Session */

const ENGINES = { builtin: "Built in", diffusion: "Diffusion model" };
const COMPOSITIONS = {
  production: "Multiply, lighten",
  screen: "Multiply, screen",
  glow: "Multiply, add",
  normal: "Normal only",
};
const SCOPES = {
  document: "Whole picture",
  layer: "Active layer, group",
  selection: "Selection",
};
const PLACEMENTS = {
  top: "On top",
  above_active: "Above active layer",
  new_document: "New document",
};
const MENU = {
  settings: "Settings …",
  help: "Help",
  diagnostics: "Copy Diagnostics",
  selfTest: "Self-Test",
};
const WELCOME =
  "Layer Bridge turns a finished picture into flat color, shadow, highlight and line art. " +
  "Its server does the work, and none answers yet.";
const UNFIT = "The panel and the server are of versions that do not work together.";
const DECOMPOSE_TIP = "Decompose this picture; its layers come in one group, in one undo step";
const ALL_TIP = "Decompose every open document, one after another, each as its whole picture";
const HIDE_TIP =
  "Hide the layers that were decomposed as the new ones come; undo may not show them again. " +
  "A selection hides nothing.";
const REPLACE_TIP =
  "The group that was inserted last goes as the new one comes, with whatever you painted in it, " +
  "in one undo step";
const TOO_LARGE_TO_KEEP = "The layers are too large to keep for Insert Again.";
const DIAGNOSTICS_COPIED = "The diagnostics are on the clipboard.";
const NOT_COPIED =
  "Photoshop did not take this for the clipboard; select it here and copy it by hand:";
const TEST =
  "Asks your Photoshop whether it does what the panel counts on. It opens and closes about 20 " +
  "small documents; yours stay as they are. It takes about a minute.";
const TESTING = "The self-test is running; wait until its report is there.";
const TEST_LATER = "The self-test needs Photoshop for itself; start it when no job runs.";
const UPDATE_PANEL = "layer-bridge install photoshop";
const UPDATE_SERVER = "pipx upgrade layer-bridge";

/**
 * The status line.
 * @param {Session} session
 * @param {string} address where the server is
 */
function status(session, address) {
  switch (session.state) {
    case State.READY:
      return `Connected to ${address}`;
    case State.REFUSED:
      return "Panel and server do not fit";
    default:
      return session.reason ? "No connection, trying again …" : "Connecting …";
  }
}

/**
 * What to do about a missing connection, a step after another.
 * @param {Session} session
 * @param {number} port
 * @returns {{text: string, command: string}[]} a command stands under its text, or is empty
 */
function remedy({ state, reason }, port) {
  if (state === State.REFUSED) {
    return [
      {
        text: "1. Update layer-bridge as you installed it; with uv it is “uv tool upgrade layer-bridge”:",
        command: UPDATE_SERVER,
      },
      { text: "2. Run this, and double-click the file that it writes:", command: UPDATE_PANEL },
      { text: "3. Restart the server and Photoshop.", command: "" },
    ];
  }
  const text = [NO_ANSWER, SILENT].includes(reason)
    ? "Stop it with Ctrl-C and start it again:"
    : "Start it in a terminal and leave that window open:";
  return [{ text, command: serverCommand(port) }];
}

/**
 * What to type to start the server.
 * @param {number} port
 */
function serverCommand(port) {
  return port === DEFAULT_PORT ? "layer-bridge serve" : `layer-bridge serve --port ${port}`;
}

/**
 * Why what was typed cannot be the port.
 * @param {string} typed
 */
function badPort(typed) {
  return `Port ${typed} cannot be used; type a number from 1024 to 65535, like ${DEFAULT_PORT}.`;
}

/**
 * What to do when panel and server are of different versions; empty when they are not.
 * @param {Session} session
 */
function versionNotice(session) {
  const server = session.welcome ? session.welcome.server_version : VERSION;
  if (server === VERSION) {
    return "";
  }
  const todo = isLater(server, VERSION)
    ? `Run “${UPDATE_PANEL}” and double-click the file that it writes.`
    : `Run “${UPDATE_SERVER}” and restart the server.`;
  return `The panel is ${VERSION}, the server ${server}. ${todo}`;
}

/**
 * Whether one version comes after another, by the numbers that both start with.
 * @param {string} version
 * @param {string} other
 */
function isLater(version, other) {
  const [numbers, others] = [version, other].map((one) => one.split(".").map(Number));
  const at = numbers.findIndex((number, index) => number !== others[index]);
  return at >= 0 && numbers[at] > (others[at] || 0);
}

/**
 * Why a click on Decompose would come to nothing; empty when it would not.
 * @param {Session} session
 * @param {CanvasDocument[]} documents what the artist means
 * @param {CanvasDocument[]} fresh those of them that are not under way
 * @param {{engine: string, composition: string}} choices
 */
function whyNot(session, documents, fresh, { engine, composition }) {
  if (session.welcome === null) {
    return "There is no connection to the server.";
  }
  if (documents.length === 0) {
    return "Open a picture first.";
  }
  if (fresh.length === 0) {
    return documents.length === 1
      ? "This picture is being decomposed already."
      : "All open pictures are being decomposed already.";
  }
  if (!session.welcome.compositions.includes(composition)) {
    return `The server has no composition “${composition}”; choose another one.`;
  }
  return engineProblem(session, engine);
}

/**
 * Why the server cannot use an engine; empty when it can.
 * @param {Session} session
 * @param {string} engine
 */
function engineProblem(session, engine) {
  const engines = session.welcome ? session.welcome.engines : [];
  const info = engines.find(({ name }) => name === engine);
  if (info === undefined) {
    return `The server has no engine “${engine}”; choose another one.`;
  }
  return info.ready ? "" : info.detail;
}

/**
 * What happens to a job just now, with the time left.
 * @param {Job} job
 */
function stage(job) {
  const left = timeLeft(job.remainingS);
  return capitalized(left ? `${activity(job)}, ${left}` : activity(job));
}

/** @param {Job} job */
function activity(job) {
  if (job.cancelling) {
    return "cancelling";
  }
  switch (job.stage) {
    case Stage.QUEUED:
      return `waiting for ${job.ahead} other ${job.ahead === 1 ? "picture" : "pictures"}`;
    case Stage.RUNNING:
      return job.work || "working";
    case Stage.WAITING:
      return "waiting for the server";
    default:
      return job.stage;
  }
}

/**
 * "about 40 s left", rounded as estimates deserve; empty while unknown.
 * @param {number | null} seconds
 */
function timeLeft(seconds) {
  if (seconds === null) {
    return "";
  }
  if (seconds < 10) {
    return "a few seconds left";
  }
  return seconds < 55
    ? `about ${Math.round(seconds / 10) * 10} s left`
    : `about ${Math.max(1, Math.round(seconds / 60))} min left`;
}

/**
 * Which document it is, and which of how many.
 * @param {Run} run
 */
function placeInRun(run) {
  const title = run.current ? run.current.request.title : "";
  return run.jobs.length > 1 ? `${run.number} of ${run.jobs.length}: ${title}` : title;
}

/**
 * What Cancel stops.
 * @param {Run} run
 */
function cancelTip(run) {
  const waiting = run.jobs.length - run.number;
  return waiting ? `Stop this and the ${waiting} that wait` : "Stop decomposing";
}

/**
 * What came of a run.
 * @param {Run} run
 * @returns {{summary: string, error: string}} each empty where there is no such news
 */
function outcome(run) {
  const [done, failed, stopped] = [Stage.DONE, Stage.FAILED, Stage.CANCELLED].map((end) =>
    run.ended(end),
  );
  if (run.jobs.length > 1) {
    const end = stopped.length ? `, ${stopped.length} cancelled.` : ".";
    return {
      summary: `${done.length} of ${run.jobs.length} documents are decomposed${end}`,
      error: failed.map(({ request, detail }) => `${request.title}: ${detail}`).join("\n"),
    };
  }
  if (failed.length) {
    return { summary: "", error: failed[0].detail };
  }
  const { title } = run.jobs[0].request;
  return { summary: done.length ? decomposed(done[0]) : cancelled(title), error: "" };
}

/** @param {Job} job */
function decomposed({ request: { title, placement }, detail }) {
  const where =
    placement === "new_document" ? "a new document" : `the group “${groupTitle(title)}”`;
  return `The layers of “${title}” are in ${where}. ${detail}`.trim();
}

/**
 * What the group of a document's layers is called.
 * @param {string} title of the document
 */
function groupTitle(title) {
  return `Layers: ${title}`;
}

/**
 * What came of it where the artist stopped it.
 * @param {string} title of the document
 */
function cancelled(title) {
  return `Cancelled; “${title}” is as it was.`;
}

/**
 * What came of Insert Again.
 * @param {string} title of the document
 */
function insertedAgain(title) {
  return `“${title}” has its layers again.`;
}

/**
 * What Insert Again would do.
 * @param {string} title of the document
 * @param {boolean} replacing whether the last group goes
 */
function againTip(title, replacing) {
  return replacing
    ? `Put the layers of “${title}” in place of the last group`
    : `Put the layers of “${title}” in again, as they are`;
}

/**
 * How well the layers restack.
 * @param {number} psnrDb dB
 * @param {number} maxError in 1/255
 */
function quality(psnrDb, maxError) {
  if (maxError === 0) {
    return "They restack exactly.";
  }
  const error = Number(maxError.toPrecision(3));
  return `They restack to within ${error}/255 (${psnrDb.toFixed(0)} dB).`;
}

/**
 * A fault of ours, as the artist sees it.
 * @param {unknown} error that was thrown
 */
function fault(error) {
  return (
    `Something went wrong inside the panel (${error}). ` +
    "Copy the diagnostics from the menu and send them to us."
  );
}

/**
 * Names with how the panel shows them; a name that it does not know stands for itself.
 * @template {string} Name
 * @param {readonly Name[]} names
 * @param {Record<string, string>} titles
 * @returns {{name: Name, title: string}[]}
 */
function titled(names, titles) {
  return names.map((name) => ({ name, title: titles[name] || name }));
}

/** @param {string} text */
function capitalized(text) {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

module.exports = {
  ALL_TIP,
  COMPOSITIONS,
  DECOMPOSE_TIP,
  DIAGNOSTICS_COPIED,
  ENGINES,
  HIDE_TIP,
  MENU,
  NOT_COPIED,
  PLACEMENTS,
  REPLACE_TIP,
  SCOPES,
  TEST,
  TESTING,
  TEST_LATER,
  TOO_LARGE_TO_KEEP,
  UNFIT,
  UPDATE_PANEL,
  UPDATE_SERVER,
  WELCOME,
  againTip,
  badPort,
  cancelled,
  cancelTip,
  fault,
  groupTitle,
  insertedAgain,
  outcome,
  placeInRun,
  quality,
  remedy,
  serverCommand,
  stage,
  status,
  timeLeft,
  titled,
  versionNotice,
  whyNot,
};
