"use strict";

// What is selected in a document: a mask of bytes, and the Selection of the DOM
// (ps-reference/classes/selection.md).

const { contentOf, intersect, isEmpty } = require("./raster.js");

/** A mask as a raster that has no colours, only coverage of 0..255. */
function makeMask(box, coverage) {
  const width = box.right - box.left;
  const height = box.bottom - box.top;
  const data = new Uint8Array(width * height);
  for (let at = 0; at < data.length; at++) {
    data[at] = coverage(box.left + (at % width), box.top + Math.floor(at / width));
  }
  return { left: box.left, top: box.top, width, height, colors: 0, max: 255, data };
}

function makeSelection(open) {
  const change = async (name, mask) => {
    open.host.change(`Selection.${name}`);
    open.selection = mask;
    open.changed("Select");
  };
  return {
    typename: "Selection",
    docId: open.id,
    /** "If there is no active selection, the `bounds` will return `null`." */
    get bounds() {
      return open.selection && contentOf(open.selection);
    },
    get solid() {
      return open.selection !== null && open.selection.data.every((byte) => byte === 255);
    },
    deselect: () => change("deselect", null),
    selectAll: () =>
      change(
        "selectAll",
        makeMask(open.box, () => 255),
      ),
    selectRectangle: (box) => {
      const shared = intersect(box, open.box);
      return change("selectRectangle", isEmpty(shared) ? null : makeMask(shared, () => 255));
    },
  };
}

module.exports = { makeMask, makeSelection };
