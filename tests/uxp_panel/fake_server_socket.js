"use strict";

// A server in memory, at the other end of a fake WebSocket; the test says what it answers.

const { unpack } = require("../../uxp_panel/framing.js");
const { LAYER_ROLES, LAYER_TITLES } = require("../../uxp_panel/protocol.js");
const { WELCOME, message, progress } = require("./session_host.js");
const { until } = require("./waiting.js");

const [CONNECTING, OPEN, CLOSING, CLOSED] = [0, 1, 2, 3];

/** As much of a browser's WebSocket as UXP's documentation has; every event comes a little later. */
class FakeSocket {
  constructor(server, url) {
    this.url = url;
    this.binaryType = "blob";
    this.bufferedAmount = 0;
    this.readyState = CONNECTING;
    this._server = server;
    this._listeners = [];
    setImmediate(() => server.meet(this));
  }

  addEventListener(type, listener) {
    this._listeners.push({ type, listener });
  }

  send(data) {
    if (this.readyState === CONNECTING) throw new Error("the socket is not open yet");
    if (this.readyState !== OPEN) return;
    const { header, payload } = unpack(Uint8Array.from(data));
    setImmediate(() => this._server.hear(this, header, payload));
  }

  close(code = 1000) {
    if (code !== 1000 && !(code >= 3000 && code <= 4999)) throw new Error(`no such code: ${code}`);
    if (this.readyState < CLOSING) {
      this.readyState = CLOSING;
      setImmediate(() => this.end(code));
    }
  }

  /** What the page of this socket sees. */
  tell(type, fields = {}) {
    const event = { type, target: this, ...fields };
    if (this[`on${type}`]) this[`on${type}`](event);
    this._listeners.filter((one) => one.type === type).forEach(({ listener }) => listener(event));
  }

  open() {
    if (this.readyState !== CONNECTING) return;
    this.readyState = OPEN;
    this.tell("open");
  }

  end(code, reason = "") {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    if (code === 1006) this.tell("error");
    this.tell("close", { code, reason, wasClean: code !== 1006 });
  }

  deliver(header, payload) {
    if (this.binaryType !== "arraybuffer") throw new Error("UXP gives text unless it is told");
    const data = message(header, payload);
    setImmediate(() => this.readyState === OPEN && this.tell("message", { data }));
  }
}

/** Says welcome by itself, and nothing more unless the test says so. */
class FakeServer {
  /** @param welcome what differs from the usual welcome */
  constructor(welcome = {}) {
    const server = this;
    this.welcome = {
      ...WELCOME,
      compositions: ["production", "screen", "glow", "normal"],
      ...welcome,
    };
    this.isUp = true;
    /** All messages that came: header and payload */
    this.heard = [];
    this.urls = [];
    this.WebSocket = class extends FakeSocket {
      constructor(url) {
        super(server, url);
        server.urls.push(url);
      }
    };
    this._socket = null;
    /** What answers every `decompose` by itself, if anything */
    this.answer = null;
  }

  meet(socket) {
    if (!this.isUp) {
      socket.end(1006);
      return;
    }
    this._socket = socket;
    socket.open();
  }

  hear(socket, header, payload) {
    this.heard.push({ header, payload });
    if (header.type === "hello") socket.deliver(this.welcome);
    if (header.type === "decompose" && this.answer) this.answer({ header, payload });
  }

  said(type) {
    return this.heard.filter(({ header }) => header.type === type);
  }

  /** The nth message of a type, counted from 0, once it is here. */
  async next(type, nth = 0) {
    await until(() => this.said(type).length > nth, `message ${nth} of type ${type}`);
    return this.said(type)[nth];
  }

  progress({ header }, fields = {}) {
    this._socket.deliver(progress({ job: header.job, ...fields }));
  }

  /**
   * The flat color is the whole picture, the other layers are empty: it restacks exactly.
   * @param {object} [others] the box of the other layers instead
   */
  result({ header, payload }, others = null) {
    const { job, engine, composition, width, height, depth } = header;
    const empty = { x: 0, y: 0, width: 0, height: 0, offset: payload.length, length: 0 };
    const layers = LAYER_ROLES.map((role, at) => ({
      role,
      name: LAYER_TITLES[role],
      blend_mode: ["normal", "multiply", "lighten", "normal"][at],
      opacity: 1,
      image:
        at === 0 ? { ...empty, width, height, offset: 0, length: payload.length } : others || empty,
    }));
    const reconstruction = { psnr_db: 99, max_error: 0 };
    const made = { type: "result", job, engine, composition, width, height, depth };
    this._socket.deliver({ ...made, layers, reconstruction }, payload);
  }

  failure(request, code, detail) {
    const job = request && request.header.job;
    this._socket.deliver({ type: "failure", job, code, detail });
  }

  /** The process is gone: nothing was said, and nothing answers. */
  kill() {
    this.isUp = false;
    this._socket.end(1006);
  }
}

module.exports = { FakeServer };
