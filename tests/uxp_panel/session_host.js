"use strict";

// A host that does what the session wants, and the messages of a server.

const { Stage } = require("../../uxp_panel/jobs.js");
const { makeMessage, pack, payloadOf, seal, unpack } = require("../../uxp_panel/framing.js");
const { PROTOCOL_VERSION, VERSION } = require("../../uxp_panel/protocol.js");
const { Session } = require("../../uxp_panel/session.js");

/** One of each kind, and a whole number beside a fraction, as the vectors' server has them. */
const OPTIONS = [
  {
    name: "pencil",
    title: "Pencil",
    help: "How thick a line may be.",
    kind: "number",
    default: 0,
    least: 0,
    most: 64,
    step: 1,
    unit: "px",
    least_title: "Automatic",
  },
  {
    name: "grain",
    title: "Grain",
    help: "How rough the paper is.",
    kind: "number",
    default: 0.5,
    least: 0,
    most: 1,
    step: 0.25,
    unit: "",
    least_title: "",
  },
  {
    name: "paper",
    title: "Paper",
    help: "What is drawn on.",
    kind: "choice",
    default: "white",
    choices: [
      { value: "white", title: "White" },
      { value: "toned", title: "Toned paper" },
    ],
  },
  { name: "tidy", title: "Tidy", help: "No speckles.", kind: "switch", default: false },
];

const WELCOME = {
  type: "welcome",
  protocol: PROTOCOL_VERSION,
  server_version: VERSION,
  engines: [{ name: "builtin", ready: true, detail: "" }],
  compositions: ["production", "normal"],
  limits: { max_pixels: 1000, max_jobs: 4 },
};

/** The bytes of a message, as they come from a socket. */
function message(header, payload = new Uint8Array()) {
  const head = pack(header);
  const bytes = new Uint8Array(head.length + payload.length);
  bytes.set(head);
  bytes.set(payload, head.length);
  return bytes.buffer;
}

/** A request for a document that is known by its title. */
function request(title = "Mio", choices = {}) {
  const document = { title, equals: (other) => other.title === title };
  return {
    document,
    title,
    scope: "document",
    engine: "builtin",
    composition: "production",
    placement: "top",
    replace: false,
    hideOriginals: false,
    options: {},
    ...choices,
  };
}

function progress(fields = {}) {
  return {
    type: "progress",
    job: "job-1",
    stage: "finding lines",
    fraction: 0.5,
    queue_position: 0,
    remaining_s: 3,
    ...fields,
  };
}

function failure(job = "job-1", code = "engine_failed") {
  return { type: "failure", job, code, detail: "The engine failed." };
}

/** Layers of one pixel each for a picture of 2 x 1; their payload has 16 bytes. */
function result(job = "job-1", fields = {}) {
  const layers = ["flat_color", "shadow", "highlight", "line_art"].map((role, at) => ({
    role,
    name: role,
    blend_mode: "normal",
    opacity: 1,
    image: { x: 0, y: 0, width: 1, height: 1, offset: 4 * at, length: 4 },
  }));
  const reconstruction = { psnr_db: 60, max_error: 1 };
  const size = { width: 2, height: 1, depth: 8 };
  const names = { engine: "builtin", composition: "production" };
  return { type: "result", job, ...names, ...size, layers, reconstruction, ...fields };
}

/** A picture as the canvas gives it, with these rows. */
function picture(width = 2, height = 1, depth = 8, rows = new Uint8Array(8)) {
  const bytes = makeMessage(rows.length);
  payloadOf(bytes).set(rows);
  return {
    width,
    height,
    depth,
    x: 0,
    y: 0,
    canvas: { width, height },
    notice: "",
    colors: { unfit: "" },
    message: bytes,
  };
}

/** Does the session's commands; its canvas answers at once, or when the test says so. */
class Host {
  constructor() {
    this.now = 100;
    this.session = new Session(() => this.now);
    /** The session's calls by which the canvas answers `read` and `place`; null: not yet */
    this.reads = () => (session, job) => session.pictureRead(job, picture());
    this.places = () => (session, job) => session.placed(job);
    this.sent = [];
    this.placed = [];
    this.runs = [];
    /** Of the link: open, close */
    this.link = [];
  }

  do(commands) {
    const todo = [...commands];
    while (todo.length > 0) {
      todo.push(...this.doOne(todo.shift()));
    }
  }

  doOne(command) {
    const { session } = this;
    const { job } = command;
    switch (command.do) {
      case "send":
        this.sent.push(this.asSent(command));
        return [];
      case "read":
        return this.reads(job) ? this.reads(job)(session, job) : [];
      case "place":
        this.placed.push(command);
        return this.places(job) ? this.places(job)(session, job) : [];
      case "finish":
        this.runs.push(command.run);
        return [];
      default:
        this.link.push(command.do);
        return [];
    }
  }

  /** What the server reads of a message. */
  asSent({ header, message: bytes }) {
    if (bytes === null) {
      return unpack(pack(header));
    }
    seal(bytes, header);
    return unpack(bytes);
  }

  hear(header, payload) {
    this.do(this.session.received(message(header, payload)));
  }

  connect() {
    this.do(this.session.connect());
    this.do(this.session.opened());
    this.hear(WELCOME);
    this.sent.length = 0;
    this.link.length = 0;
    return this;
  }

  submit(...requests) {
    this.do(this.session.submit(requests.length > 0 ? requests : [request()]));
  }

  /** So many seconds pass, and whatever is due is done. */
  wait(seconds) {
    this.now += seconds;
    this.do(this.session.tick());
  }

  /** The jobs of the runs that are over. */
  get ended() {
    return this.runs.flatMap((run) => run.jobs);
  }
}

/** A host whose only job has come so far. */
function hostAt(stage) {
  const host = new Host().connect();
  if (stage === Stage.READING) {
    host.reads = () => null;
  }
  host.places = () => null;
  host.submit();
  if (stage === Stage.QUEUED) {
    host.hear(progress({ queue_position: 2, stage: "queued" }));
  } else if (stage === Stage.RUNNING) {
    host.hear(progress());
  } else if (stage === Stage.PLACING) {
    host.hear(result(), new Uint8Array(16));
  }
  const job = host.session.run.current;
  if (job.stage !== stage) throw new Error(`the job came to ${job.stage}, not ${stage}`);
  return { host, job };
}

module.exports = {
  OPTIONS,
  Host,
  WELCOME,
  failure,
  hostAt,
  message,
  picture,
  progress,
  request,
  result,
};
