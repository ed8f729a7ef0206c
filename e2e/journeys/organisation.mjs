// @ts-check
// An account of the organisation: joined after a personal link, used to sign in, listed, and parted again.

import assert from "node:assert/strict";
import { axe, screenshot, signIn } from "../harness.mjs";

/** @typedef {import("../harness.mjs").Page} Page */
/** @typedef {import("../harness.mjs").Demo} Demo */

/** @param {import("../harness.mjs").Journey} journey */
export async function run({ page, demo, person }) {
  await look(page, demo, "front", "/");
  await look(page, demo, "sign-in", "/sign-in");

  await signIn(page, demo.sign_in.reviewer ?? "");
  await page.waitForURL(/\/account\/passkeys\/new/);
  await look(page, demo, "first");
  await page.locator('form[action="/account/identities"] button').click();
  await sayWho(page, "ada");
  await page.waitForURL(/\/account\?done=identity-joined/);
  await look(page, demo, "account");
  assert.equal(await page.locator('form[action^="/account/identities/"][action$="/remove"]').count(), 1);

  await page.locator(".person-button").click();
  await page.locator('form[action="/sign-out"] button').click();
  await page.waitForURL(`${demo.ready}/`);
  await page.locator('form[action="/sign-in/provider"] button').click();
  await sayWho(page, "ada");
  await page.waitForURL(`${demo.ready}/`);
  assert.equal(await page.locator(".who-name").first().textContent(), "Ada");

  const administrator = await person("administrator");
  await administrator.goto(`${demo.ready}/people`);
  await administrator.locator("main a.row-link", { hasText: "Ada" }).click();
  await axe(administrator);
  await screenshot(administrator, "organisation-person");
  await administrator.locator('form[action*="/identities/"] button').click();
  await administrator.waitForURL(/done=identity-of-removed/);
  const refused = await page.request.get(`${demo.ready}/account`);
  assert.equal(refused.status(), 401, "their sessions have ended");
}

/**
 * At the sign-in service, to which the page before leads by itself.
 * @param {Page} page
 * @param {string} name
 */
async function sayWho(page, name) {
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/**
 * Looks at the page as it is or at a path, in both languages, light and dark, wide and narrow.
 * @param {Page} page
 * @param {Demo} demo
 * @param {string} name
 * @param {string} [path]
 */
async function look(page, demo, name, path) {
  const address = path ? demo.ready + path : page.url();
  for (const language of ["fr", "en"]) {
    await page.request.post(`${demo.ready}/preferences`, { form: { language, back: "/" }, maxRedirects: 0 });
    await page.goto(address);
    assert.equal(await page.locator("html").getAttribute("lang"), language);
    for (const colorScheme of /** @type {const} */ (["dark", "light"])) {
      await page.emulateMedia({ colorScheme });
      for (const width of [390, 1440]) {
        await page.setViewportSize({ width, height: 900 });
        await axe(page);
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(sideways <= 0, `${name} is ${sideways} pixels too wide at ${width}`);
        await screenshot(page, `organisation-${name}-${language}-${colorScheme}-${width}`);
      }
    }
  }
}
