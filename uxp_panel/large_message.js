"use strict";

// The self-test's question to the server: whether a large picture goes through UXP's socket, which
// cannot send a message in parts and whose limit nobody wrote down.

const { makeMessage, pack, seal, unpack } = require("./framing.js");
const { Link } = require("./link.js");
const { decomposeHeader, readWelcome } = require("./messages.js");
const { DEFAULT_COMPOSITION, DEFAULT_ENGINE, PROTOCOL_VERSION, VERSION } = require("./protocol.js");

const WIDTH = 6000;
const HEIGHT = 4000;
const PATIENCE_MS = 60000;
const JOB = "self-test";

/** @typedef {import("./framing.js").Header} Header */
/** @typedef {{expected: boolean, text: string}} Finding */

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
    /** @type {Record<string, (header: Header) => void>} */
    const answers = {
      welcome: (header) => {
        began = Date.now();
        link.send(largeMessage(readWelcome(header).limits.max_pixels));
      },
      progress: () => end(true, `arrived after ${Date.now() - began} ms`),
      result: () => end(true, `arrived after ${Date.now() - began} ms`),
      failure: ({ detail }) => end(false, `arrived, but: ${detail}`),
    };
    const link = new Link({
      WebSocket,
      events: {
        opened: () => link.send(pack(HELLO)),
        received: (message) => {
          const { header } = unpack(message);
          const answer = answers[String(header.type)];
          if (answer) {
            answer(header);
          }
        },
        closed: (reason) => end(false, reason),
        heard: () => undefined,
        sending: () => undefined,
      },
    });
    const patience = setTimeout(() => end(false, "no answer within a minute"), PATIENCE_MS);
    link.open(port);
  });
}

const HELLO = {
  type: "hello",
  protocol: PROTOCOL_VERSION,
  client: "photoshop",
  client_version: VERSION,
};

/** @param {number} limit pixels that the server takes */
function largeMessage(limit) {
  const height = Math.min(HEIGHT, Math.floor(limit / WIDTH));
  const request = { engine: DEFAULT_ENGINE, composition: DEFAULT_COMPOSITION };
  const message = makeMessage(WIDTH * height * 4);
  seal(message, decomposeHeader({ id: JOB, request }, { width: WIDTH, height, depth: 8 }));
  return message;
}

module.exports = { sendLargeMessage };
