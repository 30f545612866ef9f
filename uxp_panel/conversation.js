"use strict";

// The session at work: its commands are done here, with the link, the clock and the canvas.

const { pack, seal } = require("./framing.js");
const { Stage } = require("./jobs.js");
const { Link } = require("./link.js");
const { Cancelled, Refusal } = require("./picture.js");
const reasons = require("./reasons.js");
const { Session } = require("./session.js");
const wording = require("./wording.js");

/** A timer for more than 24 days rings at once. */
const LONGEST_ALARM_MS = 60000;

/** @typedef {import("./commands.js").Command} Command */
/** @typedef {import("./diagnostics.js").Log} Log */
/** @typedef {import("./jobs.js").Job} Job */
/** @typedef {import("./jobs.js").Request} Request */
/** @typedef {import("./jobs.js").Run} Run */
/** @typedef {import("./messages.js").Layer} Layer */
/** @typedef {import("./picture.js").Picture} Picture */
/** @typedef {import("./picture.js").ReadPicture} ReadPicture */

/**
 * A result that came, with all that is needed to put it into its document again.
 * @typedef {object} PlacedResult
 * @property {Request} request
 * @property {Picture} picture
 * @property {Layer[]} layers Bottom first
 */

/**
 * What the conversation tells.
 * @typedef {object} Events
 * @property {() => void} changed A job or the connection is no longer as it was
 * @property {(result: PlacedResult) => void} kept What can be inserted again: it was placed, or the
 *   canvas refused it
 * @property {(notice: string) => void} noticed What the canvas wants the artist to know
 * @property {(run: Run) => void} finished
 * @property {(error: unknown) => void} faulted What should not have been thrown
 */

/** Everything between the plugin and the server. */
class Conversation {
  /**
   * @param {object} parts
   * @param {typeof WebSocket} parts.WebSocket
   * @param {() => number} parts.clock monotonic, seconds
   * @param {Log} parts.log
   * @param {Events} parts.events
   */
  constructor({ WebSocket, clock, log, events }) {
    this.session = new Session(clock);
    this._port = 0;
    this._isOver = false;
    this._clock = clock;
    this._log = log;
    this._events = events;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._alarm = undefined;
    const { session } = this;
    this._link = new Link({
      WebSocket,
      events: {
        opened: () => this._on(() => session.opened()),
        received: (message) => this._on(() => session.received(message)),
        closed: (reason) => this._on(() => this._closed(reason)),
        sending: (done, total) => this._on(() => session.sending(done, total)),
      },
    });
  }

  /**
   * Connect now, and again whenever the connection is lost.
   * @param {number} port
   */
  connectTo(port) {
    this._port = port;
    this._isOver = false;
    this._on(() => this.session.connect());
  }

  /**
   * Decompose these, one after another.
   * @param {Request[]} requests
   */
  submit(requests) {
    this._on(() => this.session.submit(requests));
  }

  /** Stop the running job and drop the waiting ones. */
  cancel() {
    this._on(() => this.session.cancel());
  }

  /** Give up the jobs whose documents are closed: nobody waits for their layers. */
  dropClosedDocuments() {
    const { run } = this.session;
    const jobs = run === null ? [] : run.jobs;
    for (const job of jobs.filter(({ request }) => !request.document.isOpen())) {
      this._on(() => this.session.documentClosed(job));
    }
  }

  /**
   * Put a result's layers into the document that it was made from, as a request says now.
   * @param {PlacedResult} result
   * @param {Request} request
   * @param {() => boolean} isCancelled looked at between layers
   * @throws {Refusal} the canvas does not take them
   * @throws {Cancelled} the artist stopped it
   */
  async insert({ layers, picture }, request, isCancelled) {
    const { document, placement, replace, hideOriginals } = request;
    const how = { placement, replace, hideOriginals };
    const title = wording.groupTitle(request.title);
    const notice = await document.place(layers, picture, title, how, isCancelled);
    if (notice) {
      this._events.noticed(notice);
    }
  }

  /**
   * What an end that the canvas threw is to be blamed on; only a refusal is the canvas's own word.
   * @param {unknown} error
   * @param {string} title of the document
   * @returns {string} one sentence
   */
  why(error, title) {
    if (error instanceof Refusal) {
      this._log.add(`refused: ${error.message}`, title);
      return error.message;
    }
    this._log.fault(error, title);
    return wording.fault(error);
  }

  /**
   * The panel goes: no connection, and no attempt at one, until `connectTo`. What the canvas still
   * answers is heard, as its documents change whether the panel is there or not.
   */
  close() {
    this._isOver = true;
    this._link.close();
    this._on(() => this._closed(reasons.PANEL_CLOSED));
  }

  // ---- events

  /**
   * Tell the session of an event, and do what follows.
   * @param {() => Command[]} event
   */
  _on(event) {
    try {
      this._do(event());
    } catch (error) {
      this._events.faulted(error);
    }
  }

  /** @param {string} reason */
  _closed(reason) {
    if (reason !== this.session.reason) {
      this._log.add(`the connection is closed: ${reason}`); // every attempt without a server ends alike
    }
    return this.session.closed(reason);
  }

  // ---- commands of the session

  /** @param {Command[]} commands */
  _do(commands) {
    try {
      commands.forEach((command) => this._obey(command));
    } finally {
      this._setAlarm();
      this._events.changed();
    }
  }

  _setAlarm() {
    clearTimeout(this._alarm);
    const { deadline } = this.session;
    if (deadline !== null && !this._isOver) {
      const milliseconds = Math.max(0, (deadline - this._clock()) * 1000) + 1;
      const soon = Math.min(milliseconds, LONGEST_ALARM_MS);
      this._alarm = setTimeout(() => this._on(() => this.session.tick()), soon);
    }
  }

  /** @param {Command} command */
  _obey(command) {
    switch (command.do) {
      case "openLink":
        return this._link.open(this._port);
      case "closeLink":
        return this._link.close();
      case "send":
        return this._send(command.header, command.message);
      case "read":
        return void this._read(command.job);
      case "place":
        return void this._place(command);
      case "finish":
        return this._events.finished(command.run);
      default:
        /** @satisfies {never} */ (command); // a new command needs a case
    }
  }

  /**
   * @param {object} header
   * @param {Uint8Array | null} message
   */
  _send(header, message) {
    if (message === null) {
      this._link.send(pack(header));
      return;
    }
    seal(message, header);
    this._link.send(message);
  }

  /** @param {Job} job */
  async _read(job) {
    try {
      const { document, scope, placement, replace } = job.request;
      const { welcome } = this.session;
      const maxPixels = welcome ? welcome.limits.max_pixels : Infinity;
      const terms = { placement, replace, maxPixels };
      const picture = await document.read(scope, terms, () => job.ended);
      this._on(() => this._pictureRead(job, picture));
    } catch (error) {
      this._on(() => this._stopped(job, error));
    }
  }

  /**
   * @param {Job} job
   * @param {ReadPicture} picture
   */
  _pictureRead(job, picture) {
    const commands = this.session.pictureRead(job, picture);
    if (job.stage === Stage.SENDING && picture.notice) {
      this._events.noticed(picture.notice);
    }
    return commands;
  }

  /** @param {Extract<Command, {do: "place"}>} command */
  async _place({ job, picture, layers, psnrDb, maxError }) {
    const { request } = job;
    const result = { request, picture, layers };
    try {
      await this.insert(result, request, () => job.cancelling);
      this._events.kept(result);
      this._on(() => this.session.placed(job, wording.quality(psnrDb, maxError)));
    } catch (error) {
      if (!(error instanceof Cancelled)) {
        this._events.kept(result); // there may be room for it elsewhere
      }
      this._on(() => this._stopped(job, error));
    }
  }

  /**
   * @param {Job} job
   * @param {unknown} error that the canvas threw
   */
  _stopped(job, error) {
    return error instanceof Cancelled
      ? this.session.cancelled(job)
      : this.session.refused(job, this.why(error, job.request.title));
  }
}

module.exports = { Conversation };
