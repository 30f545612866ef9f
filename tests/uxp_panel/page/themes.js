"use strict";

// Photoshop's four themes. The colours were measured in the pictures of Adobe's documentation:
// guides/theme-awareness (host variables of darkest and lightest) and
// uxp-api/reference-spectrum/assets (the widgets of all four).

/**
 * @typedef {object} Theme
 * @property {"dark" | "light"} scheme what `prefers-color-scheme` says; Chromium knows only two
 * @property {string} background
 * @property {string} text
 * @property {string} secondary
 * @property {string} border
 * @property {string} widgetText
 * @property {string} strongText
 * @property {string} outline of checkboxes and secondary buttons
 * @property {string} control behind the text of lists and action buttons
 * @property {string} field behind the text of text fields
 * @property {string} placeholder
 * @property {string} track of progress bars
 * @property {string} invalid
 */

/** @type {Record<"darkest" | "dark" | "light" | "lightest", Theme>} */
const THEMES = {
  darkest: {
    scheme: "dark",
    background: "#323232",
    text: "#ffffff",
    secondary: "#9b9b9b",
    border: "#3d3d3d",
    widgetText: "#c8c8c8",
    strongText: "#efefef",
    outline: "#a2a2a2",
    control: "#1a1a1a",
    field: "#080808",
    placeholder: "#7c7c7c",
    track: "#3e3e3e",
    invalid: "#e34850",
  },
  dark: {
    scheme: "dark",
    background: "#535353",
    text: "#ffffff",
    secondary: "#b9b9b9",
    border: "#666666",
    widgetText: "#e3e3e3",
    strongText: "#ffffff",
    outline: "#b9b9b9",
    control: "#2f2f2f",
    field: "#252525",
    placeholder: "#909090",
    track: "#444444",
    invalid: "#ec5b62",
  },
  light: {
    scheme: "light",
    background: "#b8b8b8",
    text: "#4b4b4b",
    secondary: "#6e6e6e",
    border: "#9a9a9a",
    widgetText: "#4b4b4b",
    strongText: "#2c2c2c",
    outline: "#6e6e6e",
    control: "#fafafa",
    field: "#ffffff",
    placeholder: "#8e8e8e",
    track: "#eaeaea",
    invalid: "#c9252d",
  },
  lightest: {
    scheme: "light",
    background: "#f0f0f0",
    text: "#4b4b4b",
    secondary: "#606060",
    border: "#cecece",
    widgetText: "#505050",
    strongText: "#323232",
    outline: "#747474",
    control: "#ffffff",
    field: "#ffffff",
    placeholder: "#959595",
    track: "#e1e1e1",
    invalid: "#d7373f",
  },
};

/**
 * The variables that the host gives the page, and those of the stand-in widgets.
 * @param {keyof typeof THEMES} name
 */
function themeStyle(name) {
  const theme = THEMES[name];
  const widgets = Object.entries(theme).map(([key, value]) => `--widget-${key}: ${value};`);
  return `:root {
    --uxp-host-background-color: ${theme.background};
    --uxp-host-text-color: ${theme.text};
    --uxp-host-label-text-color: ${theme.text};
    --uxp-host-text-color-secondary: ${theme.secondary};
    --uxp-host-border-color: ${theme.border};
    ${widgets.join(" ")}
    font-family: "DejaVu Sans";
  }`;
}

module.exports = { THEMES, themeStyle };
