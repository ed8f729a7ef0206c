// @ts-check
// What journeys of the disclosure desk share: looking at a page in a language, confirming by passkey, the acts of a request at the
// house, and letting an authority's first official in. What is done, is done in the language that the page has then.

import assert from "node:assert/strict";
import { addAuthenticator, axe, eventually, makePasskey, screenshot, signIn } from "./harness.mjs";

/** @typedef {import("./harness.mjs").Page} Page */
/** @typedef {import("./harness.mjs").Demo} Demo */

/**
 * Goes on in a language, at this path.
 * @param {Page} page
 * @param {Demo} demo
 * @param {string} language
 * @param {string} path
 */
export async function speak(page, demo, language, path) {
  await page.request.post(`${demo.ready}/preferences`, { form: { language, back: path }, maxRedirects: 0 });
  await page.goto(demo.ready + path);
  assert.equal(await page.locator("html").getAttribute("lang"), language);
}

/**
 * Looks at a page in one language, light and dark, wide and narrow.
 * @param {Page} page
 * @param {Demo} demo
 * @param {string} language
 * @param {string} name of its pictures
 * @param {string} path
 */
export async function look(page, demo, language, name, path) {
  await speak(page, demo, language, path);
  for (const colorScheme of /** @type {const} */ (["dark", "light"])) {
    await page.emulateMedia({ colorScheme });
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await axe(page);
      await screenshot(page, `${name}-${language}-${colorScheme}-${width}`);
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

/**
 * Confirms by passkey where the act asks for it.
 * @param {Page} page
 */
export async function confirmIfAsked(page) {
  const confirm = page.locator('form[data-finish="/confirm"] button');
  await Promise.race([confirm.waitFor(), page.waitForURL(/done=|\/questions(\?|$)/)]);
  if ((await confirm.count()) === 1) await confirm.click();
}

/**
 * Opens a page until something is there that another process does in its own time.
 * @param {Page} page
 * @param {string} address
 * @param {string} selector
 */
export async function until(page, address, selector) {
  await eventually(async () => {
    await page.goto(address);
    assert.equal(await page.locator(selector).count(), 1, selector);
  });
}

/**
 * Opens a request from the list on the page.
 * @param {Page} page
 * @param {string} reference of the authority
 */
export async function openRequest(page, reference) {
  await page.locator("tr[data-row]").filter({ hasText: reference }).locator("a.row-link").click({ timeout: 5000 });
  await page.waitForURL(/\/requests\/./);
}

/**
 * Presses a button of a form, and waits for what was done.
 * @param {Page} page
 * @param {string} selector
 */
export async function act(page, selector) {
  await page.locator(selector).click();
  await page.waitForURL(/done=/);
}

/**
 * Accepts a request and asks for its release.
 * @param {Page} officer
 * @param {string} address of the request
 */
export async function accept(officer, address) {
  await until(officer, address, 'form[action$="/accept"] button');
  await act(officer, 'form[action$="/accept"] button');
  await until(officer, address, '.page-acts a.primary[href$="/release"]');
}

/**
 * @param {Page} officer
 * @param {string} reason
 */
export async function askRelease(officer, reason) {
  await officer.locator("#reason").fill(reason);
  await officer.locator('form[action$="/release/ask"] .primary').click();
  await confirmIfAsked(officer);
  await officer.waitForURL(/done=/);
}

/**
 * Opens the newest question that waits for this person.
 * @param {Page} releaser
 * @param {Demo} demo
 */
export async function openQuestion(releaser, demo) {
  await releaser.goto(`${demo.ready}/questions`);
  await releaser.locator('a[href^="/questions/"]').first().click();
  await releaser.waitForURL(/\/questions\//);
}

/**
 * Agrees to the question on the page, and waits until the package left.
 * @param {Page} releaser
 * @param {Page} officer
 * @param {string} address of the request
 */
export async function agreeToRelease(releaser, officer, address) {
  await releaser.locator('form[action$="/approve"] button').click();
  await confirmIfAsked(releaser);
  await eventually(async () => {
    await officer.goto(address);
    const evidence = officer.locator(".inspector ol.receipts li.done");
    assert.ok((await evidence.count()) > 0, "the way out took the package");
  });
}

/**
 * The entries of the ledger about the request on the page: number and act, the oldest first.
 * @param {Page} page
 * @returns {Promise<[number, string][]>}
 */
export async function trail(page) {
  return await page.locator("details.panel.more tbody tr").evaluateAll((rows) =>
    rows.map((row) => [
      Number((row.querySelector("td.number")?.textContent ?? "").replaceAll(/\D/g, "")),
      row.querySelector("th.mono")?.textContent ?? "",
    ]),
  );
}

/**
 * @typedef {object} Entered an authority to be entered
 * @property {string} name
 * @property {string} country
 * @property {string} role of its officials
 * @property {string} domain
 * @property {string} official the first one
 */

/**
 * Enters an authority by two people of the house, and lets its first official in: the link, as it is made after a passkey of who
 * makes it, who has one.
 * @param {Page} one
 * @param {Page} other
 * @param {Demo} demo
 * @param {Entered} entered
 */
export async function letIn(one, other, demo, entered) {
  await one.goto(`${demo.ready}/authorities/new`);
  await one.locator("#name").fill(entered.name);
  await one.locator("#country").fill(entered.country);
  await one.locator(`input[name="role"][value="${entered.role}"]`).check();
  await one.locator("#domains").fill(entered.domain);
  await one.locator("#call_back").fill("+32 2 990 00 10");
  await one.locator("#directory").fill("Synthetic directory of courts, p. 3");
  await one.locator("#reason").fill("They asked to be entered.");
  await one.locator("main form .primary").click();
  await one.waitForURL(/done=question-asked/);
  await agree(other, demo, entered.name);
  await openAuthority(one, demo, entered.name);
  await axe(one);
  await one.locator("#name").fill(entered.official);
  await one.locator("#mail").fill(`official@${entered.domain}`);
  await one.locator("#reason").fill("Named by the president of the court.");
  await one.locator('form[action$="/officials"] .primary').click();
  await one.waitForURL(/done=question-asked/);
  await agree(other, demo, entered.official);
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
 * @param {string} name
 */
async function openAuthority(page, demo, name) {
  await page.goto(`${demo.ready}/authorities`);
  await page.locator("a.row-link", { hasText: name }).click();
  await page.locator("#officials").waitFor();
}

/**
 * Makes the link of the first official, which takes a passkey of who makes it.
 * @param {Page} page
 * @param {Demo} demo
 * @param {string} name of the authority
 */
export async function makeLink(page, demo, name) {
  await openAuthority(page, demo, name);
  await page.locator('form[action$="/officials/link"] button').click();
  const [confirm, secret] = [page.locator('form[data-finish="/confirm"] button'), page.locator("#secret")];
  await confirm.or(secret).waitFor();
  if ((await confirm.count()) === 1) await confirm.click();
  await secret.waitFor();
  await axe(page);
  await screenshot(page, "official-link");
  return await secret.inputValue();
}

/**
 * Comes in by a link, and makes a passkey.
 * @param {Page} page
 * @param {Demo} demo
 * @param {string} link
 */
export async function comeIn(page, demo, link) {
  await page.goto(`${demo.ready}/`);
  await addAuthenticator(page);
  await signIn(page, link);
  await page.waitForURL(/\/account\/passkeys\/new/);
  await page.goto(`${demo.ready}/portal`);
  await page.waitForURL(/\/account\/passkeys\/new/);
  assert.equal(await page.locator("nav").count(), 0, "before the passkey there is nothing to go to");
  await makePasskey(page);
}
