"use strict";

// A fake Photoshop that a test asks as a plugin would, and what is opened in it.

const { FakePhotoshop } = require("./fake_photoshop/index.js");
const { confetti } = require("./fake_photoshop/scenes.js");

const OPTIONS = { commandName: "Test" };

/** The fake, what `require("photoshop")` gives, and work in a modal scope; its seconds are short. */
function started(options = {}) {
  const fake = new FakePhotoshop({ millisecondsInSecond: 20, ...options });
  const modal = (work) => fake.photoshop.core.executeAsModal(work, OPTIONS);
  return { fake, modal, ...fake.photoshop };
}

/** A document, and its top layer's id. */
function opened(fake, description) {
  const document = fake.openDocument(description);
  return { document, layerID: document.layers[0].id };
}

/** A document of two layers, of which the upper is active, and Background below. */
function layered(fake) {
  const paint = confetti({ width: 8, height: 8 });
  const layers = [
    { name: "Ink", ...paint, active: true },
    { name: "Paint", ...paint },
    { name: "Background", ...confetti({ width: 8, height: 8, opaque: true }), background: true },
  ];
  return fake.openDocument({ title: "Study", width: 8, height: 8, layers });
}

const names = (layers) => layers.map((layer) => layer.name);

module.exports = { OPTIONS, layered, names, opened, started };
