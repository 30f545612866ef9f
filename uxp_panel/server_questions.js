"use strict";

// The self-test's questions about the way to the server: what leave Photoshop gave for it, and whether
// a large picture goes through UXP's socket, which cannot send a message in parts and whose limit
// nobody wrote down.

const { makeMessage, pack, seal, unpack } = require("./framing.js");
const { Link } = require("./link.js");
const { decomposeHeader, helloHeader, readWelcome } = require("./messages.js");
const { DEFAULT_COMPOSITION, DEFAULT_ENGINE } = require("./protocol.js");

const WIDTH = 6000;
const HEIGHT = 4000;
const PATIENCE_MS = 60000;
const JOB = "self-test";

/** @typedef {import("./framing.js").Header} Header */
/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./trial_documents.js").Finding} Finding */

/**
 * Which addresses the panel's manifest asks for, and whether it got through to its own.
 * @param {() => Promise<string>} readManifest gives the installed manifest's text
 * @param {Session} session
 * @param {string} address of the server
 * @returns {Promise<Finding>}
 */
async function askPermission(readManifest, session, address) {
  const { requiredPermissions } = JSON.parse(await readManifest());
  const domains = [requiredPermissions.network.domains].flat().join(" ");
  const state = session.reason || session.state;
  return { expected: session.welcome !== null, text: `${domains}; ${address}: ${state}` };
}

/**
 * Ask a server for the layers of an empty picture of 24 megapixels, and leave as soon as it has
 * come to know of it.
 * @param {typeof WebSocket} WebSocket
 * @param {number} port
 * @returns {Promise<Finding>}
 */
function sendLargeMessage(WebSocket, port) {
  return new Promise((resolve) => {
    let began = Date.now();
    const end = (/** @type {boolean} */ expected, /** @type {string} */ text) => {
      clearTimeout(patience);
      link.close();
      resolve({ expected, text });
    };
    const answer = (/** @type {Header} */ header) => {
      switch (header.type) {
        case "welcome":
          began = Date.now();
          return link.send(largeMessage(readWelcome(header).limits.max_pixels));
        case "progress":
        case "result":
          return end(true, `arrived after ${Date.now() - began} ms`);
        case "failure":
          return end(false, `arrived, but: ${header.detail}`);
      }
    };
    const link = new Link({
      WebSocket,
      events: {
        opened: () => link.send(pack(helloHeader())),
        received: (message) => {
          try {
            answer(unpack(message).header);
          } catch (error) {
            end(false, `the server's answer can’t be read (${error})`);
          }
        },
        closed: (reason) => end(false, reason),
        sending: () => undefined,
      },
    });
    const patience = setTimeout(() => end(false, "no answer within a minute"), PATIENCE_MS);
    link.open(port);
  });
}

/** @param {number} limit pixels that the server takes */
function largeMessage(limit) {
  const height = Math.min(HEIGHT, Math.floor(limit / WIDTH));
  const request = { engine: DEFAULT_ENGINE, composition: DEFAULT_COMPOSITION, options: {} };
  const message = makeMessage(WIDTH * height * 4);
  seal(message, decomposeHeader({ id: JOB, request }, { width: WIDTH, height, depth: 8 }));
  return message;
}

module.exports = { askPermission, sendLargeMessage };
