// @ts-check
// Photographs the screens: `node pictures.mjs FOLDER guide|all [SCREEN…]`, with the line of `vigie demo --format json` on
// standard input. Called by `cargo xtask pictures`.

import { text } from "node:stream/consumers";
import { launch } from "./browser.mjs";
import { fill, fillRelease } from "./fill.mjs";
import { ALL_VARIANTS, GUIDE_VARIANTS, photograph } from "./photograph.mjs";
import { SCREENS } from "./screens.mjs";

const [folder, which, ...names] = process.argv.slice(2);
if (!folder || (which !== "guide" && which !== "all")) {
  console.error("usage: node pictures.mjs FOLDER guide|all [SCREEN…] < the line of `vigie demo --format json`");
  process.exit(2);
}
const unknown = names.filter((name) => !SCREENS.some((screen) => screen.name === name));
if (unknown.length > 0) {
  console.error(`no such screen in screens.mjs: ${unknown.join(", ")}`);
  process.exit(2);
}

const demo = JSON.parse(await text(process.stdin));
const browser = await launch();
const problems = await photograph({
  browser,
  demo,
  screens: SCREENS.filter((screen) => names.length === 0 || names.includes(screen.name)),
  variants: which === "all" ? ALL_VARIANTS : GUIDE_VARIANTS,
  folder,
  before: [
    { role: "reviewer", run: fill },
    { role: "legal_officer", run: fillRelease },
  ],
});
await browser.close();
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
