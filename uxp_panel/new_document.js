"use strict";

// New documents: scratch ones, in which a layer is read, and those that layers are placed in.

/** @typedef {import("photoshop").Document} Document */
/** @typedef {import("photoshop").DocumentCreateOptions} DocumentCreateOptions */
/** @typedef {import("photoshop").ExecutionContext} Context */
/** @typedef {typeof import("photoshop")} Photoshop */

/**
 * Whether Photoshop can make an RGB or gray document with this color profile: one that came with
 * a picture need not be installed.
 * @param {Photoshop} photoshop
 * @param {string} profile
 */
async function hasProfile({ app }, profile) {
  const lists = [await app.getColorProfiles("RGB"), await app.getColorProfiles("Gray")];
  return lists.some((names) => names.includes(profile));
}

/**
 * Make a transparent document, which is then the active one. Photoshop closes it at the end of
 * the modal scope, whatever happens, unless it is unregistered.
 * @param {Photoshop} photoshop
 * @param {Context} context of the modal scope
 * @param {DocumentCreateOptions} options without a fill; its profile may be empty
 * @returns {Promise<Document>}
 */
async function makeDocument({ app, constants }, context, { profile, ...options }) {
  const fill = constants.DocumentFill.TRANSPARENT;
  const made = await app.documents.add({ ...options, fill, ...(profile && { profile }) });
  if (!made) {
    throw new Error("it made no document");
  }
  await context.hostControl.registerAutoCloseDocument(made.id);
  return made;
}

module.exports = { hasProfile, makeDocument };
