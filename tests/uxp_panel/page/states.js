"use strict";

// The states of the panel, each reached through Photoshop and the server alone.
//
// Every function runs inside the browser's page, where `outside` is the other side of the panel:
// `before` ahead of the panel's opening, `reach` after it.

/* global outside */

const TITLE = "MIO_PORTRAIT_FINAL_COLORS_v12_for_print.psd";

/** The artist decomposes; the server is at it. */
async function decompose() {
  await outside.shows("Decompose");
  await outside.click("Decompose");
  return outside.server.next("decompose");
}

/**
 * @typedef {object} PanelState
 * @property {() => unknown} [before]
 * @property {(tools: any) => Promise<unknown>} reach
 */

/** @type {Record<string, PanelState>} */
const STATES = {
  "no server": {
    before: () => void (outside.server.isUp = false),
    reach: () => outside.shows("No connection"),
  },
  connecting: {
    before: () => void (outside.server.meet = () => {}),
    reach: () => outside.shows("Connecting"),
  },
  "versions refused": {
    before: () => Object.assign(outside.server.welcome, { protocol: 9, server_version: "9.0.0" }),
    reach: () => outside.shows("do not fit"),
  },
  "no document": {
    reach: () => outside.shows("Open a picture first."),
  },
  ready: {
    before: () => void outside.open("mio.psd"),
    reach: () => outside.shows("All Open Documents (1)"),
  },
  options: {
    before: () => void outside.open("mio.psd"),
    reach: async () => {
      await outside.shows("Options");
      outside.click("Show the engine’s options");
      await outside.shows("Pencil");
      outside.choose("What is drawn on.", "Toned paper");
      outside.click("No speckles.");
      await outside.shows("Options (2 changed)");
    },
  },
  "bad number": {
    before: () => void outside.open("mio.psd"),
    reach: async () => {
      await outside.shows("Options");
      outside.click("Show the engine’s options");
      await outside.shows("Pencil");
      outside.type("How thick a line may be.", "thick");
      await outside.shows("Type a whole number from 0 to 64.");
    },
  },
  "other version": {
    before: () => {
      Object.assign(outside.server.welcome, { server_version: "9.0.0" });
      outside.open("mio.psd");
    },
    reach: () => outside.shows("9.0.0"),
  },
  "engine not ready": {
    before: () => {
      const detail = "The weights are missing; run “layer-bridge models pull”.";
      outside.server.welcome.engines = [{ name: "builtin", ready: false, detail }];
      outside.open("mio.psd");
    },
    reach: () => outside.shows("weights"),
  },
  busy: {
    before: (title) => void outside.open(title),
    reach: async ({ decompose }) => {
      const fields = { stage: "finding lines", fraction: 0.45, remaining_s: 40 };
      outside.server.progress(await decompose(), fields);
      await outside.shows("about 40 s left");
    },
  },
  queue: {
    before: () => void outside.open("mio.psd"),
    reach: async ({ decompose }) => {
      const fields = { stage: "queued", fraction: 0, queue_position: 3, remaining_s: null };
      outside.server.progress(await decompose(), fields);
      await outside.shows("3 other pictures");
    },
  },
  placing: {
    before: () => void outside.open("mio.psd"),
    reach: async ({ decompose }) => {
      const request = await decompose();
      const { core } = outside.photoshop.photoshop;
      core.executeAsModal = () => new Promise(() => {}); // a Photoshop that takes very long
      outside.server.result(request);
      await outside.shows("Inserting the layers");
    },
  },
  error: {
    before: () => void outside.open("mio.psd"),
    reach: async ({ decompose }) => {
      const detail =
        "The engine ran out of memory; close other programs, or scale the picture down.";
      outside.server.failure(await decompose(), "out_of_memory", detail);
      await outside.shows("ran out of memory");
    },
  },
  "connection lost": {
    before: (title) => void outside.open(title),
    reach: async ({ decompose }) => {
      await decompose();
      outside.server.kill();
      await outside.shows("was not finished");
      await outside.shows("No server answers");
    },
  },
  notice: {
    before: () => void outside.open("poster.psd", { mode: "CMYK" }),
    reach: async ({ decompose }) => {
      outside.server.result(await decompose());
      await outside.shows("They restack");
    },
  },
  done: {
    before: (title) => void outside.open(title),
    reach: async ({ decompose }) => {
      outside.server.result(await decompose());
      await outside.shows("They restack");
    },
  },
  batch: {
    before: () =>
      ["mio.psd", "poster_back.psd", "cover.psd"].forEach((title) => outside.open(title)),
    reach: async () => {
      await outside.shows("All Open Documents (3)");
      await outside.click("All Open Documents (3)");
      outside.server.result(await outside.server.next("decompose"));
      const fields = { stage: "filling regions", fraction: 0.6, remaining_s: 5 };
      outside.server.progress(await outside.server.next("decompose", 1), fields);
      await outside.shows("a few seconds left");
    },
  },
  "batch summary": {
    before: () =>
      ["mio.psd", "poster_back.psd", "cover.psd"].forEach((title) => outside.open(title)),
    reach: async () => {
      await outside.shows("All Open Documents (3)");
      await outside.click("All Open Documents (3)");
      outside.server.result(await outside.server.next("decompose"));
      const second = await outside.server.next("decompose", 1);
      outside.server.failure(second, "engine_failed", "The engine found no lines in it.");
      outside.server.result(await outside.server.next("decompose", 2));
      await outside.shows("2 of 3 documents are decomposed");
    },
  },
  settings: {
    reach: async () => {
      await outside.shows("Connected");
      outside.chooseFromMenu("settings");
    },
  },
  "bad port": {
    reach: async () => {
      await outside.shows("Connected");
      outside.chooseFromMenu("settings");
      document.querySelector('sp-textfield[placeholder="7347"]').value = "80";
      await outside.click("Save");
      await outside.shows("cannot be used");
    },
  },
  "not copied": {
    before: () => {
      outside.server.isUp = false;
      navigator.clipboard.setContent = async () => Promise.reject(new Error("not permitted"));
    },
    reach: async () => {
      await outside.shows("No server answers");
      outside.chooseFromMenu("diagnostics");
      await outside.shows("copy it by hand");
    },
  },
  "self-test": {
    reach: async () => {
      await outside.shows("Connected");
      outside.chooseFromMenu("selfTest");
    },
  },
  "self-test report": {
    before: () => void outside.open("mio.psd"),
    reach: async () => {
      await outside.shows("Decompose");
      const { now } = Date;
      Date.now = () => Math.floor(now() / 1e6) * 1e6; // what it measures is not to be seen
      outside.server.answer = (request) => outside.server.progress(request);
      outside.chooseFromMenu("selfTest");
      await outside.click("Start");
      await outside.shows("All answers");
      Date.now = now;
    },
  },
  help: {
    reach: async () => {
      await outside.shows("Connected");
      outside.chooseFromMenu("help");
    },
  },
};

module.exports = { STATES, TITLE, decompose };
