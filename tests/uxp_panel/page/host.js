"use strict";

// What Photoshop gives a panel, inside the browser's page: `require`, a clipboard, sockets. The
// tests reach the other side of all this as `outside`.

class Outside {
  /** @param {(name: string) => any} load gives a module of the tests */
  constructor(load) {
    const { FakePhotoshop } = load("../tests/uxp_panel/fake_photoshop/index.js");
    const { FakeServer } = load("../tests/uxp_panel/fake_server_socket.js");
    const { pause, until } = load("../tests/uxp_panel/waiting.js");
    const { OPTIONS } = load("../tests/uxp_panel/session_host.js");
    const engines = [
      { name: "builtin", ready: true, detail: "", options: OPTIONS },
      { name: "diffusion", ready: true, detail: "" }, // as an earlier server tells of one
    ];
    this.pause = pause;
    this.until = until;
    this.photoshop = new FakePhotoshop();
    this.server = new FakeServer({ engines });
    /** What was put on the clipboard */
    this.copied = [];
    this._entrypoints = null;
    this._root = null;
  }

  /** What `require` gives for the modules that are part of UXP. */
  module(name) {
    if (name === "photoshop") return this.photoshop.photoshop;
    if (name === "uxp") return this._uxp();
    if (name === "os") return { platform: () => "darwin", release: () => "25.1.0" };
    throw new Error(`UXP has no module ${name}`);
  }

  _uxp() {
    const manifest = { requiredPermissions: { network: { domains: ["ws://localhost/"] } } };
    const file = { read: async () => JSON.stringify(manifest) };
    const folder = { getEntry: async () => file };
    return {
      entrypoints: this,
      host: { version: this.photoshop.version },
      versions: { uxp: "uxp-8.1.0" },
      storage: { localFileSystem: { getPluginFolder: async () => folder } },
    };
  }

  /** Of UXP's `entrypoints`. */
  setup(entrypoints) {
    this._entrypoints = entrypoints;
  }

  get clipboard() {
    return { setContent: async (content) => this.copied.push(content["text/plain"]) };
  }

  /** The artist opens the panel. */
  showPanel() {
    this._root = document.createElement("uxp-panel");
    document.body.appendChild(this._root);
    this._entrypoints.panels.main.create(this._root);
  }

  /** The artist closes the panel, or Photoshop does; what it leaves is given. */
  hidePanel() {
    this._entrypoints.panels.main.destroy(this._root);
    this._root.remove();
    return this._root;
  }

  /** The artist chooses an entry of the panel's menu. */
  chooseFromMenu(id) {
    this._entrypoints.panels.main.invokeMenu(id);
  }

  /** The artist opens a picture. */
  open(title, description = {}) {
    const [width, height] = [8, 6];
    const pixels = Uint8Array.from(
      { length: width * height * 4 },
      (_, at) => 255 - (at % 4 ? at : 0),
    );
    return this.photoshop.openDocument({ title, width, height, pixels, ...description });
  }

  /** Once the page shows a text. */
  shows(text) {
    return this.until(() => document.body.innerText.includes(text), `the text ${text}`);
  }

  /** The widget with a word on it, or with a tip. */
  widget(name) {
    const shown = [...document.querySelectorAll("*")].filter(
      (node) => node.localName.startsWith("sp-") && node.getClientRects().length > 0,
    );
    const found = shown.find((node) => node.textContent.trim() === name || node.title === name);
    if (!found) throw new Error(`the page shows no ${name}`);
    return found;
  }

  click(name) {
    this.widget(name).click();
  }

  /** Choose an entry of a list. */
  choose(name, entry) {
    const list = this.widget(name);
    list.click();
    [...list.querySelectorAll("sp-menu-item")].find((one) => one.textContent === entry).click();
  }

  /** Type into a field, without leaving it. */
  type(name, text) {
    const field = this.widget(name);
    field.value = text;
    field.dispatchEvent(new Event("input"));
  }
}

/**
 * @param {(sources: Record<string, string>, hostModule: Function) => any} makeRequire
 * @param {Record<string, string>} sources
 */
function setUpHost(makeRequire, sources) {
  globalThis.setImmediate = (work) => setTimeout(work, 0); // the fake server is at home in Node
  globalThis.require = makeRequire(sources, (name) => globalThis.outside.module(name));
  const outside = new Outside(globalThis.require);
  globalThis.outside = outside;
  globalThis.WebSocket = outside.server.WebSocket;
  Object.defineProperty(navigator, "clipboard", { value: outside.clipboard });
}
