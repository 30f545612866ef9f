"use strict";

// The group that the next layers take the place of: the picture is read as if it had never come.

const { findLayer } = require("./layer_tree.js");

/** @typedef {import("photoshop").Document} Document */
/** @typedef {import("photoshop").ExecutionContext} Context */
/** @typedef {import("photoshop").Layer} Layer */

/**
 * A group that was placed in a document.
 * @typedef {object} FormerGroup
 * @property {number} id
 * @property {readonly number[]} hidden Ids of the layers that were hidden as it came
 */

/**
 * The group that goes: the last one that is there, as an undo may have taken others.
 * @param {Document} document
 * @param {readonly FormerGroup[]} groups last first
 * @returns {FormerGroup | null}
 */
function stillThere(document, groups) {
  return groups.find(({ id }) => findLayer(document.layers, id)) || null;
}

/**
 * Look at a document without a group and with what was hidden for it, and leave it as it was: its
 * eyes, and its history.
 * @template T
 * @param {Context} context of the modal scope
 * @param {Document} document
 * @param {FormerGroup} group
 * @param {() => Promise<T>} look
 * @returns {Promise<T>}
 */
async function lookWithout(context, document, { id, hidden }, look) {
  const { hostControl } = context;
  const options = { documentID: document.id, name: "Layer Bridge: read the picture" };
  const suspension = await hostControl.suspendHistory(options);
  const eyes = [...eyesOf(document, hidden, true), ...eyesOf(document, [id], false)];
  let seen;
  try {
    eyes.forEach(({ layer, wanted }) => (layer.visible = wanted));
    seen = await look();
  } finally {
    // Photoshop may not count eyes among what it takes back.
    eyes.forEach(({ layer, wanted }) => (layer.visible = !wanted));
  }
  // Not after an error: Photoshop itself takes back what is still suspended then.
  await hostControl.resumeHistory(suspension, false);
  return seen;
}

/**
 * Those layers whose eyes are not as they are wanted.
 * @param {Document} document
 * @param {readonly number[]} ids
 * @param {boolean} wanted
 */
function eyesOf(document, ids, wanted) {
  const found = ids.map((id) => findLayer(document.layers, id));
  return found.flatMap((layer) => (layer && layer.visible !== wanted ? [{ layer, wanted }] : []));
}

module.exports = { lookWithout, stillThere };
