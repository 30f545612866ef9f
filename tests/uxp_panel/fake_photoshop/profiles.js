"use strict";

// Colour profiles, and a conversion between them that is simple but changes the numbers.
//
// Only that a conversion happened matters to a test, so a profile is one exponent (its tone curve)
// and one chroma (how wide its primaries lie), and what is rounded on the way is lost, as in a
// host.

const { ARRAYS, LARGEST } = require("./raster.js");

const RGB_PROFILES = {
  "sRGB IEC61966-2.1": { gamma: 2.2, chroma: 1 },
  "Adobe RGB (1998)": { gamma: 2.2, chroma: 0.8 },
  "Display P3": { gamma: 2.2, chroma: 0.9 },
  "ProPhoto RGB": { gamma: 1.8, chroma: 0.6 },
};
const GRAY_PROFILES = {
  "Gray Gamma 2.2": { gamma: 2.2, chroma: 1 },
  "Gray Gamma 1.8": { gamma: 1.8, chroma: 1 },
  "Dot Gain 20%": { gamma: 1.75, chroma: 1 },
  sGray: { gamma: 2.2, chroma: 1 },
};
const OTHER_PROFILES = {
  "Lab D50": { gamma: 2, chroma: 0.5 },
  "U.S. Web Coated (SWOP) v2": { gamma: 1.9, chroma: 0.7 },
};
const PROFILES = { ...RGB_PROFILES, ...GRAY_PROFILES, ...OTHER_PROFILES };

/** The profile that Photoshop works in where a document or a request names none. */
const WORKING_PROFILES = {
  RGB: "sRGB IEC61966-2.1",
  Grayscale: "Gray Gamma 2.2",
  Lab: "Lab D50",
  CMYK: "U.S. Web Coated (SWOP) v2",
};

// app.getColorProfiles (ps-reference/classes/photoshop.md) lists RGB and Gray profiles only.
function profileNames(colorMode) {
  return Object.keys(colorMode === "Gray" ? GRAY_PROFILES : RGB_PROFILES);
}

const BY_SPACE = {
  RGB: RGB_PROFILES,
  Grayscale: GRAY_PROFILES,
  Lab: OTHER_PROFILES,
  CMYK: OTHER_PROFILES,
};

/** Whether there is a profile of that name for a colour space. */
function fits(space, name) {
  return Object.prototype.hasOwnProperty.call(BY_SPACE[space], name);
}

/** The profile that a document's numbers are read in; the working one where it has none. */
function ownProfile({ profile, space }) {
  return profile || WORKING_PROFILES[space];
}

// ps-reference/media/imaging.md: documents of 32 bits append this to a profile's name, and the API
// does not take it back.
const LINEAR = " (Linear RGB Profile)";

function luma(data, at, colors) {
  if (colors === 1) return data[at];
  return 0.3 * data[at] + 0.59 * data[at + 1] + 0.11 * data[at + 2];
}

/** One colour component of another profile, in 0..1. */
function converted(value, gray, from, to) {
  const wide = gray + (value - gray) * (from.chroma / to.chroma);
  return wide <= 0 ? 0 : Math.pow(Math.min(wide, 1), from.gamma / to.gamma);
}

/**
 * Pixels in other colours: another profile, or gray instead of colour.
 *
 * @param raster straight pixels.
 * @param from the profile's name that they are in.
 * @param to the profile's name that is wanted.
 * @param colors 1 or 3, how many components without alpha are wanted.
 * @returns the same raster where nothing changes.
 */
function inProfile(raster, from, to, colors) {
  if (colors === raster.colors && from === to) return raster;
  const size = raster.colors + 1;
  const { max, data: old } = raster;
  const data = new old.constructor((old.length / size) * (colors + 1));
  const half = max === 1 ? 0 : 0.5;
  for (let at = 0, t = 0; at < old.length; at += size, t += colors + 1) {
    const gray = luma(old, at, raster.colors) / max;
    for (let k = 0; k < colors; k++) {
      const value = colors === 3 && raster.colors === 3 ? old[at + k] / max : gray;
      data[t + k] = max * converted(value, gray, PROFILES[from], PROFILES[to]) + half;
    }
    data[t + colors] = old[at + size - 1];
  }
  return { ...raster, colors, data };
}

/** The same pixels in another depth. */
function inDepth(raster, depth) {
  const max = LARGEST[depth];
  if (max === raster.max) return raster;
  const data = new ARRAYS[depth](raster.data.length);
  const scale = max / raster.max;
  if (raster.max === 1) limited(raster.data, data, max);
  else
    for (let at = 0; at < data.length; at++)
      data[at] = raster.data[at] * scale + (max === 1 ? 0 : 0.5);
  return { ...raster, max, data };
}

/** Floats may lie below 0 and above 1; integers may not. */
function limited(floats, data, max) {
  for (let at = 0; at < data.length; at++) {
    data[at] = Math.max(0, Math.min(1, floats[at])) * max + 0.5;
  }
}

module.exports = {
  LINEAR,
  WORKING_PROFILES,
  fits,
  inDepth,
  inProfile,
  ownProfile,
  profileNames,
};
