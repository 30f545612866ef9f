"use strict";

// The panel's jobs: what the artist asked for, how far each job is, and what came of them.

/** Where a job is on its way; the last three are ends. */
const Stage = Object.freeze({
  /** For the jobs of this panel before it, or for the server; its document has not been read */
  WAITING: "waiting",
  READING: "reading the picture",
  SENDING: "sending",
  /** On the server, behind jobs of others */
  QUEUED: "queued",
  /** Also while its layers are on their way here: UXP tells of a message when all of it is there */
  RUNNING: "running",
  PLACING: "inserting the layers",
  DONE: "done",
  FAILED: "failed",
  CANCELLED: "cancelled",
});

/** @typedef {typeof Stage[keyof typeof Stage]} StageName */

/** @type {readonly StageName[]} */
const ENDS = [Stage.DONE, Stage.FAILED, Stage.CANCELLED];
/** @type {readonly StageName[]} */
const ON_THE_SERVER = [Stage.SENDING, Stage.QUEUED, Stage.RUNNING];

/**
 * Which part of the progress bar each stage fills; it is never full before the layers are there.
 * @type {Partial<Record<StageName, [number, number]>>}
 */
const SPANS = {
  [Stage.SENDING]: [0.02, 0.08],
  [Stage.QUEUED]: [0.08, 0.08],
  [Stage.RUNNING]: [0.08, 0.95],
  [Stage.PLACING]: [0.95, 0.95],
};

/**
 * What the artist asked for, as the choices stood at the click.
 * @typedef {object} Request
 * @property {import("./canvas.js").CanvasDocument} document The canvas's own handle
 * @property {string} title Of the document
 * @property {"document" | "layer" | "selection"} scope
 * @property {string} engine
 * @property {string} composition
 * @property {"top" | "above_active" | "new_document"} placement
 * @property {boolean} replace Whether the last group put into the document goes
 * @property {boolean} hideOriginals Whether what was decomposed is hidden
 * @property {import("./options.js").OptionValues} options Of the engine
 */

/** One request on its way. */
class Job {
  /**
   * @param {string} id
   * @param {Request} request
   */
  constructor(id, request) {
    this.id = id;
    this.request = request;
    /** @type {StageName} */
    this.stage = Stage.WAITING;
    /** @type {import("./picture.js").Picture | null} Once the document was read */
    this.picture = null;
    /** How often its document was read without a server to send it to */
    this.readInVain = 0;
    /** The server's own words for what it does */
    this.work = "";
    /** Of the stage, 0 to 1 */
    this.fraction = 0;
    /** Jobs before it on the server */
    this.ahead = 0;
    /** @type {number | null} Estimate, seconds; null while unknown */
    this.remainingS = null;
    /** Whether placing shall stop before the next layer */
    this.cancelling = false;
    /** What came of it, one sentence: how well it restacks, or why it failed */
    this.detail = "";
  }

  /** Whether nothing more happens to it. */
  get ended() {
    return ENDS.includes(this.stage);
  }

  /** Whether the server has it, or is about to. */
  get isOnServer() {
    return ON_THE_SERVER.includes(this.stage);
  }

  /** Whether its layers are to go into the document that was read, as far as is known. */
  get needsDocument() {
    const isUnfit = this.picture !== null && this.picture.colors.unfit !== "";
    return this.request.placement !== "new_document" && !isUnfit;
  }

  /**
   * The server says how far it is.
   * @param {ReturnType<import("./messages.js").readProgress>} progress
   */
  advance({ stage, fraction, queuePosition, remainingS }) {
    this.stage = queuePosition > 0 ? Stage.QUEUED : Stage.RUNNING;
    this.work = stage;
    this.fraction = fraction;
    this.ahead = queuePosition;
    this.remainingS = remainingS;
  }

  /**
   * It is over.
   * @param {StageName} stage one of the ends
   * @param {string} [detail]
   */
  end(stage, detail = "") {
    this.stage = stage;
    this.detail = detail;
  }

  /** How much of it is behind us, 0 to 1. */
  get progress() {
    if (this.ended) {
      return 1;
    }
    const [begin, end] = SPANS[this.stage] || [0, 0];
    return begin + (end - begin) * Math.min(Math.max(this.fraction, 0), 1);
  }
}

/**
 * The jobs from a first click to the moment when none is left; one runs at a time.
 *
 * A document is read only when its turn comes, so that many open documents need no more memory
 * than one.
 */
class Run {
  constructor() {
    /** @type {Job[]} */
    this.jobs = [];
  }

  /** The job whose turn it is; null when all are over. */
  get current() {
    return this.jobs.find((job) => !job.ended) || null;
  }

  /** Which of the jobs is the current one, counted from 1. */
  get number() {
    return 1 + this.jobs.filter((job) => job.ended).length;
  }

  /** How much of the whole run is behind us, 0 to 1. */
  get fraction() {
    const done = this.jobs.reduce((sum, job) => sum + job.progress, 0);
    return done / Math.max(this.jobs.length, 1);
  }

  /**
   * Whether a document has a job here that is not over.
   * @param {Request["document"]} document
   */
  holds(document) {
    return this.jobs.some((job) => !job.ended && job.request.document.equals(document));
  }

  /**
   * Whether a document has a job here, over or not.
   * @param {Request["document"]} document
   */
  includes(document) {
    return this.jobs.some((job) => job.request.document.equals(document));
  }

  /** The jobs whose turn has not come shall not have one. */
  dropWaiting() {
    for (const job of this.jobs.filter((one) => one.stage === Stage.WAITING)) {
      job.end(Stage.CANCELLED);
    }
  }

  /**
   * The jobs that came to one end.
   * @param {StageName} stage
   */
  ended(stage) {
    return this.jobs.filter((job) => job.stage === stage);
  }
}

/** The names that this panel's jobs have on the wire. */
function* countedIds() {
  for (let number = 1; ; number += 1) {
    yield `job-${number}`;
  }
}

module.exports = { Job, Run, Stage, countedIds };
