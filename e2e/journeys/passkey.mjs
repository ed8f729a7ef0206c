// @ts-check
// From a link to a passkey: made, used to sign in, asked for again before a picture is shown in full; sessions listed and
// ended; a later link that lets in for nothing but another passkey.

import assert from "node:assert/strict";
import { addAuthenticator, axe, eventually, screenshot, signIn } from "../harness.mjs";

/** @typedef {import("../harness.mjs").Page} Page */
/** @typedef {import("../harness.mjs").Demo} Demo */

/** @param {import("../harness.mjs").Journey} journey */
export async function run({ page, context, demo, person }) {
  await addAuthenticator(page);
  await signIn(page, demo.sign_in.reviewer ?? "");
  await page.waitForURL(/\/account\/passkeys\/new/);
  await look(page, demo, "passkey-first");
  await page.locator('form[data-passkey="create"] button').click();
  await page.waitForURL(/done=passkey-made/);
  assert.equal(await page.locator('form[action$="/remove"]').count(), 1, "the passkey is listed");

  await page.locator(".person-button").click();
  await page.locator('form[action="/sign-out"] button').click();
  await page.waitForURL(`${demo.ready}/`);
  await signInByPasskey(page, demo);

  await openPicture(page, demo);
  for (const step of ["shielded", "soft"]) await reveal(page, step);
  await page.locator('.shield button[value="full"]:enabled').first().click();
  await page.locator('form[data-finish="/confirm"]').waitFor();
  await axe(page);
  await page.locator('form[data-finish="/confirm"] button').click();
  await arrives(page, "full");
  await page.locator("form[data-hide-all] button").click();

  await look(page, demo, "confirm", "/confirm?back=/account");
  await page.locator("form[data-passkey] button").click();
  await page.waitForURL((url) => url.pathname === "/account");
  await look(page, demo, "passkey-another", "/account/passkeys/new");

  // The session goes on in another browser; here the same person signs in anew, and ends it from there.
  const elsewhere = await context.browser()?.newContext();
  assert.ok(elsewhere);
  await elsewhere.addCookies(await context.cookies());
  const status = async () => (await elsewhere.request.get(`${demo.ready}/account`)).status();
  assert.equal(await status(), 200);
  await context.clearCookies();
  await signInByPasskey(page, demo);
  await look(page, demo, "account", "/account");
  const ends = page.locator('form[action^="/account/sessions/"][action$="/end"] button');
  assert.equal(await ends.count(), 1, "the other session is listed, and this one cannot be ended here");
  await ends.click();
  await page.waitForURL(/done=session-ended/);
  assert.equal(await status(), 401, "it is refused at its next request");
  await elsewhere.close();

  await recover(page, demo, await person("administrator"));
}

/**
 * @param {Page} page
 * @param {Demo} demo
 */
async function signInByPasskey(page, demo) {
  await look(page, demo, "sign-in", "/sign-in");
  await page.locator('form[action="/sign-in"] button').click();
  await page.waitForURL(`${demo.ready}/`);
  await page.locator(".who-name").first().waitFor();
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
    await page.request.post(`${demo.ready}/preferences`, { form: { language, back: "/keys" }, maxRedirects: 0 });
    await page.goto(address);
    assert.equal(await page.locator("html").getAttribute("lang"), language);
    for (const colorScheme of /** @type {const} */ (["dark", "light"])) {
      await page.emulateMedia({ colorScheme });
      for (const width of [390, 1440]) {
        await page.setViewportSize({ width, height: 900 });
        await axe(page);
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(sideways <= 0, `${name} is ${sideways} pixels too wide at ${width}`);
        await screenshot(page, `passkey-${name}-${language}-${colorScheme}-${width}`);
      }
    }
  }
}

/**
 * Opens and claims an incident about an account that holds a picture.
 * @param {Page} page
 * @param {Demo} demo
 */
async function openPicture(page, demo) {
  await eventually(async () => {
    await page.goto(`${demo.ready}/queue`);
    const rows = page.locator("tr[data-row]").filter({ hasText: "Account" }).locator("a.row-link");
    for (const path of await rows.evaluateAll((links) => links.map((link) => link.getAttribute("href")))) {
      await page.goto(demo.ready + path);
      if ((await page.locator(".shield .unseen svg").count()) > 0) return;
    }
    assert.fail("no incident about an account with a picture");
  });
  await page.locator('form[action$="/claim"] button').click();
}

/**
 * @param {Page} page
 * @param {string} step
 */
async function reveal(page, step) {
  await page.locator(`.shield button[value="${step}"]:enabled`).first().click();
  await arrives(page, step);
}

/**
 * Waits until the preview has come from the evidence listener.
 * @param {Page} page
 * @param {string} step
 */
async function arrives(page, step) {
  const image = page.locator(`.shield img[data-step="${step}"]`).first();
  await image.waitFor();
  await eventually(async () => {
    const width = await image.evaluate((element) => /** @type {HTMLImageElement} */ (element).naturalWidth);
    assert.ok(width > 0, "the preview has not come");
  });
}

/**
 * An administrator makes another link: with a passkey already there, it is good for making another one alone.
 * @param {Page} page
 * @param {Demo} demo
 * @param {Page} administrator
 */
async function recover(page, demo, administrator) {
  await administrator.goto(`${demo.ready}/people`);
  await administrator.locator("main a.row-link", { hasText: "Mira" }).click();
  await axe(administrator);
  await screenshot(administrator, "passkey-person");
  await administrator.locator('form[action$="/link"] button').click();
  const link = await administrator.locator("#secret").inputValue();

  await page.context().clearCookies();
  await signIn(page, link);
  await page.waitForURL(/\/account\/passkeys\/new/);
  await look(page, demo, "recover");
  await page.goto(`${demo.ready}/queue`);
  await page.waitForURL(/\/account\/passkeys\/new/);
  await page.goto(`${demo.ready}/`);
  await page.waitForURL(/\/account\/passkeys\/new/);
  // The device has a passkey of this person: it says so, and makes no second one.
  await page.locator('form[data-passkey="create"] button').click();
  await page.locator('[data-said="known"]').waitFor();
  await axe(page);

  await administrator.goto(`${demo.ready}/people`);
  await administrator.locator("main a.row-link", { hasText: "Mira" }).click();
  await administrator.locator('a[href$="/passkeys/remove"]').click();
  await axe(administrator);
  await administrator.locator("main form button.danger").click();
  await administrator.waitForURL(/done=passkeys-removed/);
  const refused = await page.request.get(`${demo.ready}/account/passkeys/new`);
  assert.equal(refused.status(), 401, "their sessions have ended");
}
