// @ts-check
// Every screen of `screens.mjs`, in both languages, light and dark, wide and narrow: axe finds nothing, nothing has to be
// scrolled sideways, no page complains.

import assert from "node:assert/strict";
import { fill, fillRelease } from "../fill.mjs";
import { axe } from "../harness.mjs";
import { SCREENS } from "../screens.mjs";

const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };

// Every pair of choices is met: each language in light and in dark, wide and narrow, each width in light and in dark.
const VARIANTS = /** @type {const} */ ([
  { language: "en", looks: [{ colorScheme: "light", size: WIDE }, { colorScheme: "dark", size: NARROW }] },
  { language: "fr", looks: [{ colorScheme: "dark", size: WIDE }, { colorScheme: "light", size: NARROW }] },
]);

/** @param {import("../harness.mjs").Journey} journey */
export async function run({ page: ofNobody, demo, person }) {
  await fill(await person("reviewer"), demo);
  await fillRelease(await person("legal_officer"), demo);
  /** @type {string[]} */
  const found = [];
  for (const { language, looks } of VARIANTS) {
    for (const screen of SCREENS) {
      const page = screen.role ? await person(screen.role) : ofNobody;
      await speak(page, demo, language);
      await page.goto(new URL(screen.path, demo.ready).href);
      await screen.prepare?.(page);
      assert.equal(await page.locator("html").getAttribute("lang"), language);
      for (const { colorScheme, size } of looks) {
        await page.setViewportSize(size);
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        const where = `${screen.name}, ${language}, ${colorScheme}, ${size.width} wide`;
        await axe(page).catch((error) => found.push(`${where}: ${error.message}`));
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (sideways > 0) found.push(`${where}: ${sideways} pixels too wide`);
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
