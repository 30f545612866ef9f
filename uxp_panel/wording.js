"use strict";

// What the panel says, all sentences in one place.

const { Stage } = require("./jobs.js");
const { DEFAULT_PORT, VERSION } = require("./protocol.js");
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
const UNFIT = "This plugin and the server do not speak the same protocol.";
const DECOMPOSE_TIP = "Decompose this picture; its layers come in one group, in one undo step";
const ALL_TIP = "Decompose every open document, one after another, each as its whole picture";
const HIDE_TIP =
  "Hide the layers that were decomposed as the new ones come; undo may not show them again. " +
  "A selection hides nothing.";
const NOTHING_TO_HIDE = "Layers in a new document have nothing under them to hide";
const REPLACE_TIP = "The group that was inserted last goes as the new one comes, in one undo step";
const TEST_LATER = "The self-test needs Photoshop for itself; start it when no job runs.";
const UPDATE_PLUGIN = "layer-bridge install photoshop";
const UPDATE_SERVER = "pipx upgrade layer-bridge";
const CANCELLED = "Cancelled.";

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
      return "Plugin and server do not fit";
    default:
      return session.reason ? "No connection, trying again …" : "Connecting …";
  }
}

/**
 * What to do about a missing connection; the command stands under it.
 * @param {boolean} refused whether there is a server, of a version that does not fit
 */
function startAdvice(refused) {
  return refused
    ? `Update both: “${UPDATE_SERVER}”, then run this in a terminal and double-click the file that it writes:`
    : "Start it in a terminal:";
}

/**
 * How far the self-test is.
 * @param {string} question
 */
function testing(question) {
  return `Self-test on scratch documents: ${question} …`;
}

/**
 * What to type to start the server.
 * @param {number} port
 */
function serverCommand(port) {
  return port === DEFAULT_PORT ? "layer-bridge serve" : `layer-bridge serve --port ${port}`;
}

/**
 * Why what was typed is no port.
 * @param {string} typed
 */
function badPort(typed) {
  return `“${typed}” is no port; type a number from 1024 to 65535, like ${DEFAULT_PORT}.`;
}

/**
 * What to do when plugin and server are of different versions; empty when they are not.
 * @param {Session} session
 */
function versionNotice(session) {
  const server = session.welcome ? session.welcome.server_version : VERSION;
  if (server === VERSION) {
    return "";
  }
  const todo = isLater(server, VERSION)
    ? `Run “${UPDATE_PLUGIN}” and double-click the file that it writes.`
    : `Run “${UPDATE_SERVER}” and restart the server.`;
  return `The plugin is ${VERSION}, the server ${server}. ${todo}`;
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
 * @param {CanvasDocument[]} documents what would be decomposed
 * @param {string} engine
 */
function whyNot(session, documents, engine) {
  const { run } = session;
  if (session.welcome === null) {
    return "There is no connection to the server.";
  }
  if (documents.length === 0) {
    return "Open a picture first.";
  }
  if (run !== null && documents.every((document) => run.holds(document))) {
    return documents.length === 1
      ? "This picture is being decomposed already."
      : "All open pictures are being decomposed already.";
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
      return `waiting, ${job.ahead} ahead`;
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
  const [done, failed, cancelled] = [Stage.DONE, Stage.FAILED, Stage.CANCELLED].map((end) =>
    run.ended(end),
  );
  if (run.jobs.length > 1) {
    const end = cancelled.length ? `, ${cancelled.length} cancelled.` : ".";
    return {
      summary: `${done.length} of ${run.jobs.length} documents are decomposed${end}`,
      error: failed.map(({ request, detail }) => `${request.title}: ${detail}`).join("\n"),
    };
  }
  if (failed.length) {
    return { summary: "", error: failed[0].detail };
  }
  return { summary: done.length ? decomposed(done[0]) : CANCELLED, error: "" };
}

/** @param {Job} job */
function decomposed({ request, detail }) {
  return `“${request.title}” is decomposed. ${detail}`.trim();
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
 */
function againTip(title) {
  return `Put the layers of “${title}” in again, as they are`;
}

/**
 * How well the layers restack.
 * @param {number} psnrDb dB
 * @param {number} maxError in 1/255
 */
function quality(psnrDb, maxError) {
  if (maxError === 0) {
    return "The layers restack exactly.";
  }
  const error = Number(maxError.toPrecision(3));
  return `The layers restack to within ${error}/255 (${psnrDb.toFixed(0)} dB).`;
}

/**
 * A fault of ours, as the artist sees it.
 * @param {unknown} error that was thrown
 */
function fault(error) {
  return (
    `Something went wrong inside the plugin (${error}). ` +
    "Copy the diagnostics from the menu and send them to us."
  );
}

/**
 * Where the clipboard does not take a text, it stands in the panel.
 * @param {string} text
 */
function notCopied(text) {
  return `Photoshop did not take this for the clipboard; select it and copy it by hand:\n${text}`;
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
  CANCELLED,
  COMPOSITIONS,
  DECOMPOSE_TIP,
  ENGINES,
  HIDE_TIP,
  MENU,
  NOTHING_TO_HIDE,
  PLACEMENTS,
  REPLACE_TIP,
  SCOPES,
  TEST_LATER,
  UNFIT,
  UPDATE_PLUGIN,
  UPDATE_SERVER,
  WELCOME,
  againTip,
  badPort,
  cancelTip,
  fault,
  insertedAgain,
  notCopied,
  outcome,
  placeInRun,
  quality,
  serverCommand,
  stage,
  startAdvice,
  status,
  testing,
  timeLeft,
  titled,
  versionNotice,
  whyNot,
};
