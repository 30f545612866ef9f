"use strict";

// What the session does about what the server says: one answer for each kind of message.

const { place } = require("./commands.js");
const { State } = require("./connection.js");
const { Stage } = require("./jobs.js");
const {
  MessageError,
  QualityError,
  layersOf,
  qualityOf,
  readProgress,
  readWelcome,
  text,
} = require("./messages.js");
const { PROTOCOL_VERSION } = require("./protocol.js");
const reasons = require("./reasons.js");

/** @typedef {import("./commands.js").Command} Command */
/** @typedef {import("./framing.js").Header} Header */
/** @typedef {import("./jobs.js").Job} Job */
/** @typedef {import("./protocol.js").ServerMessage} ServerMessage */
/** @typedef {import("./session.js").Session} Session */
/** @typedef {(session: Session, header: Header, payload: Uint8Array) => Command[]} Answer */

/** @type {Record<ServerMessage["type"], Answer>} */
const ANSWERS = {
  welcome(session, header) {
    return header.protocol === PROTOCOL_VERSION
      ? session.welcomed(readWelcome(header))
      : session.refuse(reasons.otherProtocol(text(header.server_version)));
  },

  progress(session, header) {
    const job = session.jobMeant(header.job);
    if (job !== null) {
      job.advance(readProgress(header));
    }
    return [];
  },

  result(session, header, payload) {
    const job = session.jobMeant(header.job);
    const picture = job && job.picture;
    if (job === null || picture === null) {
      return [];
    }
    try {
      const layers = layersOf(header, payload, picture);
      const command = place(job, picture, layers, qualityOf(header, picture));
      job.stage = Stage.PLACING;
      job.remainingS = null;
      return [command];
    } catch (error) {
      return session.end(job, Stage.FAILED, whyNotPlaced(error, job));
    }
  },

  failure(session, header) {
    const detail = text(header.detail) || reasons.UNEXPLAINED;
    if (header.code === "unsupported_version") {
      return session.refuse(detail);
    }
    if (header.job === null && session.state !== State.READY) {
      return session.hangUp(detail);
    }
    const job = session.jobMeant(header.job);
    if (job === null) {
      return [];
    }
    return header.code === "cancelled"
      ? session.end(job, Stage.CANCELLED)
      : session.end(job, Stage.FAILED, detail);
  },
};

/** @type {Map<unknown, Answer>} */
const BY_TYPE = new Map(Object.entries(ANSWERS));

/**
 * Do what a message asks for; one of a kind that this version does not know is let pass.
 * @param {Session} session
 * @param {Header} header
 * @param {Uint8Array} payload
 * @returns {Command[]}
 * @throws {MessageError} it is not what the protocol says
 */
function answer(session, header, payload) {
  const known = BY_TYPE.get(header.type);
  return known ? known(session, header, payload) : [];
}

/**
 * @param {unknown} error that the layers or their quality caused
 * @param {Job} job
 * @returns {string} one sentence
 */
function whyNotPlaced(error, { request }) {
  if (error instanceof MessageError) {
    return reasons.UNFIT;
  }
  if (error instanceof QualityError) {
    return reasons.inexact(request.title, error.maxError);
  }
  throw error;
}

module.exports = { answer };
