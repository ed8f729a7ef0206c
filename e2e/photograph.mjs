// @ts-check
// Photographs of screens, by a list: what `cargo xtask pictures` puts into the guide.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Problems } from "./browser.mjs";
import { signInAs } from "./harness.mjs";

/** @typedef {import("playwright-core").Browser} Browser */
/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./harness.mjs").Demo} Demo */
/** @typedef {Awaited<ReturnType<import("playwright-core").BrowserContext["storageState"]>>} Session */

/**
 * @typedef {object} Screen
 * @property {string} name of the file, before the variant
 * @property {string | null} role whose screen it is; null for a page that anybody may see
 * @property {string} path under the address of the console
 * @property {(page: Page) => Promise<unknown>} [prepare] what to do on the page before the picture, for example to follow
 *   the first link of a list; it must not change anything, because it is done once for every variant
 */

/**
 * @typedef {object} Variant
 * @property {"en" | "fr"} language
 * @property {"light" | "dark"} scheme
 * @property {"wide" | "narrow"} width
 */

const LOCALES = { en: "en-GB", fr: "fr-FR" };
const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };

/** Every combination of language, colour scheme and width. */
export const ALL_VARIANTS = /** @type {Variant[]} */ (
  ["en", "fr"].flatMap((language) =>
    ["light", "dark"].flatMap((scheme) => ["wide", "narrow"].map((width) => ({ language, scheme, width }))),
  )
);

/** What the guide shows: enough to see both languages, both schemes and both widths, without filling the repository. */
export const GUIDE_VARIANTS = /** @type {Variant[]} */ ([
  { language: "en", scheme: "light", width: "wide" },
  { language: "fr", scheme: "dark", width: "narrow" },
]);

/**
 * @param {object} job
 * @param {Browser} job.browser
 * @param {Demo} job.demo
 * @param {Screen[]} job.screens
 * @param {Variant[]} job.variants
 * @param {string} job.folder
 * @param {{ role: string, run: (page: Page, demo: Demo) => Promise<void> }[]} [job.before] done once by somebody with this
 *   role, one after the other, before the first picture
 * @returns {Promise<string[]>} what was wrong on the pages: none of them may have a problem
 */
export async function photograph({ browser, demo, screens, variants, folder, before = [] }) {
  await mkdir(folder, { recursive: true });
  const problems = new Problems();
  const sessions = await signInOnce(browser, demo, [...screens, ...before]);
  for (const { role, run } of before) {
    const context = await browser.newContext({ locale: "en-GB", storageState: sessions.get(role) });
    await run(await context.newPage(), demo);
    await context.close();
  }
  for (const variant of variants) {
    for (const screen of screens) {
      const context = await problems.watchedContext(browser, {
        locale: LOCALES[variant.language],
        colorScheme: variant.scheme,
        viewport: SIZES[variant.width],
        reducedMotion: "reduce",
        storageState: screen.role ? sessions.get(screen.role) : undefined,
      });
      const page = await context.newPage();
      await page.goto(new URL(screen.path, demo.ready).href, { waitUntil: "networkidle" });
      await screen.prepare?.(page);
      await page.waitForLoadState("networkidle");
      const file = `${screen.name}-${variant.language}-${variant.scheme}-${variant.width}.png`;
      await page.screenshot({ path: join(folder, file), fullPage: true });
      await problems.settled([context]);
      await context.close();
    }
  }
  return problems.settled([]);
}

/**
 * A sign-in link works once, and a person is photographed many times: their cookies are taken over.
 * @param {Browser} browser
 * @param {Demo} demo
 * @param {{ role: string | null }[]} people
 */
async function signInOnce(browser, demo, people) {
  const roles = new Set(people.flatMap(({ role }) => (role ? [role] : [])));
  /** @type {Map<string, Session>} */
  const sessions = new Map();
  for (const role of roles) {
    const link = demo.sign_in[role];
    if (!link) throw new Error(`the demo has no sign-in link for the role ${role}`);
    const context = await browser.newContext();
    await signInAs(await context.newPage(), role, link);
    sessions.set(role, await context.storageState());
    await context.close();
  }
  return sessions;
}
