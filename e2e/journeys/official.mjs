// @ts-check
// An authority and its officials: entered by two people, the first official let in by a link and a passkey, who sees the
// portal in both languages and nothing of the house, and lets in a colleague.

import assert from "node:assert/strict";
import { addAuthenticator, axe, makePasskey, screenshot, signIn } from "../harness.mjs";

/** @typedef {import("../harness.mjs").Page} Page */
/** @typedef {import("../harness.mjs").Demo} Demo */

const AUTHORITY = "Cour de Synthèse";
const OF_THE_HOUSE = ["/queue", "/questions", "/authorities", "/people", "/ledger", "/keys", "/child-at-risk"];

/** @param {import("../harness.mjs").Journey} journey */
export async function run({ page, context, demo, person }) {
  const legal = await person("legal_officer");
  const second = await person("data_protection_officer");
  await enterAuthority(legal, demo);
  await agree(second, demo, AUTHORITY);
  await inviteFirst(legal, demo);
  await agree(second, demo, "Odile Ferrand");

  await page.goto(`${demo.ready}/`);
  await addAuthenticator(page);
  await signIn(page, await makeLink(legal, demo));
  await page.waitForURL(/\/account\/passkeys\/new/);
  await page.goto(`${demo.ready}/portal`);
  await page.waitForURL(/\/account\/passkeys\/new/);
  assert.equal(await page.locator("nav").count(), 0, "before the passkey there is nothing to go to");
  await makePasskey(page);
  await page.goto(`${demo.ready}/`);
  await page.waitForURL(/\/portal$/);

  for (const language of ["fr", "en"]) {
    await look(page, demo, language, "requests", "/portal");
    await look(page, demo, language, "new", "/portal/requests/new");
    await look(page, demo, language, "authority", "/portal/authority");
    await look(page, demo, language, "colleagues", "/portal/colleagues");
    await look(page, demo, language, "account", "/account");
  }
  for (const path of OF_THE_HOUSE) {
    const answer = await page.request.get(demo.ready + path, { headers: { accept: "text/html" } });
    assert.equal(answer.status(), 403, path);
    assert.ok(!(await answer.text()).includes('id="rail"'), `${path} shows the rail of the house`);
  }
  const refused = await legal.request.get(`${demo.ready}/portal`);
  assert.equal(refused.status(), 403, "nobody of the house comes to the portal");

  await handIn(page, demo);
  await inviteColleague(page, demo, context);
  await page.locator(".person-button").click();
  await page.locator('form[action="/sign-out"] button').click();
  await page.waitForURL(`${demo.ready}/`);
  await page.goto(`${demo.ready}/sign-in`);
  await page.locator('form[action="/sign-in"] button').click();
  await page.waitForURL(/\/portal$/);
}

/**
 * @param {Page} page
 * @param {Demo} demo
 */
async function enterAuthority(page, demo) {
  await page.goto(`${demo.ready}/authorities/new`);
  await page.locator("#name").fill(AUTHORITY);
  await page.locator("#country").fill("BE");
  await page.locator('input[name="role"][value="judge"]').check();
  await page.locator("#domains").fill("cour-synthese.example");
  await page.locator("#call_back").fill("+32 2 990 00 10");
  await page.locator("#directory").fill("Synthetic directory of courts, p. 3");
  await page.locator("#reason").fill("They asked to be entered.");
  await page.locator("main form .primary").click();
  await page.waitForURL(/done=question-asked/);
}

/**
 * Agrees as the second person to the question about this.
 * @param {Page} page
 * @param {Demo} demo
 * @param {string} subject
 */
async function agree(page, demo, subject) {
  await page.goto(`${demo.ready}/questions`);
  await page.locator("tr[data-row]").filter({ hasText: subject }).locator("a.row-link").click();
  await page.locator("#parameters").waitFor();
  await axe(page);
  await screenshot(page, `official-question-${subject.split(" ")[0]}`);
  await page.locator('form[action$="/approve"] button').click();
  await page.waitForURL(/done=question-approved/);
}

/**
 * @param {Page} page
 * @param {Demo} demo
 */
async function openAuthority(page, demo) {
  await page.goto(`${demo.ready}/authorities`);
  await page.locator("a.row-link", { hasText: AUTHORITY }).click();
  await page.locator("#officials").waitFor();
}

/**
 * @param {Page} page
 * @param {Demo} demo
 */
async function inviteFirst(page, demo) {
  await openAuthority(page, demo);
  await axe(page);
  await page.locator("#name").fill("Odile Ferrand");
  await page.locator("#mail").fill("odile.ferrand@cour-synthese.example");
  await page.locator("#reason").fill("Named by the president of the court.");
  await page.locator('form[action$="/officials"] .primary').click();
  await page.waitForURL(/done=question-asked/);
}

/**
 * Makes the link of the first official, which takes a passkey of who makes it.
 * @param {Page} page
 * @param {Demo} demo
 */
async function makeLink(page, demo) {
  await addAuthenticator(page);
  await page.goto(`${demo.ready}/account/passkeys/new`);
  await makePasskey(page);
  await openAuthority(page, demo);
  await page.locator('form[action$="/officials/link"] button').click();
  await page.locator('form[data-finish="/confirm"] button').click();
  const secret = page.locator("#secret");
  await secret.waitFor();
  await axe(page);
  await screenshot(page, "official-link");
  return secret.inputValue();
}

/**
 * Hands in a request with its signed document, and reads what the house says at once.
 * @param {Page} page
 * @param {Demo} demo
 */
async function handIn(page, demo) {
  await page.goto(`${demo.ready}/portal/requests/new`);
  const document = { name: "order.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7 synthetic") };
  await page.locator("#document").setInputFiles(document);
  await page.locator("#regime").selectOption("dsa-10");
  await page.locator("#reference").fill("2026/118");
  await page.locator("#legal_bases").fill("2022/2065");
  await page.locator("#values-1").fill("account-1\naccount-2");
  await page.locator('input[name="category"][value="subscriber"]').check();
  await page.locator('form[action="/portal/requests"] .primary').click();
  await page.waitForURL(/done=portal-handed-in/);
  const path = new URL(page.url()).pathname;
  for (const language of ["fr", "en"]) await look(page, demo, language, "request", path);
  await page.goto(`${demo.ready}/portal`);
  assert.equal(await page.locator("tbody tr").count(), 1);
}

/**
 * @param {Page} page
 * @param {Demo} demo
 * @param {import("../harness.mjs").BrowserContext} context
 */
async function inviteColleague(page, demo, context) {
  await page.goto(`${demo.ready}/portal/colleagues`);
  await page.locator("#name").fill("Paul Lambert");
  await page.locator("#mail").fill("paul.lambert@cour-synthese.example");
  await page.locator('form[action="/portal/colleagues"] .primary').click();
  await page.locator('form[data-finish="/confirm"] button').click();
  const link = await page.locator("#secret").inputValue();

  const elsewhere = await context.browser()?.newContext({ locale: "fr-FR" });
  assert.ok(elsewhere);
  const colleague = await elsewhere.newPage();
  await addAuthenticator(colleague);
  await signIn(colleague, link);
  await makePasskey(colleague);
  await colleague.goto(`${demo.ready}/portal/colleagues`);
  assert.equal(await colleague.locator("tbody tr").count(), 2);
  assert.equal(await colleague.locator("main form").count(), 0, "who does not administer has nothing to press");
  await elsewhere.close();
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
  assert.equal(await page.locator("#rail").count(), 0, "the rail is of the house");
  assert.equal(await page.locator(".portal-nav strong").textContent(), AUTHORITY);
  for (const colorScheme of /** @type {const} */ (["dark", "light"])) {
    await page.emulateMedia({ colorScheme });
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await axe(page);
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(sideways <= 0, `${name} is ${sideways} pixels too wide at ${width}`);
      await screenshot(page, `official-${name}-${language}-${colorScheme}-${width}`);
    }
  }
}
