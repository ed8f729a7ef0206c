// @ts-check
// A judge is answered: a legal officer finds a request valid and prepares what leaves, a second person releases it, each after
// a fresh passkey, in French and in English. What the authority does before and after is the test's around this journey.

import assert from "node:assert/strict";
import { addAuthenticator, axe, eventually, makePasskey, screenshot, signIn } from "../harness.mjs";

/** @typedef {import("../harness.mjs").Page} Page */
/** @typedef {import("../harness.mjs").Demo} Demo */

/** @param {import("../harness.mjs").Journey} journey */
export async function run({ page, demo, person }) {
  const officer = page;
  await addAuthenticator(officer);
  await signIn(officer, demo.sign_in.legal_officer ?? "");
  await makePasskey(officer);
  const releaser = await person("releaser");
  await addAuthenticator(releaser);
  await releaser.goto(`${demo.ready}/account/passkeys/new`);
  await makePasskey(releaser);

  const path = `/requests/${demo.request}`;
  await eventually(async () => {
    await officer.goto(demo.ready + path);
    assert.equal(await officer.locator('form[action$="/accept"] button').count(), 1);
  });
  for (const language of ["fr", "en"]) {
    await look(officer, demo, language, "board", "/requests");
    await look(officer, demo, language, "request", path);
  }
  await officer.locator('form[action$="/accept"] button').click();
  await officer.waitForURL(/done=/);
  await eventually(async () => {
    await officer.goto(demo.ready + path);
    assert.equal(await officer.locator('.page-acts a.primary[href$="/release"]').count(), 1, "what was granted was taken");
  });
  for (const language of ["fr", "en"]) await look(officer, demo, language, "release", `${path}/release`);
  await officer.locator("#reason").fill("Found valid; two tasks, one account.");
  await officer.locator('form[action$="/release/ask"] .primary').click();
  await confirmIfAsked(officer);
  await officer.waitForURL(/done=/);

  await releaser.goto(`${demo.ready}/questions`);
  await releaser.locator('a[href^="/questions/"]').first().click();
  await releaser.waitForURL(/\/questions\//);
  for (const language of ["fr", "en"]) await look(releaser, demo, language, "question", new URL(releaser.url()).pathname);
  await releaser.locator('form[action$="/approve"] button').click();
  await confirmIfAsked(releaser);
  await eventually(async () => {
    await officer.goto(demo.ready + path);
    const evidence = officer.locator(".inspector ol.receipts li.done");
    assert.ok((await evidence.count()) > 0, "the way out took the package");
  });
  assert.equal(await officer.locator('form[action$="/accept"]').count(), 0, "what was released is not accepted again");
  await look(officer, demo, "en", "released", `${path}/release`);
}

/**
 * Confirms by passkey where the act asks for it.
 * @param {Page} page
 */
async function confirmIfAsked(page) {
  const confirm = page.locator('form[data-finish="/confirm"] button');
  await Promise.race([confirm.waitFor(), page.waitForURL(/done=|\/questions(\?|$)/)]);
  if ((await confirm.count()) === 1) await confirm.click();
}

/**
 * Looks at a page in one language, light and dark, wide and narrow.
 * @param {Page} page
 * @param {Demo} demo
 * @param {string} language
 * @param {string} name
 * @param {string} path
 */
async function look(page, demo, language, name, path) {
  await page.request.post(`${demo.ready}/preferences`, { form: { language, back: path }, maxRedirects: 0 });
  await page.goto(demo.ready + path);
  assert.equal(await page.locator("html").getAttribute("lang"), language);
  for (const colorScheme of /** @type {const} */ (["dark", "light"])) {
    await page.emulateMedia({ colorScheme });
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await axe(page);
      await screenshot(page, `disclosure-${name}-${language}-${colorScheme}-${width}`);
      assert.deepEqual(await tooWide(page), [], `${name} is too wide at ${width}`);
    }
  }
}

/**
 * What stands out of the page at its right, outermost first.
 * @param {Page} page
 * @returns {Promise<string[]>}
 */
async function tooWide(page) {
  return await page.evaluate(() => {
    if (document.documentElement.scrollWidth <= innerWidth) return [];
    const wide = [...document.querySelectorAll("main *")].filter((one) => one.getBoundingClientRect().right > innerWidth);
    return wide.slice(0, 5).map((one) => `${one.tagName.toLowerCase()}.${one.className}`);
  });
}
