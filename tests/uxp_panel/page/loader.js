"use strict";

// `require` for the page, as UXP has it: the panel's files by their paths, and the host's modules.
// It runs inside the page, where `sources` holds the text of every file by its path.

/**
 * @param {Record<string, string>} sources
 * @param {(name: string, load: (path: string) => any) => any} hostModule the modules that UXP has
 * @returns {(name: string) => any}
 */
function makeRequire(sources, hostModule) {
  /** @type {Map<string, {exports: any}>} */
  const loaded = new Map();

  /** @param {string} path */
  function load(path) {
    const kept = loaded.get(path);
    if (kept) {
      return kept.exports;
    }
    if (!(path in sources)) {
      throw new Error(`there is no file ${path}`);
    }
    const module = { exports: {} };
    loaded.set(path, module);
    const body = new Function(
      "module",
      "exports",
      "require",
      `${sources[path]}\n//# sourceURL=${path}`,
    );
    body(module, module.exports, requireFrom(path));
    return module.exports;
  }

  /** @param {string} path of the file that requires */
  function requireFrom(path) {
    /** @param {string} name */
    return (name) =>
      name.startsWith(".")
        ? load(new URL(name, `file:///${path}`).pathname.slice(1))
        : hostModule(name, load);
  }

  return requireFrom("uxp_panel/main.js");
}
