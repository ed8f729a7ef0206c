// @ts-check
// Every screen of `screens.mjs`, in both languages, light and dark, wide and narrow: axe finds nothing, nothing has to be
// scrolled sideways, no page complains.

import assert from "node:assert/strict";
import { fill } from "../fill.mjs";
import { axe } from "../harness.mjs";
import { SCREENS } from "../screens.mjs";

const SIZES = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

/** @param {import("../harness.mjs").Journey} journey */
export async function run({ page: ofNobody, demo, person }) {
  await fill(await person("reviewer"), demo);
  /** @type {string[]} */
  const found = [];
  for (const language of ["en", "fr"]) {
    for (const screen of SCREENS) {
      const page = screen.role ? await person(screen.role) : ofNobody;
      await speak(page, demo, language);
      await page.goto(new URL(screen.path, demo.ready).href);
      await screen.prepare?.(page);
      assert.equal(await page.locator("html").getAttribute("lang"), language);
      for (const size of SIZES) {
        await page.setViewportSize(size);
        for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
          await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
          const where = `${screen.name}, ${language}, ${colorScheme}, ${size.width} wide`;
          // Of all that axe looks at, the colours alone are others in the dark.
          await axe(page, colorScheme === "dark" ? ["color-contrast"] : undefined).catch((error) => found.push(`${where}: ${error.message}`));
        }
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (sideways > 0) found.push(`${screen.name}, ${language}: ${sideways} pixels too wide for ${size.width}`);
      }
    }
  }
  assert.equal(found.length, 0, found.join("\n"));
}

/**
 * Chooses the language, as the menu does.
 * @param {import("../harness.mjs").Page} page
 * @param {import("../harness.mjs").Demo} demo
 * @param {string} language
 */
async function speak(page, demo, language) {
  await page.request.post(`${demo.ready}/preferences`, { form: { language, back: "/keys" }, maxRedirects: 0 });
}
