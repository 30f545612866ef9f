"use strict";

// The socket to the server: UXP's own WebSocket, which takes and gives a message as one buffer.
//
// The host answers the server's pings and cannot ask for any. Where the manifest does not allow an
// address, the constructor throws; it has been seen to do so for allowed ones too, just after the
// start of Photoshop.

/** How often a socket is asked for before its refusal is believed. */
const ATTEMPTS = 3;
const PAUSE_MS = 300;
/** How often a message under way is looked at; sockets do not tell. */
const WATCH_MS = 50;

const NORMAL = 1000;
const GOING_AWAY = 1001;
/** No code came, as the connection broke or never stood. */
const ABNORMAL = 1006;

/** UXP closes a socket that cannot hold what it is given, and says no more. */
const BROKEN_BY_SIZE =
  "The connection broke while the picture was sent; if it does so again, select a part and choose " +
  "Selection under Picture.";

/**
 * What the link tells; `closed` follows where the connection does not come about or ends, once, but
 * not where we let go of it.
 * @typedef {object} LinkEvents
 * @property {() => void} opened The handshake is done
 * @property {(message: ArrayBuffer) => void} received A whole message
 * @property {(reason: string) => void} closed Why, in one sentence
 * @property {(done: number, total: number) => void} sending How much of the message under way the
 *   system has taken, and its size; bytes
 */

/** One connection at a time, always to this computer. */
class Link {
  /**
   * @param {object} parts
   * @param {typeof WebSocket} parts.WebSocket
   * @param {LinkEvents} parts.events
   */
  constructor({ WebSocket, events }) {
    this._WebSocket = WebSocket;
    this._events = events;
    this._address = "";
    /** @type {WebSocket | null} */
    this._socket = null;
    this._stands = false;
    /** Bytes of the message under way that have gone, and its size */
    this._sent = { done: 0, total: 0 };
    /** @type {ReturnType<typeof setTimeout> | undefined} For the next attempt or the next look */
    this._timer = undefined;
  }

  /**
   * Connect; what was open before is let go of. `opened` or `closed` follows, never at once.
   * @param {number} port
   */
  open(port) {
    this.close();
    // Not 127.0.0.1: newer versions of UXP refuse numeric addresses whatever the manifest says.
    this._address = `localhost:${port}`;
    this._attempt(ATTEMPTS);
  }

  /**
   * Send one message; it is copied at once. Where the socket does not take it, `closed` follows,
   * but not at once.
   * @param {Uint8Array} message
   */
  send(message) {
    if (this._socket === null || !this._stands) {
      return;
    }
    try {
      this._socket.send(message);
      this._sent = { done: 0, total: message.length };
      this._watch(this._socket);
    } catch (error) {
      clearTimeout(this._timer);
      this._timer = setTimeout(() => this._fail(notTaken(error)));
    }
  }

  /** Say goodbye and let go; `closed` does not follow. */
  close() {
    const socket = this._letGo();
    try {
      if (socket !== null) {
        socket.close(NORMAL);
      }
    } catch (_) {
      // It is forgotten all the same, and whoever waits for news of it must hear them.
    }
  }

  /** @param {number} attempts how many are left, this one too */
  _attempt(attempts) {
    try {
      this._listen(new this._WebSocket(`ws://${this._address}`));
    } catch (error) {
      if (attempts > 1) {
        this._timer = setTimeout(() => this._attempt(attempts - 1), PAUSE_MS);
      } else {
        this._events.closed(denied(this._address, error));
      }
    }
  }

  /**
   * Whatever a socket tells that is not ours any more goes unheard.
   * @param {WebSocket} socket
   */
  _listen(socket) {
    this._socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this._isOurs(socket) && this._onOpen();
    socket.onmessage = ({ data }) => this._isOurs(socket) && this._onMessage(data);
    socket.onerror = () => this._isOurs(socket) && this._onError();
    socket.onclose = (event) => this._isOurs(socket) && this._fail(this._explain(event));
  }

  /** @param {WebSocket} socket */
  _isOurs(socket) {
    return socket === this._socket;
  }

  _onOpen() {
    this._stands = true;
    this._events.opened();
  }

  /** @param {unknown} data */
  _onMessage(data) {
    if (typeof data === "string") {
      this._fail(
        `Another program answers at ${this._address}; choose the server's port in Settings.`,
      );
      return;
    }
    this._events.received(/** @type {ArrayBuffer} */ (data));
  }

  /** The close may come seconds later; before the connection stands it has nothing to add. */
  _onError() {
    if (!this._stands) {
      this._fail(this._explain({ code: ABNORMAL, reason: "" }));
    }
  }

  /**
   * Tell how much has gone, and look again until all has.
   * @param {WebSocket} socket
   */
  _watch(socket) {
    clearTimeout(this._timer);
    const { done, total } = this._sent;
    const gone = Math.max(total - socket.bufferedAmount, 0);
    if (gone < total) {
      this._timer = setTimeout(() => this._watch(socket), WATCH_MS);
    }
    if (gone > done) {
      this._sent = { done: gone, total };
      this._events.sending(gone, total);
    }
  }

  /**
   * @param {{code: number, reason: string}} event
   * @returns {string} one sentence
   */
  _explain({ code, reason }) {
    if (!this._stands) {
      return `No server answers at ${this._address}.`;
    }
    if (code === GOING_AWAY) {
      return "The server was stopped.";
    }
    if (reason) {
      return `The server ended the connection: ${reason}.`;
    }
    if (code === ABNORMAL && this._sent.done < this._sent.total) {
      return BROKEN_BY_SIZE;
    }
    return "The server ended the connection.";
  }

  /** @param {string} reason */
  _fail(reason) {
    this.close();
    this._events.closed(reason);
  }

  /** Forget the socket and all that was to be done with it. */
  _letGo() {
    const socket = this._socket;
    clearTimeout(this._timer);
    this._socket = null;
    this._stands = false;
    this._sent = { done: 0, total: 0 };
    return socket;
  }
}

/**
 * @param {string} address
 * @param {unknown} error
 * @returns {string} one sentence for the artist
 */
function denied(address, error) {
  return (
    `Photoshop does not let the panel connect to ${address} (${wordsOf(error)}); restart Photoshop, and if ` +
    "that does not help, run “layer-bridge install photoshop --any-address” and double-click the " +
    "file that it writes."
  );
}

/**
 * @param {unknown} error that a socket threw at a message
 * @returns {string} one sentence for the artist
 */
function notTaken(error) {
  return (
    `The picture could not be sent (${wordsOf(error)}); if that happens again, select a part and ` +
    "choose Selection under Picture."
  );
}

/** @param {unknown} error */
function wordsOf(error) {
  return error instanceof Error ? error.message : String(error);
}

module.exports = { Link };
