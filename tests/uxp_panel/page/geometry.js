"use strict";

// What is wrong with how the panel lies on the screen. It runs inside the browser's page.

const CONTROLS =
  "sp-button, sp-action-button, sp-dropdown, sp-checkbox, sp-textfield, sp-progressbar";
/** Fractions of a pixel come from rounding. */
const SLACK = 1;

/** @returns {string[]} one line a fault; none where all is well */
function geometryFaults() {
  const shown = [...document.querySelectorAll(".page *")].filter(
    (node) => node.getClientRects().length > 0 && !node.closest("sp-menu"),
  );
  const inside = shown.flatMap((node) => [
    ...(node.shadowRoot || { querySelectorAll: () => [] }).querySelectorAll("span, input"),
  ]);
  return [
    ...shown.flatMap(outsideFaults),
    ...[...shown, ...inside].flatMap(clippedFaults),
    ...overlapFaults(shown.filter(isLeaf)),
  ];
}

/** A control as a whole, or a node with text of its own. */
function isLeaf(node) {
  const control = node.closest(CONTROLS);
  const hasText = [...node.childNodes].some(
    (child) => child.nodeType === Node.TEXT_NODE && child.data.trim(),
  );
  return control ? control === node : hasText;
}

function name(node) {
  const host = node.getRootNode().host;
  const label = (host || node).textContent.trim().slice(0, 40) || node.title || node.className;
  return `${host ? `${host.localName} ` : ""}${node.localName} “${label}”`;
}

function outsideFaults(node) {
  const box = node.getBoundingClientRect();
  const isInside = box.left >= -SLACK && box.right <= innerWidth + SLACK && box.top >= -SLACK;
  return isInside ? [] : [`${name(node)} lies outside the panel`];
}

function clippedFaults(node) {
  const style = getComputedStyle(node);
  const isMeant = style.textOverflow === "ellipsis" && node.title !== "";
  const isTooWide = node.scrollWidth > node.clientWidth + SLACK && node.clientWidth > 0 && !isMeant;
  const hides = style.overflowY === "hidden" || node.matches(CONTROLS);
  const isTooHigh = hides && node.scrollHeight > node.clientHeight + SLACK;
  return [
    ...(isTooWide ? [`${name(node)} is cut at the side`] : []),
    ...(isTooHigh ? [`${name(node)} is cut below`] : []),
  ];
}

function overlapFaults(leaves) {
  const boxes = leaves.map((node) => ({ node, box: node.getBoundingClientRect() }));
  return boxes.flatMap(({ node, box }, at) =>
    boxes
      .slice(at + 1)
      .filter(({ node: other }) => !node.contains(other))
      .filter(({ box: other }) => overlap(box, other))
      .map(({ node: other }) => `${name(node)} and ${name(other)} overlap`),
  );
}

function overlap(a, b) {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > SLACK && height > SLACK;
}
