"use strict";

// Puts the page together: the choices, the list of cases, the keyboard.

/** @type {[string, string, string[], () => void][]} Shown as, does, keys, how */
const KEYS = [
  ["J K", "next, previous case", ["j", "PageDown"], () => goTo(1)],
  ["", "", ["k", "PageUp"], () => goTo(-1)],
  ["1 – 5", "picture, flat color, shadow, highlight, line art", [], () => {}],
  ["S W D", "side by side, wipe, difference", ["s"], () => change({ view: "side" })],
  ["", "", ["w"], () => change({ view: "wipe" })],
  ["", "", ["d"], () => change({ view: "difference" })],
  ["E", "next engine (wipe and difference)", ["e"], nextEngine],
  ["← →", "wipe", ["ArrowLeft"], () => setWipe(Number(byId("wipe").value) - 5)],
  ["", "", ["ArrowRight"], () => setWipe(Number(byId("wipe").value) + 5)],
  ["F", "shading on the flat color, or alone", ["f"], toggleFlat],
  ["B", "what lies behind", ["b"], () => nextMatte()],
  ["+ −", "zoom (or the wheel; drag to move)", ["+", "="], () => zoom(STEP)],
  ["", "", ["-"], () => zoom(1 / STEP)],
  ["0", "the whole picture (or double click)", ["0"], () => fitAll()],
  ["Z", "pixel by pixel", ["z"], () => zoom(1 / (camera.zoom * devicePixelRatio))],
  ["?", "this list", ["?"], () => byId("keys").showModal()],
];

function goTo(step) {
  const names = REPORT.pictures.map((picture) => picture.name);
  change({ page: "pictures", case: cycled(names, state.case, step) });
}

function nextEngine() {
  const engines = Object.keys(currentCase().found);
  change({ right: cycled(engines, pairOf(currentCase())[1], 1) });
}

function toggleFlat() {
  change({ flat: state.flat === "on" ? "off" : "on" });
}

function nextMatte() {
  change({ matte: cycled([...MATTES.keys()], state.matte, 1) });
}

function zoom(factor) {
  zoomBy(factor, currentCase(), paneSize());
  aim(currentCase());
}

function fitAll() {
  fit(currentCase(), paneSize());
  aim(currentCase());
}

/** Choices of which one holds, as radio buttons; or each by itself, as boxes. */
function choices(id, titles, isChosen, choose, type = "radio") {
  const labels = [...titles].map(([value, title], at) => {
    const key = id === "layers" ? ` (${at + 1})` : "";
    const input = element("input", { type, name: id, value, checked: isChosen(value) });
    input.addEventListener("change", () => choose(value));
    return element("label", { title: title + key }, input, element("span", {}, title));
  });
  const legend = byId(id).querySelector("legend");
  const focused = document.activeElement;
  const held = byId(id).contains(focused) && /** @type {any} */ (focused).value;
  byId(id).replaceChildren(legend, ...labels);
  if (held) {
    [...byId(id).querySelectorAll("input")].find((input) => input.value === held)?.focus();
  }
}

function options(id, values, chosen) {
  byId(id).replaceChildren(...values.map((value) => element("option", { value }, value)));
  byId(id).value = chosen;
}

function renderTools(picture) {
  const subjects = subjectsOf(picture);
  const [left, right] = pairOf(picture);
  const one = (key) => [(value) => state[key] === value, (value) => change({ [key]: value })];
  choices("layers", LAYERS, ...one("layer"));
  choices("views", VIEWS, ...one("view"));
  choices("mattes", MATTES, ...one("matte"));
  const hidden = hiddenSubjects();
  const toggle = (subject) => {
    const others = hidden.filter((other) => other !== subject);
    change({ hidden: (hidden.includes(subject) ? others : [...hidden, subject]).join("/") });
  };
  const titles = subjects.map((subject) => [subject, subject]);
  choices("shown", titles, (subject) => !hidden.includes(subject), toggle, "checkbox");
  options("left", subjects, left);
  options("right", subjects, right);
  byId("shown").hidden = state.view !== "side";
  byId("pair").hidden = state.view === "side";
  byId("mattes").hidden = state.view === "difference";
  byId("sheet").href = file("sheets", `${picture.name}.png`);
  byId("on-flat").checked = state.flat === "on";
  byId("on-flat").disabled = state.layer !== "shadow" && state.layer !== "highlight";
}

function renderCases() {
  const items = REPORT.pictures.map((picture) => {
    const view = address({ ...state, page: "pictures", case: picture.name });
    const link = element("a", { href: view, title: picture.name });
    const src = file("cases", picture.name, "thumbnail.png");
    link.append(
      element("img", { src, alt: "", loading: "lazy" }),
      element("span", {}, picture.name),
    );
    if (picture.name === state.case) {
      link.ariaCurrent = "true";
    }
    return link;
  });
  byId("cases").replaceChildren(...items);
  byId("cases").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
}

let lastCase = "";

function render() {
  const onPictures = state.page === "pictures" && REPORT.pictures.length > 0;
  byId("scores").hidden = onPictures;
  byId("pictures").hidden = !onPictures;
  byId("to-scores").ariaCurrent = onPictures ? "false" : "page";
  byId("to-pictures").ariaCurrent = onPictures ? "page" : "false";
  byId("to-scores").href = address({ ...state, page: "scores" });
  byId("to-pictures").href = address({ ...state, page: "pictures" });
  if (!onPictures) {
    renderScores();
    return;
  }
  const picture = currentCase();
  if (lastCase !== state.case) {
    camera.fits = true;
    lastCase = state.case;
  }
  renderCases();
  renderTools(picture);
  renderCaseScores(picture);
  renderPanes(picture);
}

function pressed(event) {
  const typing = event.target.closest?.("select, input[type=range], dialog");
  if (event.ctrlKey || event.metaKey || event.altKey || typing) {
    return;
  }
  const layer = [...LAYERS.keys()][Number(event.key) - 1];
  const found = KEYS.find(([, , keys]) =>
    keys.includes(event.key.length > 1 ? event.key : event.key.toLowerCase()),
  );
  const choosing = event.key.startsWith("Arrow") && event.target.matches?.("input");
  if (state.page === "pictures" && layer) {
    change({ layer });
  } else if (found && !choosing && (state.page === "pictures" || event.key === "?")) {
    event.preventDefault();
    found[3]();
  }
}

function start() {
  const cases = counted(REPORT.pictures.length, "case");
  byId("summary").textContent = `${cases}, ${ENGINES.join(", ")}; ${REPORT.made_by}`;
  const listed = KEYS.filter(([shown]) => shown);
  byId("keys")
    .querySelector("dl")
    .replaceChildren(
      ...listed.flatMap(([shown, does]) => [element("dt", {}, shown), element("dd", {}, does)]),
    );
  byId("help").addEventListener("click", () => byId("keys").showModal());
  byId("left").addEventListener("change", () => change({ left: byId("left").value }));
  byId("right").addEventListener("change", () => change({ right: byId("right").value }));
  byId("on-flat").addEventListener("change", toggleFlat);
  byId("wipe").addEventListener("input", () => setWipe(Number(byId("wipe").value)));
  byId("zoom-in").addEventListener("click", () => zoom(STEP));
  byId("zoom-out").addEventListener("click", () => zoom(1 / STEP));
  byId("fit").addEventListener("click", fitAll);
  steer(byId("panes"), currentCase, () => aim(currentCase()));
  new ResizeObserver(() => !byId("pictures").hidden && arrange(currentCase())).observe(
    byId("panes"),
  );
  document.addEventListener("keydown", pressed);
  addEventListener("hashchange", () => {
    readAddress();
    render();
  });
  onChange(render);
  readAddress();
  render();
}

start();
