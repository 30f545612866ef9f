"use strict";

// `require("photoshop").action`: notifications and batchPlay
// (ps-reference/media/photoshopaction.md).

const { HostError } = require("./host.js");

class Listeners {
  constructor(host) {
    this._host = host;
    this._listeners = [];
  }

  add(events, callback) {
    for (const event of events) this._listeners.push({ event, callback });
  }

  remove(events, callback) {
    this._listeners = this._listeners.filter(
      (one) => one.callback !== callback || !events.includes(one.event),
    );
  }

  /**
   * Tell who listens, a moment later.
   *
   * ps-reference/media/executeasmodal.md, "Event Notifications": they are silent in a modal scope,
   * but for its beginning and end.
   */
  tell(event, descriptor, always = false) {
    if (this._host.modal.isOpen && !always) return;
    for (const one of this._listeners.filter((other) => other.event === event)) {
      Promise.resolve().then(() => one.callback(event, descriptor));
    }
  }
}

/** The commands of batchPlay that the fake knows. */
const COMMANDS = {
  select(host, command) {
    const { document, ids } = target(host, command);
    const adding = command.selectionModifier !== undefined;
    document.activeIds = adding ? [...new Set([...document.activeIds, ...ids])] : ids;
    if (command.makeVisible !== false) for (const id of ids) document.node(id).visible = true;
    document.history.amend();
  },
  selectNoLayers(host) {
    host.active.activeIds = [];
    host.active.history.amend();
  },
};

/** [infer] What a command is aimed at; the words are those of a command that finds nothing. */
function target(host, command) {
  const references = [].concat(command._target || []);
  const named = references.find((one) => one._ref === "document");
  const document = named ? host.document(named._id) : host.active;
  const ids = references.filter((one) => one._ref === "layer").map((one) => one._id);
  if (!document || ids.length === 0) throw new HostError("The object is not currently available");
  return { document, ids: ids.map((id) => document.node(id).id) };
}

function makeAction(host) {
  /** A command that fails gives an error in place of its result (batchplay.md). */
  const play = (command) => {
    try {
      const run = COMMANDS[command._obj];
      if (!run) throw new HostError(`The command "${command._obj}" is not available`);
      run(host, command);
      return {};
    } catch ({ message }) {
      return { _obj: "error", message, result: -25922 };
    }
  };
  return {
    addNotificationListener: async (events, callback) => host.listeners.add(events, callback),
    removeNotificationListener: async (events, callback) => host.listeners.remove(events, callback),
    batchPlay: async (commands) => {
      host.change("batchPlay");
      await host.pause();
      return commands.map(play);
    },
  };
}

module.exports = { Listeners, makeAction };
