// @ts-check
// An authority and its officials: entered by two people, the first official let in by a link and a passkey, who sees the
// portal in both languages and nothing of the house, and lets in a colleague.

import assert from "node:assert/strict";
import { comeIn, letIn, look as lookAt, makeLink } from "../desk.mjs";
import { addAuthenticator, makePasskey, signIn } from "../harness.mjs";

/** @typedef {import("../harness.mjs").Page} Page */
/** @typedef {import("../harness.mjs").Demo} Demo */

const AUTHORITY = "Cour de Synthèse";
const OF_THE_HOUSE = ["/queue", "/questions", "/authorities", "/people", "/ledger", "/keys", "/child-at-risk"];

/** @param {import("../harness.mjs").Journey} journey */
export async function run({ page, context, demo, person }) {
  const legal = await person("legal_officer");
  const second = await person("data_protection_officer");
  await addAuthenticator(legal);
  await legal.goto(`${demo.ready}/account/passkeys/new`);
  await makePasskey(legal);
  await letIn(legal, second, demo, {
    name: AUTHORITY,
    country: "BE",
    role: "judge",
    domain: "cour-synthese.example",
    official: "Odile Ferrand",
  });
  await comeIn(page, demo, await makeLink(legal, demo, AUTHORITY));
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
 * Looks at a page of the portal.
 * @param {Page} page
 * @param {Demo} demo
 * @param {string} language
 * @param {string} name
 * @param {string} path
 */
async function look(page, demo, language, name, path) {
  await lookAt(page, demo, language, `official-${name}`, path);
  assert.equal(await page.locator("#rail").count(), 0, "the rail is of the house");
  assert.equal(await page.locator(".portal-nav strong").textContent(), AUTHORITY);
}
