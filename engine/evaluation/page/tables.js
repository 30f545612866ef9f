"use strict";

// Scores as tables: the means, every case, and the one that is looked at.

/** Which layer a group of measures is about. */
const GROUP_LAYERS = {
  Raw: ALL,
  Lifted: ALL,
  Restacked: ALL,
  "Line art": "line_art",
  "Flat color": "flat_color",
  Shadow: "shadow",
  Highlight: "highlight",
  Time: ALL,
};

/** The measures that any of the scores has. */
const USED = Object.keys(REPORT.measures).filter((name) =>
  ENGINES.some((engine) =>
    Object.values(REPORT.engines[engine].cases).some((scores) => scores[name] !== null),
  ),
);

let sortedBy = "";

/** @returns {{engine: string, case: string, scores: object}[]} */
function allRows() {
  return REPORT.pictures.flatMap((picture) =>
    Object.keys(picture.found).map((engine) => ({
      engine,
      case: picture.name,
      scores: REPORT.engines[engine].cases[picture.name],
    })),
  );
}

function renderScores() {
  const over = REPORT.mean_over.length;
  byId("mean-note").textContent =
    over === REPORT.pictures.length
      ? `Over ${counted(over, "case")}. The best of each column is marked.`
      : `Over the ${counted(over, "case")} that every engine has. The best is marked.`;
  renderEngines();
  const means = ENGINES.map((engine) => ({ engine, scores: REPORT.engines[engine].mean }));
  byId("means").replaceChildren(
    head(["Engine"], false),
    body(means, (row) => [element("th", { scope: "row" }, row.engine)], "best"),
  );
  renderRecomposition();
  byId("rows").replaceChildren(
    head(["Case", "Pixels", "Engine"], true),
    body(sorted(allRows()), caseCells, "worst", open),
  );
  renderFailures();
}

/** The paper's table: a row for each engine, and for its model's layers at the picture's size. */
function renderRecomposition() {
  const rows = Object.entries(REPORT.recomposition).map(([engine, figures]) => {
    const scores = Object.entries(figures).map(([figure, value]) => [`raw_${figure}`, value]);
    return { engine, scores: Object.fromEntries(scores) };
  });
  const name = (row) => [element("th", { scope: "row" }, row.engine)];
  const columns = Object.keys(REPORT.measures).filter((measure) => measure.startsWith("raw_"));
  byId("recomposition").replaceChildren(
    head(["Engine"], false, columns),
    body(rows, name, "best", undefined, columns),
  );
}

/** With what each engine ran. */
function renderEngines() {
  const lines = ENGINES.flatMap((engine) => [
    element("dt", {}, engine),
    element("dd", {}, ranWith(REPORT.engines[engine].options)),
  ]);
  byId("engines").replaceChildren(...lines);
}

/** @param {Record<string, boolean | number | string> | null} options */
function ranWith(options) {
  if (!options) {
    return "layers found before";
  }
  const told = Object.entries(options).map(([name, value]) => {
    const shown = typeof value === "boolean" ? (value ? "on" : "off") : value;
    return `${name.replaceAll("_", " ")} ${shown}`;
  });
  return [`composition ${REPORT.composition}`, ...told].join(", ");
}

function renderFailures() {
  const section = byId("failures");
  section.hidden = REPORT.failures.length === 0;
  section
    .querySelector("ul")
    .replaceChildren(...REPORT.failures.map((sentence) => element("li", {}, sentence)));
}

/** The scores of the case that is looked at, below its pictures. */
function renderCaseScores(picture) {
  const rows = allRows().filter((row) => row.case === picture.name);
  const name = (row) => [element("th", { scope: "row" }, row.engine)];
  byId("case-scores")
    .querySelector("table")
    .replaceChildren(head(["Engine"], false), body(rows, name, "best", open));
}

/** Two rows of titles: what is measured, and how. */
function head(titles, sortable, columns = USED) {
  const groups = columns.map((name) => REPORT.measures[name].group);
  const above = element("tr", {});
  titles.forEach((title) => above.append(element("th", { rowSpan: 2, scope: "col" }, title)));
  groups.forEach((group, at) => {
    if (group !== groups[at - 1]) {
      const colSpan = groups.filter((other) => other === group).length;
      above.append(element("th", { colSpan, scope: "colgroup", className: "group" }, group));
    }
  });
  const below = element("tr", {});
  below.append(...columns.map((name) => columnTitle(name, sortable)));
  return element("thead", {}, above, below);
}

function columnTitle(name, sortable) {
  const measure = REPORT.measures[name];
  const way = measure.more_is_better ? "more is better" : "less is better";
  const title = `${measure.title} ${measure.more_is_better ? "↑" : "↓"}`;
  const cell = element("th", { scope: "col", title: `${measure.meaning}; ${way}` });
  if (!sortable) {
    cell.append(title);
    return cell;
  }
  const button = element("button", { type: "button" }, title);
  button.dataset.measure = name;
  button.addEventListener("click", () => {
    sortedBy = sortedBy === name ? "" : name;
    renderScores();
    /** @type {HTMLElement} */ (document.querySelector(`#rows [data-measure=${name}]`)).focus();
  });
  if (sortedBy === name) {
    cell.ariaSort = measure.more_is_better ? "ascending" : "descending";
  }
  cell.append(button);
  return cell;
}

/**
 * Rows of scores.
 * @param {{engine: string, scores: object}[]} rows
 * @param {(row: any) => HTMLElement[]} names the cells before the scores
 * @param {"best" | "worst"} marked which scores stand out
 * @param {(row: any, group: string) => void} [opened] what a click on a score does
 * @param {string[]} [columns] the measures that are shown
 */
function body(rows, names, marked, opened, columns = USED) {
  const ranges = Object.fromEntries(columns.map((name) => [name, range(rows, name)]));
  const lines = rows.map((row) => {
    const cells = columns.map((name) => scoreCell(row, name, ranges[name], marked));
    if (opened) {
      cells.forEach((cell, at) =>
        cell.addEventListener("click", () => opened(row, REPORT.measures[columns[at]].group)),
      );
    }
    return element("tr", {}, ...names(row), ...cells);
  });
  return element("tbody", {}, ...lines);
}

/** The worst and the best of a measure, as they are shown. */
function range(rows, name) {
  const values = rows.map((row) => shown(row, name)).filter((value) => value !== null);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return REPORT.measures[name].more_is_better
    ? { worst: low, best: high }
    : { worst: high, best: low };
}

/** A score, rounded as it is shown: what looks equal is equal. */
function shown(row, name) {
  const value = row.scores[name];
  return value === null ? null : Number(value.toFixed(REPORT.measures[name].digits));
}

function scoreCell(row, name, { worst, best }, marked) {
  const value = shown(row, name);
  if (value === null) {
    return element("td", { className: "none" }, "–");
  }
  const cell = element("td", {}, value.toFixed(REPORT.measures[name].digits));
  if (best !== worst && marked === "worst") {
    cell.style.setProperty("--bad", `${(Math.abs(best - value) / Math.abs(best - worst)) * 100}%`);
  }
  cell.classList.toggle("best", best !== worst && marked === "best" && value === best);
  return cell;
}

function caseCells(row) {
  const view = { ...state, page: "pictures", case: row.case, right: row.engine };
  const link = element("a", { href: address(view) }, row.case);
  return [
    element("th", { scope: "row" }, link),
    element("td", {}, REPORT.sizes[row.case].join(" × ")),
    element("td", {}, row.engine),
  ];
}

function open(row, group) {
  change({ page: "pictures", case: row.case, right: row.engine, layer: GROUP_LAYERS[group] });
}

/** Worst first by the chosen measure; what it does not measure comes last. */
function sorted(rows) {
  if (!sortedBy) {
    return rows;
  }
  const sign = REPORT.measures[sortedBy].more_is_better ? 1 : -1;
  const key = (row) => (row.scores[sortedBy] === null ? Infinity : sign * row.scores[sortedBy]);
  return rows.sort((one, other) => (key(one) === key(other) ? 0 : key(one) - key(other)));
}

function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** @param {string} id @returns {any} */
function byId(id) {
  return document.getElementById(id);
}

/** @param {string} tag @param {object} properties @param {...(Node | string)} children @returns {any} */
function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}
