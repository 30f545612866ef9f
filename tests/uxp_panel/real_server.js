"use strict";

// A `layer-bridge serve` in a process of its own, and a socket that greets it as UXP's does.

const { spawn } = require("node:child_process");
const path = require("node:path");
const WebSocket = require("ws");

const ROOT = path.join(__dirname, "..", "..");
const PYTHON = process.env.PYTHON || path.join(ROOT, ".venv", "bin", "python");

/** UXP's sockets say `Origin: file://`, know no compression and have no limit that is documented. */
class FileOriginSocket extends WebSocket {
  /** @param {string} url */
  constructor(url) {
    super(url, { origin: "file://", perMessageDeflate: false, maxPayload: 0 });
  }
}

/** @typedef {{port: number, kill: () => Promise<void>}} Server */

/**
 * Start a server; it listens when the promise is kept.
 * @param {number} [port] 0 takes a free one
 * @returns {Promise<Server>}
 */
function startServer(port = 0) {
  return startModule("bridge", "serve", "--port", String(port));
}

/**
 * Start a server that has memory for small pictures only.
 * @returns {Promise<Server>}
 */
function startChoosyServer() {
  return startModule("tests.uxp_panel.choosy_server");
}

/**
 * @param {string[]} command a module that prints its server's address, and what it is told
 * @returns {Promise<Server>}
 */
async function startModule(...command) {
  const server = spawn(PYTHON, ["-m", ...command], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = new Promise((resolve) => server.once("exit", resolve));
  const greeting = await new Promise((resolve, reject) => {
    server.stdout.once("data", (bytes) => resolve(String(bytes)));
    gone.then(() => reject(new Error("the server ended before it listened")));
  });
  const [, found] = /ws:\/\/[\w.]+:(\d+)/.exec(greeting) || [];
  return {
    port: Number(found),
    kill: async () => {
      server.kill("SIGKILL");
      await gone;
    },
  };
}

module.exports = { FileOriginSocket, PYTHON, ROOT, startChoosyServer, startServer };
