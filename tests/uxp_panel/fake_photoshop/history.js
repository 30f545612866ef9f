"use strict";

// A document's history: what undo goes back to, and what a suspension rolls back.

const { HostError } = require("./host.js");

class History {
  /**
   * @param document has `content()`, a copy of all that a history state holds, and
   *   `restore(content, visibility)`.
   */
  constructor(document, name) {
    this._document = document;
    this._lastId = 0;
    this._at = 0;
    this._suspension = null;
    this.states = [];
    this._push(name);
  }

  get current() {
    return this.states[this._at];
  }

  /** Something changed: one state more, unless history is suspended. */
  record(name) {
    if (this._suspension) this._suspension.changed = true;
    else this._push(name);
  }

  _push(name) {
    this.states = this.states.slice(0, this._at + 1);
    this.states.push({ id: ++this._lastId, name, content: this._document.content() });
    this._at = this.states.length - 1;
  }

  /** What is not undoable joins the state that is current, so that redo and undo don't lose it. */
  amend() {
    if (!this._suspension) this.current.content = this._document.content();
  }

  undo() {
    this._go(this._at - 1);
  }

  redo() {
    this._go(this._at + 1);
  }

  _go(at) {
    if (at < 0 || at >= this.states.length) throw new Error("there is no such history state");
    this._at = at;
    this._document.restore(this.current.content, false);
  }

  /** Make a state current, as choosing it in the History panel does. */
  choose(id) {
    this._go(this.states.findIndex((state) => state.id === id));
  }

  get isSuspended() {
    return this._suspension !== null;
  }

  // [infer] Nothing says what a second suspension of the same document does.
  suspend(name) {
    if (this._suspension) throw new HostError("The document's history is already suspended");
    this._suspension = { name, changed: false, content: this._document.content() };
    return this._suspension;
  }

  // ps-reference/media/executeasmodal.md, resumeHistory: a state only if the document was modified;
  // otherwise back to how the document was when it was suspended.
  resume(suspension, name, commit) {
    if (suspension !== this._suspension) throw new HostError("The suspension is not active");
    this._suspension = null;
    if (!commit) this._document.restore(suspension.content, true);
    else if (suspension.changed) this._push(name);
    else this.amend();
  }
}

module.exports = { History };
