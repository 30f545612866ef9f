"use strict";

// What the parts of the fake share: its version, its switches, the open documents, and the gate
// that every call of a plugin passes.

/** Switches for what is not documented, or differs between hosts; a test turns them. */
const DEFAULTS = {
  // Such as "24.4.0"; rules that came later ask `since`.
  version: "26.9.0",
  // Whether pixels are given and taken "straight" or "premultiplied". Straight is what Adobe's own
  // sample imaging.psjs assumes; nothing says it.
  alpha: "straight",
  // ps-reference/media/imaging.md promises 2 components for a gray pixel with alpha; issue #501
  // reports that 1 arrives, and 3 for Lab.
  grayAlpha: false,
  // Whether executeAsModal rejects with the very error that was thrown in it. Nothing says so; if
  // not, only the message gets through [infer].
  sameErrors: false,
  // Whether app.activeDocument is null where no document is open (imaging.psjs) or "throws"
  // (as plugins' authors report).
  noDocument: "null",
  // Whether getPixels takes a group's id. [infer] It speaks of "individual layers" only.
  groupPixels: false,
  // What getSelection does where nothing is selected [infer]: it "throws", or gives "zeros".
  noSelection: "throws",
  // helpx "Make Layer Visibility Changes Undoable" (History panel options) is off at first.
  visibilityUndoable: false,
  // How long a second lasts, so that tests of waiting are quick.
  millisecondsInSecond: 1000,
};

class HostError extends Error {
  constructor(message, number) {
    super(message);
    this.number = number;
  }
}

class Host {
  constructor(options) {
    for (const name of Object.keys(options)) {
      if (!(name in DEFAULTS)) throw new Error(`the fake has no switch "${name}"`);
    }
    this.options = { ...DEFAULTS, ...options };
    this.documents = [];
    this.active = null;
    this.log = [];
    this.alerts = [];
    this.modal = null;
    this.ledger = null;
    this.listeners = null;
    this._lastDocumentId = 0;
  }

  get version() {
    return this.options.version;
  }

  /** Whether this Photoshop is at least of a version, such as "25.10". */
  since(version) {
    const ours = this.version.split(".").map(Number);
    const theirs = version.split(".").map(Number);
    const differing = theirs.findIndex((number, at) => number !== (ours[at] || 0));
    return differing < 0 || (ours[differing] || 0) > theirs[differing];
  }

  /** A call that only reads. */
  read(name) {
    this._enter(name);
  }

  /** A call that is refused outside of a modal scope. */
  change(name) {
    this._enter(name);
    if (this.modal.isOpen) return;
    // ps-reference/media/executeasmodal.md; the words are Photoshop's.
    throw new HostError(
      `Event: ${name} may modify the state of Photoshop. Such events are only allowed from inside a modal scope`,
    );
  }

  /** A call for pixels. Even a read is refused outside of a modal scope (observed in 27.9.1). */
  pixels(name) {
    this._enter(name);
    if (this.modal.isOpen) return;
    throw new HostError("The requested functionality is only allowed from inside a modal scope");
  }

  /** The world goes on while a call is at work; if the artist cancels meanwhile, it throws. */
  async pause() {
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.modal.requireGoingOn();
  }

  _enter(name) {
    this.log.push(name);
    this.modal.enter(name);
  }

  document(id) {
    return this.documents.find((document) => document.id === id);
  }

  newDocumentId() {
    return ++this._lastDocumentId;
  }

  add(document) {
    this.documents.push(document);
    this.active = document;
  }

  remove(document) {
    this.documents = this.documents.filter((other) => other !== document);
    // [infer] The document that was opened last comes to the front.
    if (this.active === document) this.active = this.documents[this.documents.length - 1] || null;
  }
}

module.exports = { Host, HostError };
