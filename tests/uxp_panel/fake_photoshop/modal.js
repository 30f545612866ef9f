"use strict";

// `require("photoshop").core`: modal scopes, as ps-reference/media/executeasmodal.md has them.

const { HostError } = require("./host.js");

const POLLS_A_SECOND = 10;

class Modal {
  constructor(host) {
    this._host = host;
    this._contexts = [];
    this._suspensions = [];
    this._autoClosed = new Set();
    this._blockedCalls = 0;
    this._blockedUntil = 0;
    this._escape = null;
    this._cancelled = false;
    this.deepest = 0;
    this.progress = [];
  }

  get isOpen() {
    return this._contexts.length > 0;
  }

  /** Another plugin is modal for some milliseconds, or for our next attempts. */
  blockFor(milliseconds) {
    this._blockedUntil = Date.now() + milliseconds;
  }

  blockCalls(count) {
    this._blockedCalls = count;
  }

  /** The artist presses Esc right before a call: the `nth` of that name, from now. */
  escapeBefore(name, nth) {
    this._escape = { name, left: nth };
  }

  /** The artist presses Esc now. */
  cancel() {
    if (!this.isOpen || this._cancelled) return;
    this._cancelled = true;
    for (const context of this._contexts) {
      if (typeof context.onCancel === "function") context.onCancel();
    }
  }

  /**
   * Look at a call before it is done: after the artist cancelled, it throws.
   *
   * The document says so of "Photoshop APIs such as batchPlay"; that reads throw too is [infer].
   */
  enter(name) {
    if (this.isOpen && this._escape && (this._escape.name || name) === name) {
      if (--this._escape.left <= 0) {
        this._escape = null;
        this.cancel();
      }
    }
    this.requireGoingOn();
  }

  /** executeasmodal.md, "User cancellation": what is called after it raises an exception. */
  requireGoingOn() {
    if (this._cancelled) throw new HostError("User cancelled the operation");
  }

  async execute(target, options) {
    this._host.log.push("executeAsModal");
    // Options table: "commandName, required". [infer] What is missing is refused.
    if (!options || typeof options.commandName !== "string") {
      throw new HostError("executeAsModal: the option commandName is required");
    }
    // Notes: scopes can be nested. A second scope of ours that is not awaited looks the same here;
    // `deepest` lets a test see it.
    if (!this.isOpen) await this._waitForOthers(options);
    await this._host.pause();
    return this._run(target, options);
  }

  async _waitForOthers(options) {
    // 25.10: a request waits for `timeOut` seconds; before, it was refused at once.
    const patience = this._host.since("25.10") ? (options.timeOut ?? 1) : 0;
    const pause = this._host.options.millisecondsInSecond / POLLS_A_SECOND;
    let polls = patience * POLLS_A_SECOND;
    const counted = this._blockedCalls > 0;
    if (counted) this._blockedCalls--;
    while (counted || Date.now() < this._blockedUntil) {
      if (polls-- <= 0) throw this._modalError();
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** The words and the number are those of executeasmodal.md, "Options parameter" and below. */
  _modalError() {
    const message = this._host.since("25.10")
      ? "Plugin: com.example.other is running a modal command"
      : "host is in a modal state";
    return new HostError(message, 9);
  }

  /** [infer] Whether the very error that was thrown comes out; see `sameErrors` in host.js. */
  async _run(target, options) {
    const context = this._makeContext();
    const outermost = !this.isOpen;
    this._contexts.push(context);
    this.deepest = Math.max(this.deepest, this._contexts.length);
    if (outermost) this._host.listeners.tell("modalJavaScriptScopeEnter", {}, true);
    let returned = false;
    try {
      const result = await target(context, options.descriptor || {});
      returned = true;
      return result;
    } catch (error) {
      throw this._host.options.sameErrors ? error : new HostError(messageOf(error));
    } finally {
      this._contexts.pop();
      if (outermost) this._end(returned);
    }
  }

  /** "When the modal scope ends": commit after a normal return, roll back after an exception. */
  _end(commit) {
    this._cancelled = false;
    this._escape = null;
    for (const one of this._suspensions.splice(0)) this._resume(one, commit);
    for (const id of this._autoClosed) {
      const document = this._host.document(id);
      if (document) this._host.remove(document);
    }
    this._autoClosed.clear();
    this._host.listeners.tell("modalJavaScriptScopeExit", {}, true);
  }

  _resume({ document, suspension, handle }, commit) {
    if (!document.isOpen) return;
    document.history.resume(suspension, handle.finalName || suspension.name, commit);
  }

  /** Its properties are not enumerable, plugins' authors found: a spread copy is empty. */
  _makeContext() {
    const context = {};
    const define = (name, property) => Object.defineProperty(context, name, property);
    define("isCancelled", { get: () => this._cancelled });
    define("onCancel", { value: null, writable: true });
    define("reportProgress", { value: (values) => this._report(values) });
    define("hostControl", { value: this._hostControl() });
    return context;
  }

  _report(values) {
    this._host.log.push("reportProgress");
    this.progress.push({ ...values });
  }

  _hostControl() {
    return {
      suspendHistory: async (values) => this._suspendHistory(values),
      resumeHistory: async (handle, commit = true) => this._resumeHistory(handle, commit),
      registerAutoCloseDocument: async (id) => this._autoClose(id, true),
      unregisterAutoCloseDocument: async (id) => this._autoClose(id, false),
    };
  }

  /** [infer] executeasmodal.md, "suspendHistory", names no errors. */
  _suspendHistory({ documentID, name }) {
    this._host.change("suspendHistory");
    const document = this._host.document(documentID);
    if (!document) throw new HostError("The document does not exist");
    const handle = { finalName: undefined };
    this._suspensions.push({ document, handle, suspension: document.history.suspend(name) });
    return handle;
  }

  /** [infer] executeasmodal.md, "resumeHistory", names no errors. */
  _resumeHistory(handle, commit) {
    this._host.change("resumeHistory");
    const at = this._suspensions.findIndex((one) => one.handle === handle);
    if (at < 0) throw new HostError("The history is not suspended");
    this._resume(this._suspensions.splice(at, 1)[0], commit);
  }

  _autoClose(id, close) {
    this._host.change(close ? "registerAutoCloseDocument" : "unregisterAutoCloseDocument");
    if (close) this._autoClosed.add(id);
    else this._autoClosed.delete(id);
  }
}

function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/** The object that a plugin sees. */
function makeCore(host) {
  return {
    executeAsModal: async (target, options) => host.modal.execute(target, options),
    isModal: () => Boolean(host.modal.isOpen),
    showAlert: async ({ message }) => {
      host.log.push("showAlert");
      host.alerts.push(message);
    },
  };
}

module.exports = { Modal, makeCore };
