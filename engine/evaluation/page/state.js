"use strict";

// What is looked at: kept in the address, so that a link leads to the same view.

const SOURCE = "source";
const TRUTH = "true layers";
const ROLES = ["flat_color", "shadow", "highlight", "line_art"];
const ALL = "all";

/** The layers that can be picked, with their titles. */
const LAYERS = new Map([
  [ALL, "Picture"],
  ["flat_color", "Flat color"],
  ["shadow", "Shadow"],
  ["highlight", "Highlight"],
  ["line_art", "Line art"],
]);

const VIEWS = new Map([
  ["side", "Side by side"],
  ["wipe", "Wipe"],
  ["difference", "Difference"],
]);

const MATTES = new Map([
  ["checks", "Checks"],
  ["white", "White"],
  ["black", "Black"],
]);

const ENGINES = Object.keys(REPORT.engines);

/** @typedef {typeof DEFAULTS} State */
const DEFAULTS = {
  page: "scores",
  case: REPORT.pictures.length ? REPORT.pictures[0].name : "",
  layer: ALL,
  view: "side",
  left: TRUTH,
  right: ENGINES[0] || SOURCE,
  hidden: "",
  flat: "on",
  matte: "checks",
};

/** @type {State} */
const state = { ...DEFAULTS };

/** @type {(() => void)[]} */
const listeners = [];

/** Call `listener` whenever something else is looked at. */
function onChange(listener) {
  listeners.push(listener);
}

/** Look at something else.
 * @param {Partial<State>} parts */
function change(parts) {
  Object.assign(state, parts);
  location.replace(address(state));
  listeners.forEach((listener) => listener());
}

/** The address of a view: what differs from the defaults.
 * @param {State} view */
function address(view) {
  const told = Object.entries(view).filter(
    ([key, value]) => key === "page" || value !== DEFAULTS[key],
  );
  return `#${new URLSearchParams(told)}`;
}

/** Take up what the address says; what it leaves out is as by default. */
function readAddress() {
  const told = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const known = Object.entries(told).filter(([key]) => key in DEFAULTS);
  Object.assign(state, DEFAULTS, Object.fromEntries(known));
  if (!REPORT.pictures.some((picture) => picture.name === state.case)) {
    state.case = DEFAULTS.case;
  }
}

/** The case that is looked at; without cases nothing is. */
function currentCase() {
  const [first] = REPORT.pictures;
  return REPORT.pictures.find((picture) => picture.name === state.case) || first;
}

/** Who has layers for a case: the picture itself, the artist, the engines. */
function subjectsOf(picture) {
  return [SOURCE, ...(picture.truth ? [TRUTH] : []), ...Object.keys(picture.found)];
}

/** Which of them are shown side by side. */
function shownOf(picture) {
  const hidden = hiddenSubjects();
  const shown = subjectsOf(picture).filter((subject) => !hidden.includes(subject));
  return shown.length ? shown : [SOURCE];
}

function hiddenSubjects() {
  return state.hidden ? state.hidden.split("/") : [];
}

/** The two that a wipe or a difference compares, replaced where the case lacks them. */
function pairOf(picture) {
  const subjects = subjectsOf(picture);
  const left = subjects.includes(state.left) ? state.left : SOURCE;
  const right = subjects.includes(state.right) ? state.right : subjects[subjects.length - 1];
  return [left, right];
}

/** Whether the shading is shown on the flat color that it shades. */
function isOnFlat() {
  return state.flat === "on" && (state.layer === "shadow" || state.layer === "highlight");
}

/** The value that comes `step` places behind, round and round.
 * @param {string[]} values */
function cycled(values, value, step) {
  const at = values.indexOf(value);
  return values[(at + step + values.length) % values.length];
}
