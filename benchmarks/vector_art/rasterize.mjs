/** Renders SVG files beside themselves as PNG: node rasterize.mjs WIDTH FILE... */
import { readFileSync, writeFileSync } from "node:fs";

import { Resvg } from "@resvg/resvg-js";

const [width, ...files] = process.argv.slice(2);
for (const file of files) {
  const fitTo = { mode: "width", value: Number(width) };
  const picture = new Resvg(readFileSync(file, "utf8"), { fitTo }).render();
  writeFileSync(file.replace(/svg$/, "png"), picture.asPng());
}
