"use strict";

// `require("photoshop").app` (ps-reference/classes/photoshop.md).

const { DocumentFill, DocumentMode } = require("./constants.js");
const { Document } = require("./document.js");
const { HostError } = require("./host.js");
const { OpenDocument } = require("./open_document.js");
const { WORKING_PROFILES, fits, profileNames } = require("./profiles.js");
const { makeRaster } = require("./raster.js");

/** "Any parameter missing will be set to the default of" these (documents.md, "add"). */
const NEW_DOCUMENT = {
  width: 2100,
  height: 1500,
  resolution: 300,
  mode: DocumentMode.RGB,
  fill: DocumentFill.WHITE,
  depth: 8,
};

/** [infer] That a profile of another name is an error; documents.md, "add", says nothing of it. */
function newDocument(host, options) {
  const wanted = { ...NEW_DOCUMENT, ...options };
  const open = new OpenDocument(host, {
    ...wanted,
    title: wanted.name || "Untitled-1",
    profile: null,
  });
  const name = wanted.profile === undefined ? WORKING_PROFILES[open.space] : wanted.profile;
  if (!fits(open.space, name)) throw new HostError(`The color profile "${name}" is not known`);
  open.profile = name;
  fill(open, wanted.fill);
  open.begin("New");
  host.add(open);
  host.listeners.tell("newDocument", { documentID: open.id });
  return new Document(open);
}

/** A transparent document has one empty layer, any other a Background layer. */
function fill(open, color) {
  const background = color !== DocumentFill.TRANSPARENT;
  const node = open.makeNode(background ? { name: "Background", background } : {});
  if (background) {
    const raster = makeRaster(open.box, open.colors, open.depth);
    const level = color === DocumentFill.BLACK ? 0 : raster.max;
    raster.data.fill(level);
    for (let at = raster.colors; at < raster.data.length; at += raster.colors + 1) {
      raster.data[at] = raster.max;
    }
    node.raster = raster;
  }
  open.nodes = [node];
  open.activeIds = [node.id];
}

function makeApp(host) {
  const add = async (options = {}) => {
    host.change("app.createDocument");
    await host.pause();
    try {
      return newDocument(host, options);
    } catch (error) {
      // Changelog 26.9: "any document creation errors will now be thrown instead of dropped".
      if (host.since("26.9")) throw error;
      return null;
    }
  };
  return {
    typename: "Photoshop",
    createDocument: add,
    get documents() {
      host.read("app.documents");
      const list = host.documents.map((open) => new Document(open));
      const getByName = (name) => list.find((document) => document.name === name);
      return Object.defineProperties(list, {
        add: { value: add },
        getByName: { value: getByName },
      });
    },
    get activeDocument() {
      host.read("app.activeDocument");
      if (host.active) return new Document(host.active);
      if (host.options.noDocument === "throws") throw new HostError("There is no active document");
      return null;
    },
    set activeDocument(document) {
      host.change("app.activeDocument");
      host.active = document._model();
    },
    getColorProfiles: (mode) => profileNames(mode),
    bringToFront: () => undefined,
  };
}

module.exports = { makeApp };
