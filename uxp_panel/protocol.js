// Generated from bridge/wire/protocol.py by `python -m bridge.wire.emit`: change it there.
"use strict";

/**
 * A box of pixels in the payload; the canvas outside the box is transparent.
 * @typedef {object} ImageBlob
 * @property {number} x Left edge on the canvas, pixels
 * @property {number} y Top edge on the canvas, pixels
 * @property {number} width Pixels; 0 for an empty layer
 * @property {number} height Pixels; 0 for an empty layer
 * @property {number} offset First byte in the payload
 * @property {number} length Bytes: width x height x 4 x depth / 8
 */

/**
 * A number to choose; a whole one where `least` and `step` are whole.
 * @typedef {object} NumberOptionInfo
 * @property {string} name What `decompose` calls it
 * @property {string} title What artists call it
 * @property {string} help One sentence for a tooltip: what it does to the layers
 * @property {"number"} kind A spin box or a slider
 * @property {number} default The value where none is sent
 * @property {number} least The smallest value
 * @property {number} most The largest value
 * @property {number} step What a click on an arrow adds; values between two steps are fine
 * @property {string} unit What is counted, such as px; may be empty
 * @property {string} least_title What to show in place of the smallest value, such as Automatic; may be empty
 */

/**
 * One of the values of a `ChoiceOptionInfo`.
 * @typedef {object} ChoiceInfo
 * @property {string} value What `decompose` calls it
 * @property {string} title What artists call it
 */

/**
 * One of a few named values to choose.
 * @typedef {object} ChoiceOptionInfo
 * @property {string} name What `decompose` calls it
 * @property {string} title What artists call it
 * @property {string} help One sentence for a tooltip: what it does to the layers
 * @property {"choice"} kind A menu
 * @property {string} default The value where none is sent
 * @property {ChoiceInfo[]} choices In the order to show them
 */

/**
 * Something to switch on.
 * @typedef {object} SwitchOptionInfo
 * @property {string} name What `decompose` calls it
 * @property {string} title What artists call it
 * @property {string} help One sentence for a tooltip: what it does to the layers
 * @property {"switch"} kind A check box
 * @property {boolean} default The value where none is sent
 */

/**
 * An engine that the server has.
 * @typedef {object} EngineInfo
 * @property {string} name What `decompose` calls it
 * @property {boolean} ready Whether it can work now
 * @property {string} detail Why it is not ready and what to do, else empty
 * @property {Array<NumberOptionInfo | ChoiceOptionInfo | SwitchOptionInfo>} options What an artist can choose, in the order to show it; an earlier server sends no such field
 */

/**
 * What the server accepts.
 * @typedef {object} Limits
 * @property {number} max_pixels Of one canvas
 * @property {number} max_jobs Unfinished jobs of one client
 */

/**
 * One layer of a result.
 * @typedef {object} LayerBlob
 * @property {string} role What it holds
 * @property {string} name As hosts show it, such as Flat Color
 * @property {string} blend_mode How it mixes with what lies under it
 * @property {1} opacity Of the layer as a whole
 * @property {ImageBlob} image Its pixels, cropped to the box outside which they are transparent
 */

/**
 * How well the layers restack.
 * @typedef {object} ReconstructionInfo
 * @property {number} psnr_db Peak signal-to-noise ratio, dB; 99 where nothing differs
 * @property {number} max_error Largest difference of alpha or premultiplied colour, in 1/255
 */

/**
 * The first message of a conversation.
 * @typedef {object} Hello
 * @property {"hello"} type
 * @property {number} protocol The version of the protocol that the client speaks
 * @property {string} client Who speaks: krita, photoshop, python
 * @property {string} client_version The client's own version
 */

/**
 * Ask for the layers of a picture.
 * @typedef {object} Decompose
 * @property {"decompose"} type
 * @property {string} job Chosen by the client; none of its unfinished jobs has it
 * @property {string} engine A name from `welcome`
 * @property {string} composition A name from `welcome`
 * @property {number} width Of the canvas, pixels
 * @property {number} height Of the canvas, pixels
 * @property {8 | 16} depth Bits a channel
 * @property {ImageBlob} image The picture, whole or cropped to the box outside which it is transparent
 * @property {{[name: string]: boolean | number | string}} [options] Values by the names of the engine's options; left out where the engine has none
 */

/**
 * Stop one of this client's jobs, queued or running.
 * @typedef {object} Cancel
 * @property {"cancel"} type
 * @property {string} job Ends with `failure` `cancelled`, or with its result where that was on its way already
 */

/**
 * The answer to `hello`; comes again when an engine got ready, or is no more.
 * @typedef {object} Welcome
 * @property {"welcome"} type
 * @property {number} protocol The version of the protocol that the server speaks
 * @property {string} server_version The server's own version
 * @property {EngineInfo[]} engines The first is the server's default
 * @property {string[]} compositions The first is the default
 * @property {Limits} limits What the server accepts
 */

/**
 * How far a job is; at least one every two seconds until it ends.
 * @typedef {object} Progress
 * @property {"progress"} type
 * @property {string} job As in `decompose`
 * @property {string} stage In the artist's words, such as finding lines; queued while it waits
 * @property {number} fraction Of the job's work, 0 to 1
 * @property {number} queue_position Jobs of its engine ahead of it, 0 when it runs
 * @property {number | null} remaining_s Estimate, seconds; null while unknown
 */

/**
 * The layers, bottom first.
 * @typedef {object} Result
 * @property {"result"} type
 * @property {string} job As in `decompose`
 * @property {string} engine Which made them
 * @property {string} composition As in `decompose`
 * @property {number} width Of the canvas, pixels
 * @property {number} height Of the canvas, pixels
 * @property {8 | 16} depth Bits a channel
 * @property {LayerBlob[]} layers Four, one of each role
 * @property {ReconstructionInfo} reconstruction How well they restack
 */

/**
 * A job, or a message that belongs to no job, came to nothing.
 * @typedef {object} Failure
 * @property {"failure"} type
 * @property {string | null} job Which ended; null where the message that failed belongs to no job
 * @property {string} code For programs
 * @property {string} detail One sentence for an artist: what is wrong and what to do
 */

/** @typedef {NumberOptionInfo | ChoiceOptionInfo | SwitchOptionInfo} OptionInfo */

/** @typedef {Hello | Decompose | Cancel} ClientMessage */

/** @typedef {Welcome | Progress | Result | Failure} ServerMessage */

const VERSION = "0.1.0";
const PROTOCOL_VERSION = 1;
const DEFAULT_PORT = 7347;
const PREFIX_BYTES = 4;
const MAX_HEADER_BYTES = 65536;
const DEFAULT_ENGINE = "builtin";
const DEFAULT_COMPOSITION = "production";
const COMPOSITIONS = [
  "production",
  "screen",
  "glow",
  "normal",
];
const LAYER_ROLES = [
  "flat_color",
  "shadow",
  "highlight",
  "line_art",
];
const BLEND_MODES = [
  "normal",
  "multiply",
  "screen",
  "lighten",
  "darken",
  "linear-dodge",
];
const ERROR_CODES = [
  "invalid_message",
  "unsupported_version",
  "too_large",
  "too_many_jobs",
  "shutting_down",
  "cancelled",
  "unsupported_image",
  "unsupported_option",
  "weights_missing",
  "weights_unusable",
  "out_of_memory",
  "reconstruction",
  "engine_failed",
];
const LAYER_TITLES = {
  flat_color: "Flat Color",
  shadow: "Shadow",
  highlight: "Highlight",
  line_art: "Line Art",
};

module.exports = {
  VERSION,
  PROTOCOL_VERSION,
  DEFAULT_PORT,
  PREFIX_BYTES,
  MAX_HEADER_BYTES,
  DEFAULT_ENGINE,
  DEFAULT_COMPOSITION,
  COMPOSITIONS,
  LAYER_ROLES,
  BLEND_MODES,
  ERROR_CODES,
  LAYER_TITLES,
};
