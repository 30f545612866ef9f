"use strict";

// The conversation with the server, as a state machine: events in, commands out.
//
// It knows no Photoshop and no socket. Every method that takes an event gives back the commands
// that follow from it, in order. The connection may come and go under it; the jobs are its own.
// The canvas answers late: by then a job may be over, or the connection another one.

const { answer } = require("./answers.js");
const { closeLink, finish, openLink, read, send } = require("./commands.js");
const { Connection, State } = require("./connection.js");
const { FrameError, unpack } = require("./framing.js");
const { Job, Run, Stage, countedIds } = require("./jobs.js");
const { MessageError, decomposeHeader, helloHeader } = require("./messages.js");
const { Heartbeat } = require("./pacing.js");
const reasons = require("./reasons.js");

/** So often is a document read, at most, for a connection that is gone when it has been. */
const READINGS = 2;

/** @typedef {import("./commands.js").Command} Command */
/** @typedef {import("./jobs.js").Request} Request */
/** @typedef {import("./jobs.js").StageName} StageName */
/** @typedef {import("./picture.js").ReadPicture} ReadPicture */
/** @typedef {import("./protocol.js").Welcome} Welcome */

/** One panel's conversation with one server. */
class Session {
  /**
   * @param {() => number} clock monotonic, seconds
   * @param {Iterator<string>} [jobIds]
   */
  constructor(clock, jobIds = countedIds()) {
    /** @type {Run | null} The jobs under way */
    this.run = null;
    this._clock = clock;
    this._jobIds = jobIds;
    this._connection = new Connection();
    this._heartbeat = new Heartbeat(clock());
  }

  // ---- the connection

  get state() {
    return this._connection.state;
  }

  /** Why there is no connection, one sentence; empty while the first attempt runs. */
  get reason() {
    return this._connection.reason;
  }

  /** What the server said of itself; null while it is not there. */
  get welcome() {
    return this._connection.welcome;
  }

  /** When `tick` is due, by the clock; null while nothing is to be waited for. */
  get deadline() {
    return this._jobOnServer() ? this._heartbeat.deadline : this._connection.deadline;
  }

  /** Connect now: the panel starts, the artist asks, or the port has changed. */
  connect() {
    this._connection.startAnew();
    return [...this._open(), ...this._failWhatIsLost(reasons.OPENED_ANEW)];
  }

  /** The link stands. */
  opened() {
    return [send(helloHeader())];
  }

  /**
   * The link is gone, or did not come about.
   * @param {string} reason one sentence
   */
  closed(reason) {
    if (this.state === State.REFUSED) {
      return [];
    }
    this._connection.lost(reason, this._clock());
    return this._failWhatIsLost(reason);
  }

  /** The deadline has come. */
  tick() {
    const now = this._clock();
    if (this.deadline === null || now < this.deadline) {
      return [];
    }
    if (this.state === State.OFFLINE) {
      return this._open();
    }
    if (this.state === State.CONNECTING) {
      return this.hangUp(reasons.NO_ANSWER);
    }
    return this._heartbeat.isSilent(now) ? this.hangUp(reasons.SILENT) : [];
  }

  _open() {
    this._connection.opening(this._clock());
    return [openLink()];
  }

  /**
   * Nothing good is to be expected of this connection; another is tried.
   * @param {string} reason one sentence
   */
  hangUp(reason) {
    return [closeLink(), ...this.closed(reason)];
  }

  /**
   * The versions do not fit.
   * @param {string} reason one sentence
   */
  refuse(reason) {
    this._connection.refused(reason);
    return [closeLink(), ...this._failWhatIsLost(reason)];
  }

  /**
   * What was on the server is lost; what still waits goes on with the next connection.
   * @param {string} reason
   */
  _failWhatIsLost(reason) {
    const job = this._jobOnServer();
    if (job === null) {
      return [];
    }
    return this.end(job, Stage.FAILED, reasons.lost(reason, job.request.title));
  }

  // ---- jobs

  /**
   * The artist asks for these, one after another.
   * @param {Request[]} requests
   */
  submit(requests) {
    this.run = this.run || new Run();
    for (const request of requests) {
      this.run.jobs.push(new Job(this._jobIds.next().value, request));
    }
    return this._next();
  }

  /**
   * The document of a job was read.
   * @param {Job} job as in `read`
   * @param {ReadPicture} picture
   */
  pictureRead(job, { message, ...picture }) {
    if (job.stage !== Stage.READING) {
      return [];
    }
    if (this.welcome === null) {
      return this._readAgain(job);
    }
    const limit = this.welcome.limits.max_pixels;
    const pixels = picture.width * picture.height;
    if (pixels > limit) {
      return this.refused(job, reasons.tooLarge(job.request.title, pixels, limit));
    }
    job.picture = picture;
    job.stage = Stage.SENDING;
    this._heartbeat.heard(this._clock());
    return [send(decomposeHeader(job, picture), message)];
  }

  /**
   * The next connection has the document read again: holding its pixels would cost memory. But not
   * over and over, where the server keeps failing.
   * @param {Job} job
   */
  _readAgain(job) {
    job.readInVain += 1;
    if (job.readInVain === READINGS) {
      return this.refused(job, reasons.lost(reasons.LOST_WHILE_READ, job.request.title));
    }
    job.stage = Stage.WAITING;
    return [];
  }

  /**
   * The canvas cannot read a job's document, or cannot take its layers.
   * @param {Job} job
   * @param {string} why one sentence
   */
  refused(job, why) {
    return job.ended ? [] : this.end(job, Stage.FAILED, why);
  }

  /**
   * The layers of a job are in its document.
   * @param {Job} job
   * @param {string} [quality] how well they restack, one sentence
   */
  placed(job, quality = "") {
    return job.ended ? [] : this.end(job, Stage.DONE, quality);
  }

  /**
   * The canvas stopped at a job: after our own cancel, or because the artist pressed Esc.
   * @param {Job} job
   */
  cancelled(job) {
    if (this.run === null || job.ended) {
      return [];
    }
    if (!job.cancelling) {
      this.run.dropWaiting();
    }
    return this.end(job, Stage.CANCELLED);
  }

  /**
   * The document of a job is closed; only layers that go elsewhere are of use then. Where the
   * canvas is placing layers it finds out itself.
   * @param {Job} job
   */
  documentClosed(job) {
    const isOfUse = job.isOnServer && !job.needsDocument;
    if (isOfUse || job.stage === Stage.PLACING || job.ended) {
      return [];
    }
    return [...tellCancelled(job), ...this.refused(job, reasons.documentClosed(job.request.title))];
  }

  /**
   * Stop the running job and drop the waiting ones; what is placed stays. Where layers are being
   * placed, `cancelled` follows when the document is as it was.
   */
  cancel() {
    const job = this.run && this.run.current;
    if (this.run === null || job === null) {
      return [];
    }
    this.run.dropWaiting();
    if (job.stage === Stage.PLACING) {
      job.cancelling = true;
      return [];
    }
    return [...tellCancelled(job), ...this.end(job, Stage.CANCELLED)];
  }

  /**
   * So many bytes of the message under way have gone.
   * @param {number} done
   * @param {number} total
   * @returns {Command[]}
   */
  sending(done, total) {
    const job = this._jobOnServer();
    if (job !== null && job.stage === Stage.SENDING) {
      job.fraction = done / total;
    }
    this._heartbeat.heard(this._clock());
    return [];
  }

  /** Give the next job its turn, or end the run. */
  _next() {
    const { run } = this;
    const job = run && run.current;
    if (run !== null && job === null) {
      this.run = null;
      return [finish(run)];
    }
    if (job !== null && job.stage === Stage.WAITING && this.state === State.READY) {
      job.stage = Stage.READING;
      return [read(job)];
    }
    return [];
  }

  /**
   * A job is over; the next one has its turn.
   * @param {Job} job
   * @param {StageName} stage one of the ends
   * @param {string} [detail] one sentence
   */
  end(job, stage, detail) {
    job.end(stage, detail);
    return this._next();
  }

  /** The job that the server has, or is about to have; there is never more than one. */
  _jobOnServer() {
    const job = this.run && this.run.current;
    return job && job.isOnServer ? job : null;
  }

  // ---- messages

  /**
   * A whole message came.
   * @param {ArrayBuffer | Uint8Array} message
   */
  received(message) {
    try {
      const { header, payload } = unpack(message);
      const job = this._jobOnServer();
      if (job !== null && header.job === job.id) {
        this._heartbeat.heard(this._clock()); // what a server says of others is no sign of this job
      }
      return answer(this, header, payload);
    } catch (error) {
      if (error instanceof FrameError || error instanceof MessageError) {
        return this.hangUp(reasons.UNREADABLE);
      }
      throw error;
    }
  }

  /**
   * The server said welcome.
   * @param {Welcome} welcome
   */
  welcomed(welcome) {
    this._connection.welcomed(welcome);
    return this._next();
  }

  /**
   * The job on the server, if a message is about it.
   *
   * A failure without a job is about it too: nothing else of ours can have gone wrong.
   * @param {unknown} jobId
   */
  jobMeant(jobId) {
    const job = this._jobOnServer();
    return job !== null && (jobId === job.id || jobId === null) ? job : null;
  }
}

/** @param {Job} job */
function tellCancelled(job) {
  return job.isOnServer ? [send({ type: "cancel", job: job.id })] : [];
}

module.exports = { Session, State };
