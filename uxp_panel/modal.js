"use strict";

// Photoshop's modal state, in which alone its documents can be read and changed: one short scope
// after another, patience while somebody else has it, and plain words for what goes wrong in it.

const { Cancelled, Refusal } = require("./picture.js");

/** Photoshop's number for "somebody else is in a modal state". */
const BUSY = 9;

/** Between two tries, milliseconds: about 10 s in all. */
const PAUSES = [200, 300, 500, 1000, 2000, 3000, 3000];

/** Of Photoshop's own words, as many as a sentence can take. */
const LONGEST_WORDS = 200;

/** @typedef {import("photoshop").Core} Core */
/** @typedef {import("photoshop").ExecutionContext} Context */

/**
 * What is to be done in a modal scope.
 * @template T
 * @typedef {object} Scope
 * @property {string} name What Photoshop shows over its progress bar
 * @property {string} failing How the sentence begins if Photoshop can't do it
 * @property {(context: Context) => Promise<T>} work Whatever it throws must leave it, so that
 *   Photoshop takes back what was changed
 * @property {() => boolean} [isCancelled] Looked at while somebody else is modal
 */

/** All that this panel does in modal scopes, one after another. */
class ModalQueue {
  /**
   * @param {Pick<Core, "executeAsModal">} core
   * @param {(milliseconds: number) => Promise<void>} pause
   */
  constructor(core, pause) {
    this._core = core;
    this._pause = pause;
    /** @type {Promise<unknown>} */
    this._last = Promise.resolve();
  }

  /**
   * Do work in a modal scope, once all that was asked for before is done.
   * @template T
   * @param {Scope<T>} scope
   * @returns {Promise<T>} what the work returned
   * @throws {Cancelled} the artist pressed Esc, or the work threw it
   * @throws {Refusal} the work threw it, or Photoshop can't do it now
   */
  run(scope) {
    const turn = this._last.then(() => this._enter(scope));
    // Not the turn itself: it would hold what the work gave, such as a whole picture.
    this._last = turn.then(nothing, nothing);
    return turn;
  }

  /**
   * @template T
   * @param {Scope<T>} scope
   * @returns {Promise<T>}
   */
  async _enter(scope) {
    for (let tries = 0; ; tries += 1) {
      if (scope.isCancelled && scope.isCancelled()) {
        throw new Cancelled();
      }
      const answer = await this._try(scope);
      if (!("busy" in answer)) {
        return answer.value;
      }
      if (tries === PAUSES.length) {
        throw new Refusal(
          "Photoshop is busy with a dialog, another command or another plugin; " +
            `end that and try again (${wordsOf(answer.busy)}).`,
        );
      }
      await this._pause(PAUSES[tries]);
    }
  }

  /**
   * @template T
   * @param {Scope<T>} scope
   * @returns {Promise<{value: T} | {busy: unknown}>}
   */
  async _try(scope) {
    const visit = new Visit(scope.work);
    try {
      const options = { commandName: scope.name };
      return { value: await this._core.executeAsModal((context) => visit.pay(context), options) };
    } catch (error) {
      if (!visit.entered && numberOf(error) === BUSY) {
        return { busy: error };
      }
      throw visit.explain(error, scope.failing);
    }
  }
}

/**
 * One stay in a modal scope: what came of it, as Photoshop need not hand on the very error.
 * @template T
 */
class Visit {
  /** @param {(context: Context) => Promise<T>} work */
  constructor(work) {
    this._work = work;
    this.entered = false;
    this._stopped = false;
    /** @type {unknown} */
    this._error = null;
  }

  /** @param {Context} context */
  async pay(context) {
    this.entered = true;
    try {
      return await this._work(context);
    } catch (error) {
      this._error = error;
      throw error;
    } finally {
      this._stopped = context.isCancelled;
    }
  }

  /**
   * @param {unknown} rejection of Photoshop
   * @param {string} failing
   * @returns {Error}
   */
  explain(rejection, failing) {
    const error = this._error || rejection;
    if (this._stopped) {
      return new Cancelled();
    }
    if (error instanceof Refusal || error instanceof Cancelled) {
      return error;
    }
    return new Refusal(`${failing} (${wordsOf(error)}).`);
  }
}

function nothing() {}

/** @param {unknown} error */
function numberOf(error) {
  return /** @type {{number?: unknown} | null} */ (error)?.number;
}

/**
 * Photoshop's own words, to stand in brackets in a sentence.
 * @param {unknown} error
 */
function wordsOf(error) {
  const words = error instanceof Error ? error.message : String(error);
  return words.replace(/\s+/g, " ").trim().replace(/\.$/, "").slice(0, LONGEST_WORDS);
}

module.exports = { ModalQueue };
