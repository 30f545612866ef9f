"use strict";

// Why a connection or a job came to nothing: the session's sentences for the artist.

const { VERSION } = require("./protocol.js");

const UNREADABLE = "The server sent something that this panel cannot read; update both.";
const UNFIT =
  "The server's layers do not fit what this panel knows; update both to the same version.";
const OPENED_ANEW = "The connection was opened anew.";
const PANEL_CLOSED = "The panel was closed.";
const UNEXPLAINED = "The server failed and does not say why; look at its log, and try again.";
const LOST_WHILE_READ = "The connection was lost twice while the picture was read.";
const NO_ANSWER = "The server does not answer.";
const SILENT = "The server went silent.";

/** @param {string} version of the server, which speaks another protocol */
const otherProtocol = (version) => `The panel is ${VERSION}, the server ${version}.`;

/**
 * @param {string} reason why the connection is gone
 * @param {string} title of the document
 */
const lost = (reason, title) => `${reason} “${title}” was not finished; decompose it again.`;

/**
 * @param {string} title of the document
 * @param {number} maxError that the server admits, in 1/255
 */
const inexact = (title, maxError) =>
  `The server’s layers miss “${title}” by ${maxError.toPrecision(3)}/255, so they were not ` +
  "inserted; try again, or choose another engine.";

/** @param {string} title of the document */
const documentClosed = (title) =>
  `“${title}” was closed, so it is not decomposed; open it and try again.`;

/**
 * @param {string} title of the document
 * @param {number} pixels
 * @param {number} limit
 */
function tooLarge(title, pixels, limit) {
  const [has, takes] = [pixels, limit].map((count) => (count / 1e6).toFixed(0));
  return (
    `“${title}” has ${has} megapixels, and the server takes ${takes}; ` +
    "scale it down, or select a part and choose Selection under Picture."
  );
}

module.exports = {
  LOST_WHILE_READ,
  NO_ANSWER,
  OPENED_ANEW,
  PANEL_CLOSED,
  SILENT,
  UNEXPLAINED,
  UNFIT,
  UNREADABLE,
  documentClosed,
  inexact,
  lost,
  otherProtocol,
  tooLarge,
};
