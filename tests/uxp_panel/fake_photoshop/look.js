"use strict";

// Which blend modes and opacities a layer can have (ps-reference/classes/layer.md, changelog).

const { BlendMode, DocumentMode } = require("./constants.js");
const { HostError } = require("./host.js");

// Blend modes that a document does not offer: helpx "Blending modes" lists those of 32-bit
// documents, Screen not among them, and says that Lab has no Lighten and no Darken.
const NOT_IN_32_BITS = ["screen", "colorBurn", "colorDodge", "overlay", "softLight", "hardLight"];
const NOT_IN_LAB = ["lighten", "darken", "colorBurn", "colorDodge", "difference", "exclusion"];

/** Refuse a blend mode that a layer can't have (changelog 24.1 and 24.2). */
function requireBlendMode(document, mode, isGroup) {
  const unfit =
    !Object.values(BlendMode).includes(mode) ||
    (mode === BlendMode.PASSTHROUGH && !isGroup) ||
    (document.depth === 32 && NOT_IN_32_BITS.includes(mode)) ||
    (document.mode === DocumentMode.LAB && NOT_IN_LAB.includes(mode));
  if (unfit) throw new HostError(`The blend mode "${mode}" is not available for this layer`);
}

/** [infer] layer.md: a percentage; nothing says what happens to other numbers. */
function requireOpacity(opacity) {
  if (typeof opacity !== "number" || !(opacity >= 0 && opacity <= 100)) {
    throw new HostError("The opacity must lie between 0 and 100");
  }
}

module.exports = { requireBlendMode, requireOpacity };
