"use strict";

// What the artist does with the panel, from the click to what Photoshop and the server see of it.

const assert = require("node:assert/strict");
const { after, before, test } = require("node:test");

const { geometryFaults, launch, openPanel, resize, settle } = require("./browser.js");

/** @type {import("playwright-core").Browser} */
let browser;

before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** A test that begins in a state of the panel. */
function from(state, what, work) {
  test(`${state}: ${what}`, async () => {
    const page = await openPanel(browser, state);
    try {
      await work(page);
      assert.deepEqual(page.faults, []);
    } finally {
      await page.close();
    }
  });
}

const copied = (page) => page.evaluate(() => outside.copied);
const shown = (page) => page.evaluate(() => document.body.innerText);

from("no server", "the command that starts one can be copied", async (page) => {
  await page.evaluate(() => outside.click("Copy this command"));
  assert.deepEqual(await copied(page), ["layer-bridge serve"]);
});

from("no server", "a Photoshop whose clipboard takes only strings gets one", async (page) => {
  await page.evaluate(() => {
    const { clipboard } = navigator;
    delete clipboard.setContent;
    clipboard.writeText = async (text) => outside.copied.push(text);
    outside.click("Copy this command");
  });
  assert.deepEqual(await copied(page), ["layer-bridge serve"]);
});

from("no server", "Connect finds the one that was started", async (page) => {
  await page.evaluate(() => {
    outside.server.isUp = true;
    outside.click("Connect");
    return outside.shows("Connected to localhost:7347");
  });
});

from("no server", "Help and Settings are a click away, and there is a way back", async (page) => {
  for (const [link, words] of [
    ["Help", "When something is wrong"],
    ["Settings", "Port of the server"],
  ]) {
    await page.evaluate((name) => outside.click(name), link);
    assert.ok((await shown(page)).includes(words));
    await page.evaluate(() => outside.click("Back"));
    assert.ok((await shown(page)).includes("Start it in a terminal"));
  }
});

from("no document", "a click on Decompose says what is missing", async (page) => {
  await page.evaluate(() => outside.click("Decompose"));
  await settle(page);
  await page.evaluate(() => outside.click("Hide this message"));
  await settle(page);
  assert.equal((await shown(page)).match(/Open a picture first/g).length, 1);
});

from("ready", "Decompose asks with the choices as they stand", async (page) => {
  const header = await page.evaluate(async () => {
    for (const [tip, choice] of [
      ["How the layers mix", "Multiply, add"],
      ["Which engine finds the layers", "Diffusion model"],
    ]) {
      outside.choose(tip, choice);
    }
    outside.click("Decompose");
    return (await outside.server.next("decompose")).header;
  });
  assert.equal(header.composition, "glow");
  assert.equal(header.engine, "diffusion");
});

from("options", "Decompose asks with the options as they stand", async (page) => {
  const header = await page.evaluate(async () => {
    outside.type("How thick a line may be.", " 6 px");
    outside.type("How rough the paper is.", "0,75");
    outside.click("Decompose");
    return (await outside.server.next("decompose")).header;
  });
  assert.deepEqual(header.options, { pencil: 6, grain: 0.75, paper: "toned", tidy: true });
});

from("options", "Reset gives every option its default", async (page) => {
  await page.evaluate(() => outside.type("How thick a line may be.", "6"));
  await settle(page);
  assert.ok((await shown(page)).includes("Options (3 changed)"));
  await page.evaluate(() => outside.click("Give every option its default"));
  await settle(page);
  assert.ok(!(await shown(page)).includes("changed"));
  const values = await page.evaluate(() => ({
    pencil: outside.widget("How thick a line may be.").value,
    tidy: outside.widget("No speckles.").checked,
  }));
  assert.deepEqual(values, { pencil: "", tidy: false });
});

from("options", "an engine without options has none to show", async (page) => {
  await page.evaluate(() => outside.choose("Which engine finds the layers", "Diffusion model"));
  await settle(page);
  assert.ok(!(await shown(page)).includes("Options"));
  const header = await page.evaluate(async () => {
    outside.click("Decompose");
    return (await outside.server.next("decompose")).header;
  });
  assert.ok(!("options" in header));
  await page.evaluate(() => outside.choose("Which engine finds the layers", "Built in"));
  await settle(page);
  assert.ok((await shown(page)).includes("Options (2 changed)"));
});

from(
  "bad number",
  "what cannot be is not asked for, and leaving it takes it back",
  async (page) => {
    const field = await page.evaluateHandle(() => outside.widget("How thick a line may be."));
    assert.ok(await field.evaluate((node) => node.hasAttribute("invalid")));
    await page.evaluate(() => outside.type("How thick a line may be.", "65"));
    await field.evaluate((node) => node.dispatchEvent(new Event("change")));
    await settle(page);
    assert.equal(await field.evaluate((node) => node.value), "");
    assert.ok(!(await shown(page)).includes("Type a whole number"));
    const header = await page.evaluate(async () => {
      outside.click("Decompose");
      return (await outside.server.next("decompose")).header;
    });
    assert.equal(header.options.pencil, 0);
  },
);

from("ready", "a new document has nothing to hide", async (page) => {
  await page.evaluate(() => {
    const list = outside.widget("Where the layers go");
    list.click();
    [...list.querySelectorAll("sp-menu-item")][2].click();
  });
  await settle(page);
  assert.ok(!(await shown(page)).includes("Hide the originals"));
});

from("busy", "Cancel stops it", async (page) => {
  await page.evaluate(async () => {
    outside.click("Cancel");
    await outside.server.next("cancel");
    await outside.shows("is as it was.");
  });
});

from("batch", "Cancel says how many it stops", async (page) => {
  await page.evaluate(() => outside.widget("Stop this and the 1 that wait"));
});

from("error", "the whole message can be copied, and sent away", async (page) => {
  await page.evaluate(() => outside.click("Copy this message"));
  const [message] = await copied(page);
  assert.match(message, /^The engine ran out of memory; .* scale the picture down\.$/);
  await page.evaluate(() => outside.click("Hide this message"));
  await settle(page);
  assert.ok(!(await shown(page)).includes("ran out of memory"));
});

from(
  "connection lost",
  "a long name is shortened on the page and whole in the copy",
  async (page) => {
    assert.ok((await shown(page)).includes("“MIO_P...print”"));
    await page.evaluate(() => outside.click("Copy this message"));
    assert.match((await copied(page))[0], /“MIO_PORTRAIT_FINAL_COLORS_v12_for_print”/);
  },
);

from("done", "Insert Again puts the layers in once more", async (page) => {
  const groups = () =>
    page.evaluate(() => {
      const { photoshop } = outside;
      return photoshop.tree(photoshop.activeDocument).filter(({ layers }) => layers).length;
    });
  assert.equal(await groups(), 1);
  await page.evaluate(() => {
    outside.click("Insert Again");
    return outside.shows("has its layers again");
  });
  assert.equal(await groups(), 2);
});

from("done", "Replace the last result leaves one group", async (page) => {
  const groups = await page.evaluate(async () => {
    outside.click("Replace the last result");
    outside.click("Insert Again");
    await outside.shows("has its layers again");
    const { photoshop } = outside;
    return photoshop.tree(photoshop.activeDocument).filter(({ layers }) => layers).length;
  });
  assert.equal(groups, 1);
});

from("bad port", "nothing of it is kept", async (page) => {
  assert.equal(await page.evaluate(() => localStorage.getItem("layer-bridge settings")), null);
  await page.evaluate(() => outside.click("Cancel"));
  assert.ok((await shown(page)).includes("Connected to localhost:7347"));
});

from("help", "its command is the one for the port that is set", async (page) => {
  await page.evaluate(async () => {
    outside.chooseFromMenu("settings");
    document.querySelector('sp-textfield[placeholder="7347"]').value = "7400";
    outside.click("Save");
    outside.chooseFromMenu("help");
  });
  assert.ok((await shown(page)).includes("layer-bridge serve --port 7400"));
});

from("self-test report", "it fits a narrow panel, and is whole in the copy", async (page) => {
  await resize(page, 220);
  assert.deepEqual(await geometryFaults(page), []);
  await page.evaluate(() => outside.click("Copy this message"));
  assert.match((await copied(page))[0], /^Layer Bridge self-test(.|\n)*96 MB in one message/);
});

from("self-test", "nothing begins before Start, and the panel waits for it", async (page) => {
  assert.match(await shown(page), /about 20 small documents; yours stay as they are/);
  await page.evaluate(() => {
    outside.open("mio.psd");
    const { core } = outside.photoshop.photoshop;
    core.executeAsModal = () => new Promise(() => {}); // a Photoshop that takes very long
    outside.click("Start");
    return outside.shows("alpha, writing");
  });
  await page.evaluate(() => {
    outside.click("Back");
    outside.click("Decompose");
    return outside.shows("The self-test is running; wait until its report is there.");
  });
  assert.equal(await page.evaluate(() => outside.server.said("decompose").length), 0);
});

from("not copied", "the text is there whole until something can be copied", async (page) => {
  const field = () => page.evaluate(() => document.querySelector("sp-textarea").value);
  assert.match(await field(), /^Layer Bridge(.|\n)*localhost/);
  await page.evaluate(() => {
    const { copied } = outside;
    navigator.clipboard.setContent = async (content) => void copied.push(content["text/plain"]);
    outside.click("Copy this command");
    return outside.until(() => copied.length === 1);
  });
  await settle(page);
  assert.doesNotMatch(await shown(page), /copy it by hand/);
});

from("not copied", "a button ticks only what is on the clipboard", async (page) => {
  const ticks = () =>
    page.evaluate(async () => {
      outside.click("Copy this command");
      await outside.pause(50);
      const icons = [...document.querySelectorAll("sp-icon")];
      return icons.filter(
        (one) => one.getAttribute("name") === "ui:CheckmarkMedium" && one.getClientRects().length,
      ).length;
    });
  assert.equal(await ticks(), 0);
  await page.evaluate(() => void (navigator.clipboard.setContent = async () => {}));
  assert.equal(await ticks(), 1);
});

from("other version", "its notice can be sent away", async (page) => {
  await page.evaluate(() => outside.click("Hide this message"));
  await settle(page);
  assert.doesNotMatch(await shown(page), /9\.0\.0/);
});

from("done", "Replace and Insert Again go where there is no use for them", async (page) => {
  const tip = () => page.evaluate(() => outside.widget("Insert Again").title);
  assert.match(
    await tip(),
    /^Put the layers of “MIO_PORTRAIT_FINAL_COLORS_v12_for_print” in again/,
  );
  await page.evaluate(() => outside.click("Replace the last result"));
  await settle(page);
  await page.evaluate(() => outside.open("other.psd"));
  await page.evaluate(() => outside.shows("All Open Documents (2)"));
  assert.doesNotMatch(await shown(page), /Replace the last result/);
  await page.evaluate(() => {
    const { photoshop } = outside;
    photoshop.closeDocument(photoshop.photoshop.app.documents[0]);
    return outside.shows("All Open Documents (1)");
  });
  assert.doesNotMatch(await shown(page), /Insert Again/);
});

from("ready", "a panel that is closed and opened again is one panel", async (page) => {
  const [former, menu] = await page.evaluate(async () => {
    const former = outside.hidePanel();
    outside.chooseFromMenu("settings");
    outside.open("haru.psd");
    outside.showPanel();
    await outside.shows("All Open Documents (2)");
    await outside.shows("Connected");
    outside.chooseFromMenu("help");
    return [former.childNodes.length, document.body.innerText];
  });
  assert.equal(former, 0);
  assert.match(menu, /When something is wrong/);
  await page.evaluate(async () => {
    outside.click("Back");
    outside.click("Decompose");
    outside.server.result(await outside.server.next("decompose"));
    await outside.shows("They restack");
  });
});

from("settings", "the menu copies diagnostics, and the panel says so", async (page) => {
  await page.evaluate(() => {
    outside.chooseFromMenu("diagnostics");
    return outside.shows("The diagnostics are on the clipboard.");
  });
  assert.match((await copied(page))[0], /^Layer Bridge/);
});
