/**
 * Writes drawings of published vector art as SVG: node drawings.mjs OUT SOURCE:SEED...
 * A source is `openmoji`, `bigheads` or the name of a DiceBear style.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import * as dicebear from "@dicebear/collection";
import { createAvatar } from "@dicebear/core";

const require = createRequire(import.meta.url);

/** A stream of numbers in [0, 1) that a seed fixes: Steele and Vigna's SplitMix, on 32 bits. */
function numbers(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

function pick(list, next) {
  return list[Math.floor(next() * list.length)];
}

const PEOPLE_AND_ANIMALS =
  /^(person|person-role|person-activity|person-fantasy|animal-.*|food-prepared|clothing)$/;

function openmoji(seed) {
  const { openmojis } = require("openmoji");
  const chosen = openmojis.filter(
    (emoji) => PEOPLE_AND_ANIMALS.test(emoji.subgroups) && emoji.group !== "flags",
  );
  const { hexcode } = pick(chosen, numbers(seed));
  const home = dirname(require.resolve("openmoji/package.json"));
  return readFileSync(join(home, "color", "svg", `${hexcode}.svg`), "utf8");
}

function bigheads(seed) {
  const { createElement } = require("react");
  const { renderToStaticMarkup } = require("react-dom/server");
  const { BigHead, theme } = require("@bigheads/core");
  const next = numbers(seed);
  const colors = (name) => pick(Object.keys(theme.colors[name]), next);
  const props = {
    accessory: pick(["none", "none", "roundGlasses", "tinyGlasses", "shades"], next),
    body: pick(["chest", "breasts"], next),
    clothing: pick(["shirt", "dressShirt", "vneck", "tankTop", "dress"], next),
    clothingColor: colors("clothing"),
    eyebrows: pick(["raised", "leftLowered", "serious", "angry", "concerned"], next),
    eyes: pick(
      ["normal", "leftTwitch", "happy", "content", "squint", "simple", "wink", "heart"],
      next,
    ),
    facialHair: pick(["none", "none", "none", "stubble", "mediumBeard"], next),
    graphic: pick(["none", "react", "graphQL", "gatsby", "vue", "redwood"], next),
    hair: pick(["none", "long", "bun", "short", "pixie", "balding", "buzz", "afro", "bob"], next),
    hairColor: colors("hair"),
    hat: pick(["none", "none", "none", "beanie", "turban"], next),
    hatColor: colors("clothing"),
    lashes: next() < 0.5,
    lipColor: colors("lipColors"),
    mouth: pick(["grin", "sad", "openSmile", "lips", "open", "serious", "tongue"], next),
    skinTone: pick(["light", "yellow", "brown", "dark", "red", "black"], next),
    mask: false,
    faceMask: false,
  };
  return renderToStaticMarkup(createElement(BigHead, props));
}

function avatar(name, seed) {
  return createAvatar(dicebear[name], { seed: `${name}-${seed}` }).toString();
}

const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
const OTHERS = { openmoji, bigheads };

const [out, ...wanted] = process.argv.slice(2);
for (const item of wanted) {
  const [source, seed] = item.split(":");
  const svg = OTHERS[source] ? OTHERS[source](Number(seed)) : avatar(camel(source), Number(seed));
  writeFileSync(join(out, `${source}-${seed}.svg`), svg);
}
