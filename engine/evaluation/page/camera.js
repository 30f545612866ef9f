"use strict";

// Zoom and pan, one for all panes, so that they stay in step.

const STEP = 1.25;
const NEAREST = 64;
/** Screen pixels a picture pixel from which single pixels are shown as squares. */
const SQUARES_FROM = 2;

/** `x` and `y` are the picture's point in the middle of each pane, `zoom` is in CSS pixels. */
const camera = { x: 0, y: 0, zoom: 1, fits: true };

/** Where a pane shows the picture's upper left corner.
 * @param {{width: number, height: number}} pane */
function corner(pane) {
  return {
    x: pane.width / 2 - camera.x * camera.zoom,
    y: pane.height / 2 - camera.y * camera.zoom,
  };
}

/** Show the whole picture, and go on doing so when the panes change their size. */
function fit(picture, pane) {
  camera.zoom = Math.min(pane.width / picture.width, pane.height / picture.height);
  camera.x = picture.width / 2;
  camera.y = picture.height / 2;
  camera.fits = true;
}

/**
 * Zoom by a factor, keeping the picture's point that lies `right` and `down` of the pane's middle.
 * @param {number} factor
 * @param {{width: number, height: number}} picture
 * @param {{width: number, height: number}} pane
 */
function zoomBy(factor, picture, pane, right = 0, down = 0) {
  const farthest = Math.min(pane.width / picture.width, pane.height / picture.height) / 2;
  const zoom = Math.min(Math.max(camera.zoom * factor, Math.min(farthest, 1)), NEAREST);
  camera.x += right / camera.zoom - right / zoom;
  camera.y += down / camera.zoom - down / zoom;
  camera.zoom = zoom;
  camera.fits = false;
  keepInSight(picture);
}

/** Move by pixels of the screen. */
function panBy(right, down, picture) {
  camera.x -= right / camera.zoom;
  camera.y -= down / camera.zoom;
  camera.fits = false;
  keepInSight(picture);
}

/** The middle of a pane never leaves the picture, so that it cannot be lost. */
function keepInSight(picture) {
  camera.x = Math.min(Math.max(camera.x, 0), picture.width);
  camera.y = Math.min(Math.max(camera.y, 0), picture.height);
}

/**
 * Let a wheel, a drag, two fingers and a double click move the camera.
 * @param {HTMLElement} surface holds panes, each of the class "pane"
 * @param {() => {width: number, height: number} | undefined} picture what is looked at
 * @param {() => void} moved
 */
function steer(surface, picture, moved) {
  /** @type {Map<number, PointerEvent>} */
  const pointers = new Map();
  const paneOf = (event) => event.target.closest(".pane");
  const act = (event, move) => {
    const pane = paneOf(event);
    if (pane && picture()) {
      const box = pane.getBoundingClientRect();
      move(box, event.clientX - box.x - box.width / 2, event.clientY - box.y - box.height / 2);
      moved();
    }
  };
  surface.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 16 : 1;
      const factor = Math.exp((-event.deltaY * lines) / 400);
      act(event, (box, right, down) => zoomBy(factor, picture(), box, right, down));
    },
    { passive: false },
  );
  surface.addEventListener("dblclick", (event) => act(event, (box) => fit(picture(), box)));
  surface.addEventListener("pointerdown", (event) => {
    if (paneOf(event) && event.button === 0) {
      paneOf(event).setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, event);
    }
  });
  surface.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (before) {
      act(event, (box, right, down) => dragged(before, event, box, right, down));
      pointers.set(event.pointerId, event);
    }
  });
  for (const end of ["pointerup", "pointercancel"]) {
    surface.addEventListener(end, (event) => pointers.delete(event.pointerId));
  }

  function dragged(before, now, box, right, down) {
    const share = 1 / pointers.size;
    panBy(
      (now.clientX - before.clientX) * share,
      (now.clientY - before.clientY) * share,
      picture(),
    );
    if (pointers.size === 2) {
      const other = [...pointers.values()].find((one) => one.pointerId !== now.pointerId);
      const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
      zoomBy(apart(now) / Math.max(apart(before), 1), picture(), box, right, down);
    }
  }
}
