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
  "Layer Bridge takes a finished illustration and gives it back as four layers in one group. Put " +
  "together, they show the picture that you started from. It is at its best with cel shading on a " +
  "transparent background. Your own layers stay as they are unless you have them hidden, and one " +
  "undo takes the group away again. Nothing leaves your computer.";

const START_SERVER =
  "1. Start the server: type this in a terminal and leave that window open. It is a program of its " +
  "own and does the work, so that Photoshop stays free.";
const DECOMPOSE = "2. Open a picture and press Decompose.";
const STOP =
  "Cancel stops it at any time; while Photoshop itself reads the picture or inserts the layers, Esc " +
  "does too. The picture stays as it was.";

/** @type {Article[]} */
const LAYERS = [
  ["Line Art", "The ink alone: its color where lines are, transparent elsewhere."],
  ["Highlight", "What the light adds."],
  ["Shadow", "What the shade takes."],
  ["Flat Color", "One color a region, under the lines too."],
];

/** @type {Article[]} */
const CHOICES = [
  [
    "Picture",
    "Whole picture is what you see, without what is hidden. Active layer, group takes only that. " +
      "Selection takes what is selected of the whole picture.",
  ],
  ["Engine", "What finds the layers. Built in needs nothing more and works on any computer."],
  [
    "Options",
    "What the engine lets you choose, folded into one line under the other choices. Untouched, it " +
      "goes by the picture itself. Rest the pointer on an option to read what it does; Reset gives " +
      "all of them their defaults.",
  ],
  [
    "Blending",
    "How shadow and highlight mix with the flat color. The picture is the same with all four. " +
      "Multiply, lighten is for recoloring flats; Multiply, screen for soft light that follows the " +
      "flats; Multiply, add for painting light and glow; Normal only for programs that have no " +
      "other modes.",
  ],
  [
    "Insert",
    "Where the group goes: on top of the stack, above the active layer, or into a new document.",
  ],
  [
    "Hide the originals",
    "The layers that were decomposed are hidden as the new ones come. Undo takes the new layers " +
      "away but may not show the old ones again: click on their eyes for that. With a transparent " +
      "background, hide the originals: they show through soft edges otherwise.",
  ],
  [
    "Replace the last result",
    "To try other choices: the last group in this picture goes, with whatever you painted in it, " +
      "as the new one comes.",
  ],
  [
    "All Open Documents",
    "Decomposes every open document as its whole picture, whatever Picture says, one after " +
      "another. New documents that the panel made are left out. Cancel stops the one that runs " +
      "and those that wait.",
  ],
  [
    "Insert Again",
    "Puts the last layers in once more, where Insert says now, without the server. Very large " +
      "layers are not kept for it.",
  ],
];

/** @type {Article[]} */
const TROUBLES = [
  [
    "No connection",
    "The server does not run, or runs on another port. Start it, then press Connect. Its port is " +
      "in the panel's menu under Settings. “layer-bridge doctor” in a terminal says more.",
  ],
  [
    "Another port",
    "If another program has the server's port, start it with “layer-bridge serve --port 7400” and " +
      "type 7400 under Settings.",
  ],
  [
    "Photoshop does not let the panel connect",
    "Restart Photoshop. If that does not help, run “layer-bridge install photoshop " +
      "--any-address”, double-click the file that it writes, and do so at every update.",
  ],
  [
    "Panel and server are of different versions",
    `Run “${wording.UPDATE_SERVER}” (with uv: “uv tool upgrade layer-bridge”), then ` +
      `“${wording.UPDATE_PANEL}”, double-click the file that it writes, and restart both.`,
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
    "Self-Test in the panel's menu opens and closes about 20 small documents, to ask your " +
      "Photoshop whether it does what the panel counts on; yours stay as they are. It takes about " +
      "a minute. Copy its report into an issue where you got layer-bridge.",
  ],
  [
    "Anything else",
    "Copy Diagnostics in the panel's menu puts a report on the clipboard, without your name and " +
      "without your pictures. Open an issue where you got layer-bridge, with a word on what you did.",
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
      block("text", STOP),
      block("heading", "The layers"),
      ...LAYERS.map(article).flat(),
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
