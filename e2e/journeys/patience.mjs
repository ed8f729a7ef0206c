// @ts-check
// Thinking for longer than a lease lasts: the page keeps it while somebody is there, lets it go when nobody is, and says so when
// it is lost. And a look that is refused is asked for once.

import assert from "node:assert/strict";
import { axe, eventually, signIn } from "../harness.mjs";

/** @typedef {import("../harness.mjs").Page} Page */

/** @param {import("../harness.mjs").Journey} journey */
export async function run({ page, demo }) {
  const incident = demo.ready + /** @type {{ incident: string }} */ (/** @type {unknown} */ (demo)).incident;
  await signIn(page, demo.sign_in.reviewer ?? "");
  await page.clock.install();
  await page.goto(incident);
  await page.locator('form[action$="/claim"] button').click();
  await page.locator("[data-lease]").waitFor({ state: "attached" });

  /** @type {boolean[]} */
  const renewed = [];
  page.on("response", async (response) => {
    if (response.url().endsWith("/renew")) renewed.push((await response.json()).held);
  });
  await page.keyboard.press("Shift");
  await minutes(page, 40);
  assert.deepEqual(renewed, [true, true, true], "for fifteen minutes after the last sign of life, every four");
  await page.keyboard.press("Shift");
  await minutes(page, 4);
  await eventually(async () => assert.equal(renewed.length, 4, "and again, once somebody is back"));
  await hide(page, true);
  await page.keyboard.press("Shift");
  await minutes(page, 12);
  assert.equal(renewed.length, 4, "not behind another page");

  // Another page of the same person gives the incident back.
  const fence = await page.locator("[data-lease]").getAttribute("data-fence");
  await page.request.post(`${incident}/release`, { form: { fence: fence ?? "" }, headers: { origin: demo.ready } });
  const lost = page.locator("[data-lease]");
  assert.ok(await lost.isHidden());
  await hide(page, false);
  await lost.waitFor({ state: "visible" });
  await axe(page);
  await eventually(async () => assert.deepEqual(renewed, [true, true, true, true, false], "who comes back learns at once"));
  await minutes(page, 20);
  assert.equal(renewed.length, 5, "and then it is over");

  await page.locator('.shield button[value="shielded"]:enabled').first().click();
  await page.locator("main", { hasText: "no_need" }).waitFor();
  await axe(page);
}

/**
 * Lets the page's clock go on, a minute at a time, with room for what it asks for.
 * @param {Page} page
 * @param {number} count
 */
async function minutes(page, count) {
  for (let passed = 0; passed < count; passed += 1) {
    await page.clock.runFor(60_000);
    await page.waitForLoadState("networkidle");
  }
  await page.evaluate(() => fetch("/healthz").then((answer) => answer.text()));
}

/**
 * Puts the page behind another, or before it again.
 * @param {Page} page
 * @param {boolean} hidden
 */
async function hide(page, hidden) {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}
