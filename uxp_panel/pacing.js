"use strict";

// When to try again and when to give up: the rules of time for a connection, without a clock.

/** How long to wait before each new attempt; the last one stays. */
const RETRY_SECONDS = [1, 2, 4, 8, 15];
/** How long the server may take to say welcome. */
const CONNECT_SECONDS = 10;
/** After so much silence about a job the connection counts as dropped; progress comes every 2 s. */
const SILENCE_SECONDS = 60;
/** A tick that comes this late says that Photoshop itself was busy, not the server silent. */
const LATE_SECONDS = 5;

/**
 * A clock that never goes back, as the computer's own does when it is set.
 * @param {() => number} [now] seconds
 * @returns {() => number} seconds
 */
function steadyClock(now = () => Date.now() / 1000) {
  let last = now();
  let lost = 0;
  return () => {
    const current = now();
    lost += Math.max(last - current, 0);
    last = current;
    return current + lost;
  };
}

/** Growing pauses between attempts. */
class Backoff {
  constructor() {
    this._attempts = 0;
  }

  /** How long to wait this time, in seconds. */
  pause() {
    const pause = RETRY_SECONDS[Math.min(this._attempts, RETRY_SECONDS.length - 1)];
    this._attempts += 1;
    return pause;
  }

  /** Start with short pauses again. */
  reset() {
    this._attempts = 0;
  }
}

/** Notices that the other side has gone silent; times are seconds of one monotonic clock. */
class Heartbeat {
  /** @param {number} now */
  constructor(now) {
    this._heard = now;
  }

  /**
   * A sign of life came, or from now on one is to be expected.
   * @param {number} now
   */
  heard(now) {
    this._heard = now;
  }

  /** When to look again. */
  get deadline() {
    return this._heard + SILENCE_SECONDS;
  }

  /**
   * Whether the connection counts as dropped.
   * @param {number} now
   */
  isSilent(now) {
    if (now > this.deadline + LATE_SECONDS) {
      this.heard(now);
    }
    return now >= this.deadline;
  }
}

module.exports = { Backoff, CONNECT_SECONDS, Heartbeat, steadyClock };
