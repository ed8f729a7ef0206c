// @ts-check
// From the sign-in link to the content gone: queue, claim, looks step by step, decision, second person, receipt.

import assert from "node:assert/strict";
import { axe, eventually, screenshot } from "../harness.mjs";

/** @param {import("../harness.mjs").Journey} journey */
export async function run({ page, demo, person }) {
  const reviewer = await person("reviewer");
  const incident = await incidentOfAnAccount(reviewer, demo);
  await reviewer.goto(incident);
  await reviewer.locator('form[action$="/claim"] button').click();

  const item = pictureWithMessage(reviewer).first();
  const id = await item.locator("[data-item]").getAttribute("data-item");
  const message = await fact(item, "Message");
  const conversation = await fact(item, "Conversation");
  const account = await fact(item, "Account");

  assert.equal(await reviewer.locator(".shield img").count(), 0, "nothing is shown unasked");
  await item.locator('button[value="shielded"]').click();
  await arrives(reviewer, id);
  await reviewer.locator(`[data-item="${id}"] button[value="soft"]`).click();
  await arrives(reviewer, id);
  await axe(reviewer);
  await reviewer.locator("form[data-hide-all] button").click();
  await eventually(async () => assert.equal(await reviewer.locator(".shield img").count(), 0));

  await reviewer.locator('#decide input[name="outcome"][value="violating"]').check();
  await reviewer.locator('#decide input[name="label"]').first().check();
  await reviewer.locator(`input[name="verdict-${id}"][value="violating"]`).check();
  await reviewer.locator(`input[value="remove_message:${id}"]`).check();
  await reviewer.locator('#decide input[name="measure"][value="suspend_account:"]').check();
  await reviewer.locator('#decide [name="reason"]').fill("A copy of known material, posted by this account.");
  await reviewer.locator("#decide .acts button").click();
  await reviewer.waitForURL(/done=incident-decided/);
  await screenshot(reviewer, "takedown-decided");

  // The removal does not wait; the lock of the account waits for a second person.
  await eventually(async () => assert.match(await stateOf(page, demo, "messages", message), /"removed":true/));
  assert.match(await stateOf(page, demo, "accounts", account), /"suspended":false/);

  const senior = await person("senior_reviewer");
  await senior.goto(`${demo.ready}/questions`);
  await senior.locator("main a.row-link").first().click();
  assert.match(await senior.locator("dl.parameters").innerText(), /suspend_account/);
  await senior.locator('form[action$="/approve"] button').click();
  await eventually(async () => assert.match(await stateOf(page, demo, "accounts", account), /"suspended":true/));

  // What anybody sees on the messenger, and what the desk keeps as proof.
  await page.goto(`${demo.messenger}/conversations/${conversation}`);
  await page.getByText("removed").first().waitFor();
  await screenshot(page, "takedown-messenger");
  await eventually(async () => {
    await reviewer.goto(incident);
    assert.ok((await reviewer.locator(".state", { hasText: /^done/i }).count()) >= 2, "both actions have their receipt");
  });
}

/**
 * The address of an incident about an account in which a picture came with a message.
 * @param {import("../harness.mjs").Page} page
 * @param {import("../harness.mjs").Demo} demo
 */
async function incidentOfAnAccount(page, demo) {
  let found = "";
  await eventually(async () => {
    await page.goto(`${demo.ready}/queue`);
    const rows = page.locator("tr[data-row]").filter({ hasText: "Account" }).locator("a.row-link");
    const paths = await rows.evaluateAll((links) => links.map((link) => link.getAttribute("href")));
    for (const path of paths) {
      await page.goto(`${demo.ready}${path}`);
      if ((await pictureWithMessage(page).count()) > 0) {
        found = page.url();
        return;
      }
    }
    assert.fail("no incident about an account with a picture in a message");
  });
  return found;
}

/**
 * Items in which a picture came with a message.
 * @param {import("../harness.mjs").Page} page
 */
function pictureWithMessage(page) {
  const fact = (/** @type {RegExp} */ name) => page.locator("dt", { hasText: name });
  return page.locator("li.item").filter({ has: fact(/^Size$/) }).filter({ has: fact(/^Message$/) });
}

/**
 * @param {import("../harness.mjs").Locator} item
 * @param {string} name
 */
async function fact(item, name) {
  // What is folded away has no inner text, and is there all the same.
  const value = item.locator("dt", { hasText: new RegExp(`^${name}$`) }).locator("xpath=following-sibling::dd");
  return ((await value.textContent()) ?? "").trim();
}

/**
 * Waits until the preview has come from the evidence listener.
 * @param {import("../harness.mjs").Page} page
 * @param {string | null} item
 */
async function arrives(page, item) {
  const image = page.locator(`[data-item="${item}"] img`);
  await image.waitFor();
  await eventually(async () => {
    const width = await image.evaluate((element) => /** @type {HTMLImageElement} */ (element).naturalWidth);
    assert.ok(width > 0, "the preview has not come");
  });
}

/**
 * What the messenger itself says about a thing.
 * @param {import("../harness.mjs").Page} page
 * @param {import("../harness.mjs").Demo} demo
 * @param {string} kind
 * @param {string} id
 */
async function stateOf(page, demo, kind, id) {
  const answer = await page.request.get(`${demo.messenger}/api/${kind}/${id}`);
  return answer.text();
}
