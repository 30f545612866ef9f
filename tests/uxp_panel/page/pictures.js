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
  /** @param {import("playwright-core").Page} page an empty one */
  constructor(page) {
    this._page = page;
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

async function drawBeside(pictures) {
  const gap = 8;
  const bitmaps = await Promise.all(
    pictures.map(async (picture) => {
      const image = new Image();
      image.src = `data:image/png;base64,${picture}`;
      await image.decode();
      return image;
    }),
  );
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  canvas.width = bitmaps.reduce((sum, image) => sum + image.width + gap, -gap);
  canvas.height = Math.max(...bitmaps.map((image) => image.height));
  let x = 0;
  for (const image of bitmaps) {
    context.drawImage(image, x, 0);
    x += image.width + gap;
  }
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
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
  const colors = [...palette.values()].flatMap(({ color }) => color);
  return { width: canvas.width, height: canvas.height, palette: colors, indices };
}

async function findDifference({ pictures, square, tolerance }) {
  const means = await Promise.all(
    pictures.map(async (picture) => {
      const image = new Image();
      image.src = `data:image/png;base64,${picture}`;
      await image.decode();
      const canvas = document.createElement("canvas");
      const [width, height] = [image.width, image.height];
      Object.assign(canvas, { width, height });
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, width, height);
      const columns = Math.ceil(width / square);
      const sums = new Float64Array(columns * Math.ceil(height / square) * 4);
      for (let at = 0; at < data.length; at += 4) {
        const [x, y] = [(at / 4) % width, Math.floor(at / 4 / width)];
        const to = (Math.floor(y / square) * columns + Math.floor(x / square)) * 4;
        for (let channel = 0; channel < 4; channel += 1) {
          sums[to + channel] += data[at + channel] / square ** 2;
        }
      }
      return { width, height, columns, sums };
    }),
  );
  const [one, other] = means;
  if (one.width !== other.width || one.height !== other.height) {
    return `${one.width} x ${one.height} and ${other.width} x ${other.height} pixels`;
  }
  const at = one.sums.findIndex((sum, index) => Math.abs(sum - other.sums[index]) > tolerance);
  const cell = Math.floor(at / 4);
  const [x, y] = [cell % one.columns, Math.floor(cell / one.columns)];
  return at < 0 ? "" : `first near x ${x * square}, y ${y * square}`;
}

module.exports = { Easel };
