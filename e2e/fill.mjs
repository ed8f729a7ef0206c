// @ts-check
// Something on every screen: waits for what the demo sends, raises an alarm, decides an incident so that actions are done
// and a second person is asked, accepts a request so that there is something to release. For journeys and pictures whose demo
// nobody uses afterwards.

import { accept, openRequest } from "./desk.mjs";
import { eventually } from "./harness.mjs";

/** The request of the demo whose records are taken: the other stays as it came in. */
export const TO_RELEASE = "PV 2026/118";

/**
 * @param {import("playwright-core").Page} page of somebody who reviews
 * @param {import("./harness.mjs").Demo} demo
 */
export async function fill(page, demo) {
  await eventually(async () => {
    await page.goto(`${demo.ready}/waves`);
    await page.locator("main a.row-link").first().waitFor({ timeout: 1000 });
  });
  await raiseAlarm(page, demo);
  // What comes in while somebody decides has to be looked at: then it is decided again.
  await eventually(() => decideAboutAnAccount(page, demo), 120_000);
}

/**
 * @param {import("playwright-core").Page} page of somebody who answers authorities
 * @param {import("./harness.mjs").Demo} demo
 */
export async function fillRelease(page, demo) {
  await eventually(async () => {
    await page.goto(`${demo.ready}/requests`);
    await openRequest(page, TO_RELEASE);
  });
  await accept(page, page.url());
}

/**
 * @param {import("playwright-core").Page} page
 * @param {import("./harness.mjs").Demo} demo
 */
async function raiseAlarm(page, demo) {
  await page.goto(`${demo.ready}/queue`);
  await page.locator("main a.row-link").first().click();
  await page.locator("a.child-at-risk").click();
  await page.locator('form[action$="/alarm"] [name="reason"]').fill("A voice of a child in the background, now.");
  await page.locator('form[action$="/alarm"] button.danger').click();
  await page.waitForURL(/alarms/);
}

/**
 * @param {import("playwright-core").Page} page
 * @param {import("./harness.mjs").Demo} demo
 */
async function decideAboutAnAccount(page, demo) {
  await page.goto(`${demo.ready}/queue`);
  await page.locator("tr[data-row]").filter({ hasText: "Account" }).locator("a.row-link").last().click();
  const claim = page.locator('form[action$="/claim"] button');
  if ((await claim.count()) > 0) await claim.click();
  for (const violating of await page.locator('li.item input[value="violating"]').all()) await violating.check();
  for (const removal of await page.locator('li.item input[value^="remove_message:"]').all()) await removal.check();
  await page.locator('#decide input[name="outcome"][value="violating"]').check();
  await page.locator('#decide input[name="label"]').first().check();
  await page.locator('#decide input[name="measure"]').last().check();
  await page.locator('#decide [name="reason"]').fill("Copies of known material, posted by this account.");
  await page.locator("#decide .acts button").click();
  await page.waitForURL(/done=incident-decided/, { timeout: 20_000 });
}
