"use strict";

// The pictures themselves: panes side by side, one wiped into another, or their difference.

/** How the browser calls the blend modes; the others have CSS's own names. */
const CSS_MODES = { "linear-dodge": "plus-lighter" };

/** A file of the report, each part of its path as in the file system.
 * @param {...string} parts */
function file(...parts) {
  return parts.map(encodeURIComponent).join("/");
}

/** The pictures that make what a subject shows, bottom first, with their blend modes. */
function imagesOf(picture, subject, layer) {
  if (subject === SOURCE) {
    return [{ src: file("cases", picture.name, "source.png"), mode: "normal" }];
  }
  const wanted = rolesOf(layer);
  if (subject === TRUTH) {
    return wanted
      .filter((role) => picture.truth.includes(role))
      .map((role) => ({ src: file("cases", picture.name, `${role}.png`), mode: "normal" }));
  }
  const modes = picture.found[subject];
  return wanted.map((role) => ({
    src: file(subject, picture.name, `${role}.png`),
    mode: wanted.length > 1 ? modes[role] : "normal",
  }));
}

function rolesOf(layer) {
  if (layer === ALL) {
    return ROLES;
  }
  return isOnFlat() ? ROLES.slice(0, ROLES.indexOf(layer) + 1) : [layer];
}

function renderPanes(picture) {
  const panes = byId("panes");
  panes.dataset.view = state.view;
  panes.dataset.matte = state.view === "difference" ? "white" : state.matte;
  byId("wipe-label").hidden = state.view !== "wipe";
  if (state.view === "side") {
    panes.replaceChildren(
      ...shownOf(picture).map((subject) =>
        pane(caption(subject), sight(picture, subject, state.layer)),
      ),
    );
  } else {
    const sights = pairOf(picture).map((subject) => sight(picture, subject, state.layer));
    panes.replaceChildren(state.view === "wipe" ? wiped(pairOf(picture), sights) : apart(sights));
  }
  arrange(picture);
}

/** A subject as it looks: what lies behind it, and its layers. */
function sight(picture, subject, layer) {
  const images = imagesOf(picture, subject, layer).map(({ src, mode }) => {
    const image = element("img", { src, alt: "", draggable: false });
    image.style.mixBlendMode = CSS_MODES[mode] || mode;
    return image;
  });
  const stack = element("div", { className: "stack", role: "img" }, ...images);
  stack.ariaLabel = `${subject}: ${LAYERS.get(layer)}`;
  return element("div", { className: "sight" }, element("div", { className: "matte" }), stack);
}

function pane(caption, ...contents) {
  return element("figure", { className: "pane" }, ...contents, caption);
}

function caption(text, side = "") {
  return element("figcaption", { className: side }, text);
}

/**
 * Two sights, and the edge between them.
 * @param {string[]} names
 * @param {HTMLElement[]} sights
 */
function wiped([left, right], [below, above]) {
  below.classList.add("left");
  above.classList.add("right");
  const edge = element("div", { className: "edge" });
  const made = pane(caption(right, "at-right"), below, above, edge, caption(left));
  edge.addEventListener("pointerdown", (event) => {
    event.stopPropagation();
    edge.setPointerCapture(event.pointerId);
    edge.onpointermove = (move) => {
      const box = made.getBoundingClientRect();
      setWipe(((move.clientX - box.x) / box.width) * 100);
    };
  });
  edge.addEventListener("pointerup", () => (edge.onpointermove = null));
  setWipe(Number(byId("wipe").value));
  return made;
}

/** Put the border between left and right at a percentage of the pane's width. */
function setWipe(percent) {
  const within = Math.min(Math.max(percent, 0), 100);
  byId("wipe").value = String(within);
  byId("panes").style.setProperty("--wipe", `${within}%`);
}

function apart(sights) {
  const text = "Difference over white, four times as strong: black is equal";
  return pane(caption(text), element("div", { className: "apart" }, ...sights));
}

/** As many columns as make the pictures largest, and the camera's view of them. */
function arrange(picture) {
  const panes = byId("panes");
  const count = panes.children.length;
  const box = panes.getBoundingClientRect();
  const size = (columns) =>
    Math.min(
      box.width / columns / picture.width,
      box.height / Math.ceil(count / columns) / picture.height,
    );
  const choices = Array.from({ length: count }, (_, at) => at + 1);
  const best = choices.reduce((one, other) => (size(other) > size(one) ? other : one), 1);
  panes.style.setProperty("--columns", String(best));
  if (camera.fits) {
    fit(picture, paneSize());
  }
  aim(picture);
}

/** The size of a pane; all are alike. */
function paneSize() {
  return byId("panes").firstElementChild.getBoundingClientRect();
}

/** Show in every pane what the camera sees. */
function aim(picture) {
  const at = corner(paneSize());
  const pixels = `${picture.width}px ${picture.height}px`.split(" ");
  for (const sight of /** @type {any} */ (document.querySelectorAll("#panes .sight"))) {
    const [matte, stack] = sight.children;
    [stack.style.width, stack.style.height] = pixels;
    stack.style.transform = `translate(${at.x}px, ${at.y}px) scale(${camera.zoom})`;
    stack.classList.toggle("squares", camera.zoom * devicePixelRatio >= SQUARES_FROM);
    matte.style.transform = `translate(${at.x}px, ${at.y}px)`;
    matte.style.width = `${picture.width * camera.zoom}px`;
    matte.style.height = `${picture.height * camera.zoom}px`;
  }
  byId("zoom").textContent = `${Math.round(camera.zoom * 100)} %`;
}
