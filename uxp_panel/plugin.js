"use strict";

// The panel's one state, which the page shows, and what the artist can do.

const { Changes } = require("./changes.js");
const { Clipboard } = require("./clipboard.js");
const { Conversation } = require("./conversation.js");
const { Desk } = require("./desk.js");
const { Log, report } = require("./diagnostics.js");
const { Notices } = require("./notices.js");
const { Options } = require("./options.js");
const { steadyClock } = require("./pacing.js");
const { Cancelled } = require("./picture.js");
const { loadSettings, saveSettings } = require("./settings.js");
const { Trial } = require("./trial.js");
const wording = require("./wording.js");

/**
 * A larger last result is not kept for another insertion, bytes. Photoshop warns of a plugin that
 * uses 600 MB: beside this one the next result of the same size has room, and its picture.
 */
const KEPT_BYTES = 256 * 2 ** 20;

/** @typedef {import("./canvas.js").Canvas} Canvas */
/** @typedef {import("./canvas.js").CanvasDocument} CanvasDocument */
/** @typedef {import("./conversation.js").PlacedResult} PlacedResult */
/** @typedef {import("./jobs.js").Request} Request */
/** @typedef {import("./jobs.js").Run} Run */
/** @typedef {import("./settings.js").Settings} Settings */

/** What the page shows. */
class Plugin {
  /**
   * @param {object} host
   * @param {Canvas} host.canvas
   * @param {typeof WebSocket} host.WebSocket
   * @param {Pick<Storage, "getItem" | "setItem">} host.storage
   * @param {{writeText: (text: string) => Promise<void>}} host.clipboard
   * @param {import("./trial.js").Machine} host.machine
   * @param {() => number} [host.clock] monotonic, seconds
   */
  constructor({ canvas, WebSocket, storage, clipboard, machine, clock = steadyClock() }) {
    this.canvas = canvas;
    this.settings = loadSettings(storage);
    /** Whether the next result takes the last one's place */
    this.replace = false;
    /** Whether the last result is being put in again */
    this.inserting = false;
    /** What came of the last run */
    this.summary = "";
    this.error = "";
    this.notices = new Notices(() => this._tell());
    /** @type {PlacedResult | null} */
    this.last = null;
    this.clipboard = new Clipboard(clipboard, () => this._tell());
    this.trial = new Trial({ canvas, WebSocket, machine, changed: () => this._tell() });
    this.options = new Options(this);
    this._storage = storage;
    this._desk = new Desk(canvas);
    /** Ends that Photoshop tells of its documents */
    this._lookAway = () => {};
    this._log = new Log();
    // A page that cannot be drawn cannot show why either.
    this._changes = new Changes((error) => this._log.fault(error));
    this._conversation = new Conversation({
      WebSocket,
      clock,
      log: this._log,
      events: {
        changed: () => this._tell(),
        kept: (result) => this._onKept(result),
        noticed: (notice) => this.notices.add(notice),
        finished: (run) => this._onFinished(run),
        faulted: (error) => this._showFault(error),
      },
    });
  }

  /** The state of the connection and of the jobs. */
  get session() {
    return this._conversation.session;
  }

  /** The document that the artist looks at, or null. */
  get active() {
    return this._desk.active;
  }

  /** How many documents All Open Documents is about. */
  get openCount() {
    return this._desk.pictures.length;
  }

  /** Whether there may be a group for Replace to replace. */
  get offersReplace() {
    const { active, settings } = this;
    const inDocument = settings.placement !== "new_document";
    return inDocument && active !== null && active.hasGroup;
  }

  /** Whether the last result has somewhere to go. */
  get offersAgain() {
    const { last, settings } = this;
    const isNew = settings.placement === "new_document";
    return last !== null && (isNew || last.request.document.isOpen());
  }

  /** Where the server is. */
  get address() {
    return `localhost:${this.settings.port}`;
  }

  /**
   * Be told, soon, whenever something that the page shows is different.
   * @param {() => void} listener
   * @returns {() => void} ends it
   */
  onChanged(listener) {
    return this._changes.listen(listener);
  }

  /** The panel is there: look for the server, and at the documents. */
  start() {
    this._lookAway = this.canvas.onDocumentsChanged(() => this.documentsChanged());
    this.connectToServer();
    this.documentsChanged();
  }

  /** The panel goes; it may `start` again. */
  close() {
    this._lookAway();
    this._conversation.close();
    this._changes.drop();
  }

  // ---- what the artist does

  /** Connect, or connect anew. */
  connectToServer() {
    this._conversation.connectTo(this.settings.port);
  }

  /** Decompose the document that the artist looks at. */
  decompose() {
    this._attempt(() => {
      this._desk.look();
      const why = this.whyNot();
      if (why || this.active === null) {
        this._showError(why);
      } else {
        this._submit([this._request(this.active, this.settings.scope)]);
      }
    });
  }

  /** Decompose every open document as its whole picture, as the list stands now. */
  decomposeAll() {
    this._attempt(() => {
      this._desk.look();
      const why = this.whyNotAll();
      if (why) {
        this._showError(why);
        return;
      }
      const pictures = this._desk.remaining(this.session.run);
      const requests = pictures.map((one) => this._request(one, "document"));
      this._desk.keep();
      this._submit(requests);
    });
  }

  /** Stop the running job and the waiting ones. */
  cancel() {
    this._conversation.cancel();
  }

  /** Put the last result into its document again, where the choices now say. */
  async insertAgain() {
    const { last } = this;
    if (last === null || this.inserting) {
      return;
    }
    if (this.trial.question) {
      this._showError(wording.TESTING);
      return;
    }
    this._forget();
    this.inserting = true;
    this._tell();
    const request = this._request(last.request.document, this.settings.scope);
    try {
      await this._conversation.insert(last, request, () => false);
      this.summary = wording.insertedAgain(request.title);
    } catch (error) {
      if (error instanceof Cancelled) {
        this.summary = wording.cancelled(request.title);
      } else {
        this.error = this._conversation.why(error, request.title);
      }
    }
    this.inserting = false;
    this._tell();
  }

  /** The artist has read it. */
  dismissError() {
    this._showError("");
  }

  /** Photoshop opened, closed or switched documents. */
  documentsChanged() {
    this._attempt(() => {
      this._desk.look();
      this._conversation.dropClosedDocuments();
      this._tell();
    });
  }

  /**
   * Change settings and keep them; another port connects anew.
   * @param {Partial<Settings>} choices
   */
  choose(choices) {
    const { port } = this.settings;
    Object.assign(this.settings, choices);
    try {
      saveSettings(this._storage, this.settings);
    } catch (error) {
      this._log.add("the settings cannot be kept"); // they hold until Photoshop closes
    }
    if (port !== this.settings.port) {
      this.connectToServer();
    }
    this._tell();
  }

  /**
   * Put a text on the clipboard; where that cannot be, it is shown to be copied by hand.
   * @param {string} text
   * @returns {Promise<boolean>} whether it is there
   */
  copy(text) {
    return this.clipboard.take(text);
  }

  /** Put the report for a bug thread on the clipboard. */
  async copyDiagnostics() {
    this.summary = (await this.copy(this.diagnostics())) ? wording.DIAGNOSTICS_COPIED : "";
    this._tell();
  }

  /** Ask Photoshop what only it can tell; the report can be copied. */
  async selfTest() {
    if (this.whyNotTest()) {
      return;
    }
    try {
      await this.trial.run(this.session, this.settings.port);
    } catch (error) {
      this._showFault(error);
    }
  }

  // ---- what the page asks

  /** What to type to start the server. */
  serverCommand() {
    return wording.serverCommand(this.settings.port);
  }

  /** Why Decompose would come to nothing; empty when it would not. */
  whyNot() {
    const { run } = this.session;
    const documents = this.active === null ? [] : [this.active];
    const fresh = documents.filter((one) => run === null || !run.holds(one));
    return this._whyNot(documents, fresh);
  }

  /** Why All open documents would come to nothing; empty when it would not. */
  whyNotAll() {
    return this._whyNot(this._desk.pictures, this._desk.remaining(this.session.run));
  }

  /** Why the self-test cannot begin; empty when it can. */
  whyNotTest() {
    if (this.trial.question) {
      return wording.TESTING;
    }
    return this.inserting || this.session.run ? wording.TEST_LATER : "";
  }

  /** The report for a bug thread. */
  diagnostics() {
    return report(this.canvas.hostVersion(), this.settings, this.session, this._log);
  }

  /**
   * Do something for the artist; a fault of ours in it is shown, never thrown.
   * @param {() => void} work
   */
  _attempt(work) {
    try {
      work();
    } catch (error) {
      this._showFault(error);
    }
  }

  /**
   * @param {CanvasDocument[]} documents what the artist means
   * @param {CanvasDocument[]} fresh those of them that are not under way
   */
  _whyNot(documents, fresh) {
    const { session, settings, trial } = this;
    return trial.question ? wording.TESTING : wording.whyNot(session, documents, fresh, settings);
  }

  /** @param {Request[]} requests */
  _submit(requests) {
    this._forget();
    this._conversation.submit(requests);
  }

  /** What was said before is of the past. */
  _forget() {
    this.error = this.summary = "";
    this.notices.dismiss();
  }

  /**
   * To decompose a document as the choices stand now.
   * @param {CanvasDocument} document
   * @param {Settings["scope"]} scope
   * @returns {Request}
   */
  _request(document, scope) {
    const { engine, composition, placement, hideOriginals } = this.settings;
    const replace = this.replace && this.offersReplace; // what is not shown has no say
    const where = { document, title: document.title, scope, placement, replace, hideOriginals };
    return { ...where, engine, composition, options: this.options.values };
  }

  // ---- what happens

  /** @param {PlacedResult} result */
  _onKept(result) {
    const bytes = result.layers.reduce((sum, layer) => sum + layer.pixels.byteLength, 0);
    this.last = bytes <= KEPT_BYTES ? result : null;
    if (this.last === null) {
      this.notices.add(wording.TOO_LARGE_TO_KEEP);
    }
  }

  /** @param {Run} run */
  async _onFinished(run) {
    Object.assign(this, wording.outcome(run));
    try {
      await this._desk.restore();
    } catch (error) {
      this._showFault(error);
    }
    this._tell();
  }

  /** @param {unknown} error */
  _showFault(error) {
    this._log.fault(error);
    this._showError(wording.fault(error));
  }

  /** @param {string} text */
  _showError(text) {
    this.error = text;
    this._tell();
  }

  _tell() {
    this._changes.tell();
  }
}

module.exports = { Plugin };
