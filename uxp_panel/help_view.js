"use strict";

// The manual, in the panel itself: how to begin, what the choices mean, what to do when stuck.

const { CommandView } = require("./command_view.js");
const { block } = require("./elements.js");
const wording = require("./wording.js");

/** @typedef {import("./plugin.js").Plugin} Plugin */

/**
 * A thing of the panel, and what there is to say about it.
 * @typedef {[string, string]} Article
 */

const INTRODUCTION =
  "Layer Bridge takes a finished illustration and gives it back as four layers in one group: flat " +
  "color, shadow, highlight and line art. Put together, they show the picture that you started " +
  "from. Your own layers stay as they are unless you have them hidden, and one undo takes the " +
  "group away again.";

const START_SERVER =
  "1. Start the server: type this in a terminal. It is a program of its own and does the work, so " +
  "that Photoshop stays free.";
const DECOMPOSE = "2. Open a picture and press Decompose.";

/** @type {Article[]} */
const CHOICES = [
  [
    "Picture",
    "Whole picture is what you see, without what is hidden. Active layer, group takes only that. " +
      "Selection takes what is selected of the whole picture.",
  ],
  ["Engine", "What finds the layers. Built in needs nothing more and works on any computer."],
  [
    "Blending",
    "The blend modes of shadow and highlight. All four give the same picture; they differ in what " +
      "you can do with the layers afterwards.",
  ],
  [
    "Insert",
    "Where the group goes: on top of the stack, above the active layer, or into a new document.",
  ],
  [
    "Hide the originals",
    "The layers that were decomposed are hidden as the new ones come. Undo takes the new layers " +
      "away but may not show the old ones again: click on their eyes for that.",
  ],
  ["Replace the last result", "To try other choices: the last group goes as the new one comes."],
  [
    "All Open Documents",
    "Decomposes every open document, one after another. Cancel stops the one that runs and those " +
      "that wait.",
  ],
  ["Insert Again", "Puts the last layers in once more, without the server."],
];

/** @type {Article[]} */
const TROUBLES = [
  [
    "No connection",
    "The server does not run, or runs on another port. Start it, then press Connect. Its port is " +
      "in the panel's menu under Settings. “layer-bridge doctor” in a terminal says more.",
  ],
  [
    "Plugin and server are of different versions",
    `Run “${wording.UPDATE_SERVER}”, then “${wording.UPDATE_PANEL}”, and restart both.`,
  ],
  [
    "Photoshop is busy",
    "A dialog, another command or another plugin keeps it from us. The panel tries for a while; " +
      "end that, then decompose again. While the server works, Photoshop is yours.",
  ],
  [
    "The layers came in a new document",
    "The layers add up to the picture only in RGB documents of 8 or 16 bits, and in grayscale " +
      "ones where they have no color. For CMYK, Lab and 32 bits the result is a new RGB document, " +
      "in which they show the picture that you started from.",
  ],
  [
    "The layers look wrong",
    "Self-Test in the panel's menu asks your Photoshop, on scratch documents that it closes again, " +
      "whether it does what the panel counts on. Copy its report and send it to us.",
  ],
  [
    "Anything else",
    "Copy Diagnostics in the panel's menu puts a report on the clipboard, without your name and " +
      "without your pictures. Send it with a word on what you did.",
  ],
];

/** It only ever says the same, except for the command that starts the server. */
class HelpView {
  /** @param {Plugin} plugin */
  constructor(plugin) {
    this._plugin = plugin;
    this._command = new CommandView(plugin);
    this.node = block(
      "part",
      block("text", INTRODUCTION),
      block("heading", "First steps"),
      block("text", START_SERVER),
      this._command.node,
      block("text", DECOMPOSE),
      block("heading", "The choices"),
      ...CHOICES.map(article).flat(),
      block("heading", "When something is wrong"),
      ...TROUBLES.map(article).flat(),
    );
  }

  /** The port may have changed. */
  open() {
    this._command.show(this._plugin.serverCommand());
  }
}

/** @param {Article} article */
function article([term, text]) {
  return [block("term", term), block("text", text)];
}

module.exports = { HelpView };
