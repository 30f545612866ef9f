"use strict";

// Zoom and pan, one for all panes, so that they stay in step.

const STEP = 1.25;
const NEAREST = 64;
/** Pixels of a line, for wheels that count lines. */
const LINE = 16;
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
 * @param {() => {width: number, height: number}} picture what is looked at
 * @param {() => void} moved
 */
function steer(surface, picture, moved) {
  /** What an event does, told the pane's place and how far from its middle the event was. */
  const act = (event, move) => {
    const pane = event.target.closest(".pane");
    if (pane) {
      const box = pane.getBoundingClientRect();
      move(box, event.clientX - box.x - box.width / 2, event.clientY - box.y - box.height / 2);
      moved();
    }
  };
  const wheel = (event) => {
    event.preventDefault();
    const pixels = event.deltaMode === 1 ? event.deltaY * LINE : event.deltaY;
    const factor = Math.exp(-pixels / 400);
    act(event, (box, right, down) => zoomBy(factor, picture(), box, right, down));
  };
  surface.addEventListener("wheel", wheel, { passive: false });
  surface.addEventListener("dblclick", (event) => act(event, (box) => fit(picture(), box)));
  followPointers(surface, (before, now, other) =>
    act(now, (box, right, down) => {
      const share = other ? 1 / 2 : 1;
      panBy(
        (now.clientX - before.clientX) * share,
        (now.clientY - before.clientY) * share,
        picture(),
      );
      if (other) {
        zoomBy(
          distance(now, other) / Math.max(distance(before, other), 1),
          picture(),
          box,
          right,
          down,
        );
      }
    }),
  );
}

/**
 * Follow what is pressed on a pane, by mouse, pen or up to two fingers.
 * @param {HTMLElement} surface
 * @param {(before: any, now: any, other: any) => void} dragged gets the other finger, if one is down
 */
function followPointers(surface, dragged) {
  const pressed = new Map();
  surface.addEventListener("pointerdown", (event) => {
    const pane = /** @type {HTMLElement} */ (event.target).closest(".pane");
    if (pane && event.button === 0) {
      pane.setPointerCapture(event.pointerId);
      pressed.set(event.pointerId, event);
    }
  });
  surface.addEventListener("pointermove", (event) => {
    const before = pressed.get(event.pointerId);
    if (before) {
      dragged(
        before,
        event,
        [...pressed.values()].find((other) => other !== before),
      );
      pressed.set(event.pointerId, event);
    }
  });
  const released = (event) => pressed.delete(event.pointerId);
  surface.addEventListener("pointerup", released);
  surface.addEventListener("pointercancel", released);
}

function distance(one, other) {
  return Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
}
