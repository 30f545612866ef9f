"use strict";

// The panel's one state, which the page shows, and what the artist can do.

const { Conversation } = require("./conversation.js");
const { Desk } = require("./desk.js");
const { Log, report } = require("./diagnostics.js");
const { sendLargeMessage } = require("./large_message.js");
const { Cancelled } = require("./picture.js");
const { SelfTest } = require("./selftest.js");
const { loadSettings, saveSettings } = require("./settings.js");
const wording = require("./wording.js");

/** The page is told of changes at most this often. */
const REFRESH_MS = 40;
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
   * @param {() => number} [host.clock] seconds
   */
  constructor({ canvas, WebSocket, storage, clipboard, clock = () => Date.now() / 1000 }) {
    this.canvas = canvas;
    this.settings = loadSettings(storage);
    /** Whether the next result takes the last one's place */
    this.replace = false;
    /** Whether the last result is being put in again */
    this.inserting = false;
    /** What came of the last run */
    this.summary = "";
    this.error = "";
    this.notice = "";
    /** @type {PlacedResult | null} */
    this.last = null;
    this._testing = false;
    this._WebSocket = WebSocket;
    this._storage = storage;
    this._clipboard = clipboard;
    this._desk = new Desk(canvas);
    /** @type {Set<() => void>} */
    this._listeners = new Set();
    /** Ends that Photoshop tells of its documents */
    this._lookAway = () => {};
    /** @type {ReturnType<typeof setTimeout> | null} */
    this._refresh = null;
    this._log = new Log();
    this._conversation = new Conversation({
      WebSocket,
      clock,
      log: this._log,
      events: {
        changed: () => this._tell(),
        placed: (result) => this._onPlaced(result),
        noticed: (notice) => this._onNoticed(notice),
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

  get openCount() {
    return this._desk.documents.length;
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
    this._listeners.add(listener);
    return () => void this._listeners.delete(listener);
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
    clearTimeout(this._refresh || undefined);
    this._refresh = null;
    this._conversation.close();
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
      const { run } = this.session;
      const fresh = this._desk.documents.filter((one) => run === null || !run.holds(one));
      this._desk.keep();
      this._submit(fresh.map((document) => this._request(document, "document")));
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
    this._forget();
    this.inserting = true;
    this._tell();
    const request = this._request(last.request.document, this.settings.scope);
    try {
      await this._conversation.insert(last, request, () => false);
      this.summary = wording.insertedAgain(request.title);
    } catch (error) {
      if (error instanceof Cancelled) {
        this.summary = wording.CANCELLED;
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
   */
  async copy(text) {
    try {
      await this._clipboard.writeText(text);
    } catch (error) {
      this._showError(wording.notCopied(text));
    }
  }

  /** Ask Photoshop what only it can tell; the report is a notice, which can be copied. */
  async selfTest() {
    if (this._testing || this.session.run !== null) {
      this._showError(wording.TEST_LATER);
      return;
    }
    this._forget();
    this._testing = true;
    const askServer = () => sendLargeMessage(this._WebSocket, this.settings.port);
    try {
      this.notice = await new SelfTest(this.canvas, askServer).run((question) => {
        this.notice = wording.testing(question);
        this._tell();
      });
    } catch (error) {
      this.notice = "";
      this._showFault(error);
    }
    this._testing = false;
    this._tell();
  }

  // ---- what the page asks

  /** What to type to start the server. */
  serverCommand() {
    return wording.serverCommand(this.settings.port);
  }

  /** Why Decompose would come to nothing; empty when it would not. */
  whyNot() {
    const documents = this.active === null ? [] : [this.active];
    return wording.whyNot(this.session, documents, this.settings.engine);
  }

  /** Why All open documents would come to nothing; empty when it would not. */
  whyNotAll() {
    return wording.whyNot(this.session, this._desk.documents, this.settings.engine);
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

  /** @param {Request[]} requests */
  _submit(requests) {
    this._forget();
    this._conversation.submit(requests);
  }

  /** What was said before is of the past. */
  _forget() {
    this.error = this.notice = this.summary = "";
  }

  /**
   * To decompose a document as the choices stand now.
   * @param {CanvasDocument} document
   * @param {Settings["scope"]} scope
   * @returns {Request}
   */
  _request(document, scope) {
    const { engine, composition, placement, hideOriginals } = this.settings;
    const { replace } = this;
    const { title } = document;
    return { document, title, scope, engine, composition, placement, replace, hideOriginals };
  }

  // ---- what happens

  /** @param {PlacedResult} result */
  _onPlaced(result) {
    const bytes = result.layers.reduce((sum, layer) => sum + layer.pixels.byteLength, 0);
    this.last = bytes <= KEPT_BYTES ? result : null;
  }

  /** @param {string} notice */
  _onNoticed(notice) {
    if (!this.notice.split("\n").includes(notice)) {
      this.notice = `${this.notice}\n${notice}`.trim();
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

  /** Tell the page, once, of all that changes in a short while. */
  _tell() {
    if (this._refresh === null) {
      this._refresh = setTimeout(() => this._onRefresh(), REFRESH_MS);
    }
  }

  _onRefresh() {
    this._refresh = null;
    try {
      this._listeners.forEach((listener) => listener());
    } catch (error) {
      this._log.fault(error); // a page that cannot be drawn cannot show it either
    }
  }
}

module.exports = { Plugin };
