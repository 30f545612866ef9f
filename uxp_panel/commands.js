"use strict";

// What the session wants done; the conversation does it with the link and the canvas.

/** @typedef {import("./jobs.js").Job} Job */
/** @typedef {import("./jobs.js").Run} Run */
/** @typedef {import("./messages.js").Layer} Layer */
/** @typedef {import("./picture.js").Picture} Picture */

/**
 * @typedef {{do: "openLink"}
 *   | {do: "closeLink"}
 *   | {do: "send", header: object, message: Uint8Array | null}
 *   | {do: "read", job: Job}
 *   | {do: "place", job: Job, picture: Picture, layers: Layer[], psnrDb: number,
 *     maxError: number}
 *   | {do: "finish", run: Run}} Command
 */

/**
 * Connect to the server.
 * @returns {Command}
 */
const openLink = () => ({ do: "openLink" });

/**
 * Let go of the connection.
 * @returns {Command}
 */
const closeLink = () => ({ do: "closeLink" });

/**
 * Send a message.
 * @param {object} header
 * @param {Uint8Array | null} [message] what the canvas wrote the picture into, to be sealed with
 *   the header; null where there is no payload
 * @returns {Command}
 */
const send = (header, message = null) => ({ do: "send", header, message });

/**
 * Read a job's document; `pictureRead`, `refused` or `cancelled` answers, maybe much later.
 * @param {Job} job
 * @returns {Command}
 */
const read = (job) => ({ do: "read", job });

/**
 * Put a job's layers into its document; `placed`, `refused` or `cancelled` answers.
 * @param {Job} job
 * @param {Picture} picture that the layers were made of
 * @param {Layer[]} layers bottom first
 * @param {{psnrDb: number, maxError: number}} quality dB; in 1/255
 * @returns {Command}
 */
const place = (job, picture, layers, quality) => ({
  do: "place",
  job,
  picture,
  layers,
  ...quality,
});

/**
 * All jobs of a run are over.
 * @param {Run} run
 * @returns {Command}
 */
const finish = (run) => ({ do: "finish", run });

module.exports = { closeLink, finish, openLink, place, read, send };
