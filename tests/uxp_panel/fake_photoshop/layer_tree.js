"use strict";

// Layers as plain data, top first, and what can be asked of a tree of them: the order of
// ps-reference/classes/layers.md, and [infer] the looks of a new layer.

/**
 * @typedef {{id: number, name: string, kind: string, blendMode: string, opacity: number,
 *   visible: boolean, allLocked: boolean, pixelsLocked: boolean, positionLocked: boolean,
 *   clipped: boolean, background: boolean, expanded: boolean, children: Node[] | null,
 *   raster: import("./raster.js").Raster | null}} Node
 */

function makeNode(id, values) {
  return {
    id,
    name: `Layer ${id}`,
    kind: "pixel",
    blendMode: "normal",
    opacity: 100,
    visible: true,
    allLocked: false,
    pixelsLocked: false,
    positionLocked: false,
    clipped: false,
    background: false,
    expanded: true,
    children: values.kind === "group" ? [] : null,
    raster: null,
    ...values,
  };
}

/** A copy that shares its pixels, which nobody writes to. */
function copyNodes(nodes) {
  return nodes.map((node) => ({ ...node, children: node.children && copyNodes(node.children) }));
}

/** Where a layer is: its siblings, its place among them, and its group; null where it is not. */
function locate(nodes, id, parent = null) {
  for (let at = 0; at < nodes.length; at++) {
    const node = nodes[at];
    if (node.id === id) return { node, siblings: nodes, at, parent };
    const inside = node.children && locate(node.children, id, node);
    if (inside) return inside;
  }
  return null;
}

function find(nodes, id) {
  const place = locate(nodes, id);
  return place && place.node;
}

/** Every layer, depth first, top first. */
function flat(nodes) {
  return nodes.flatMap((node) => [node, ...(node.children ? flat(node.children) : [])]);
}

function contains(node, id) {
  return node.children !== null && find(node.children, id) !== null;
}

module.exports = { contains, copyNodes, find, flat, locate, makeNode };
