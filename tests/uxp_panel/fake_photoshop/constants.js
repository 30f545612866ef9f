"use strict";

// `require("photoshop").constants`, as much of it as a panel that reads and writes pixels needs.
// Source of every value: ps-reference/modules/constants.md.

const BlendMode = {
  NORMAL: "normal",
  DISSOLVE: "dissolve",
  DARKEN: "darken",
  MULTIPLY: "multiply",
  COLORBURN: "colorBurn",
  LINEARBURN: "linearBurn",
  LIGHTEN: "lighten",
  SCREEN: "screen",
  COLORDODGE: "colorDodge",
  LINEARDODGE: "linearDodge",
  OVERLAY: "overlay",
  SOFTLIGHT: "softLight",
  HARDLIGHT: "hardLight",
  DIFFERENCE: "difference",
  PASSTHROUGH: "passThrough",
};

const DocumentMode = {
  BITMAP: "bitmapMode",
  CMYK: "CMYKColorMode",
  DUOTONE: "duotoneMode",
  GRAYSCALE: "grayscaleMode",
  INDEXEDCOLOR: "indexedColorMode",
  LAB: "labColorMode",
  MULTICHANNEL: "multichannelMode",
  RGB: "RGBColorMode",
};

const NewDocumentMode = {
  BITMAP: DocumentMode.BITMAP,
  CMYK: DocumentMode.CMYK,
  GRAYSCALE: DocumentMode.GRAYSCALE,
  LAB: DocumentMode.LAB,
  RGB: DocumentMode.RGB,
};

const ChangeMode = { ...NewDocumentMode };

const BitsPerChannelType = {
  ONE: "bitDepth1",
  EIGHT: "bitDepth8",
  SIXTEEN: "bitDepth16",
  THIRTYTWO: "bitDepth32",
};

const ColorProfileType = { CUSTOM: "customEnum", NONE: "none", WORKING: "workingSpaceCode" };

const DocumentFill = {
  WHITE: "white",
  BLACK: "black",
  BACKGROUNDCOLOR: "backgroundColor",
  TRANSPARENT: "transparent",
  COLOR: "color",
};

const ElementPlacement = {
  PLACEBEFORE: "placeBefore",
  PLACEATBEGINNING: "placeAtBeginning",
  PLACEATEND: "placeAtEnd",
  PLACEAFTER: "placeAfter",
  PLACEINSIDE: "placeInside",
};

const LayerKind = {
  CURVES: "curves",
  GROUP: "group",
  LEVELS: "levels",
  NORMAL: "pixel",
  SMARTOBJECT: "smartObject",
  SOLIDFILL: "solidColor",
  TEXT: "text",
};

const SaveOptions = { DONOTSAVECHANGES: 0, PROMPTTOSAVECHANGES: 1, SAVECHANGES: 2 };

const SelectionType = {
  DIMINISH: "subtractFrom",
  EXTEND: "addTo",
  INTERSECT: "intersectWith",
  REPLACE: "set",
};

module.exports = {
  BitsPerChannelType,
  BlendMode,
  ChangeMode,
  ColorProfileType,
  DocumentFill,
  DocumentMode,
  ElementPlacement,
  LayerKind,
  NewDocumentMode,
  SaveOptions,
  SelectionType,
};
