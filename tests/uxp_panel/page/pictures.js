"use strict";

// Pictures of the panel beside each other, and how far two of them differ. Chromium draws them.
//
// Two machines draw letters a little differently, so what counts is the mean colour of each small
// square: a letter moved by a fraction of a pixel hardly changes that, a missing edge does.

const { encodePng } = require("./png.js");

const SQUARE = 8;
/** Of the mean colour of a square, of 255. */
const TOLERANCE = 20;

/** A page that can draw; it knows nothing of the panel. */
class Easel {
  /** @param {import("playwright-core").Page} page */
  constructor(page) {
    this._page = page;
  }

  /**
   * @param {import("playwright-core").Browser} browser
   * @returns {Promise<Easel>}
   */
  static async open(browser) {
    const page = await browser.newPage();
    await page.addScriptTag({ content: `${draw}\n${meanSquares}` });
    return new Easel(page);
  }

  /**
   * Pictures beside each other, in few colours, as they are kept.
   * @param {Buffer[]} pictures PNG
   * @returns {Promise<Buffer>} PNG
   */
  async beside(pictures) {
    const drawn = await this._page.evaluate(drawBeside, pictures.map(toBase64));
    return encodePng({ ...drawn, indices: Buffer.from(drawn.indices, "latin1") });
  }

  /**
   * Where two pictures differ.
   * @param {Buffer} one PNG
   * @param {Buffer} other PNG
   * @returns {Promise<string>} what a person would look for first; empty where they look alike
   */
  difference(one, other) {
    const pictures = [one, other].map(toBase64);
    return this._page.evaluate(findDifference, { pictures, square: SQUARE, tolerance: TOLERANCE });
  }
}

/** @param {Buffer} picture */
function toBase64(picture) {
  return picture.toString("base64");
}

// ---- what runs inside the easel's page

/** PNG pictures on one canvas, with gaps between them. */
async function draw(pictures, gap = 8) {
  const images = pictures.map((picture) =>
    Object.assign(new Image(), { src: `data:image/png;base64,${picture}` }),
  );
  await Promise.all(images.map((image) => image.decode()));
  const width = images.reduce((sum, image) => sum + image.width + gap, -gap);
  const height = Math.max(...images.map((image) => image.height));
  const context = new OffscreenCanvas(width, height).getContext("2d");
  let x = 0;
  for (const image of images) {
    context.drawImage(image, x, 0);
    x += image.width + gap;
  }
  return context.getImageData(0, 0, width, height);
}

async function drawBeside(pictures) {
  const { width, height, data } = await draw(pictures);
  const palette = new Map();
  let indices = "";
  for (let at = 0; at < data.length; at += 4) {
    const color = [0, 1, 2].map((channel) => Math.round(data[at + channel] / 17) * 17);
    const key = color.join();
    if (!palette.has(key)) {
      palette.set(key, { index: palette.size, color });
    }
    indices += String.fromCharCode(palette.get(key).index);
  }
  return { width, height, palette: [...palette.values()].flatMap(({ color }) => color), indices };
}

/** The mean colour of every square of a picture, and how many squares are in a row. */
function meanSquares({ width, height, data }, square) {
  const columns = Math.ceil(width / square);
  const means = new Float64Array(columns * Math.ceil(height / square) * 4);
  for (let at = 0; at < data.length; at += 1) {
    const [x, y] = [Math.floor(at / 4) % width, Math.floor(at / 4 / width)];
    const cell = Math.floor(y / square) * columns + Math.floor(x / square);
    means[cell * 4 + (at % 4)] += data[at] / square ** 2;
  }
  return { means, columns };
}

async function findDifference({ pictures, square, tolerance }) {
  const [one, other] = await Promise.all(pictures.map((picture) => draw([picture])));
  if (one.width !== other.width || one.height !== other.height) {
    return `${one.width} x ${one.height} and ${other.width} x ${other.height} pixels`;
  }
  const { means, columns } = meanSquares(one, square);
  const others = meanSquares(other, square).means;
  const at = means.findIndex((mean, index) => Math.abs(mean - others[index]) > tolerance);
  const cell = Math.floor(at / 4);
  const [x, y] = [(cell % columns) * square, Math.floor(cell / columns) * square];
  return at < 0 ? "" : `first near x ${x}, y ${y}`;
}

module.exports = { Easel };
