// @ts-check
// From the sign-in link to a decision without a mouse: every key that the console names, and Tab and Enter.

import assert from "node:assert/strict";
import { eventually, keyboardOnly } from "../harness.mjs";

/** @param {import("../harness.mjs").Journey} journey */
export async function run({ page, demo }) {
  await page.goto(demo.sign_in.reviewer ?? "");
  const keyboard = await keyboardOnly(page);
  await keyboard.open(page.locator("main form button"));
  await page.waitForURL(/\/account\/passkeys\/new/);
  await keyboard.open(page.locator('main .acts a[href="/"]'));
  await page.waitForURL((url) => url.pathname === "/");

  // `?` shows the keys, Escape puts them away, `g` and a letter go to a desk.
  await keyboard.press("?");
  await page.locator("dialog#keys[open]").waitFor();
  await keyboard.press("Escape");
  await eventually(async () => assert.equal(await page.locator("dialog#keys[open]").count(), 0));
  await keyboard.press("g", "q");
  await page.waitForURL(/\/queue$/);

  // Row by row to an incident with a picture, and into it.
  for (let row = 1; ; row += 1) {
    for (let step = 0; step < row; step += 1) await keyboard.press("j");
    await keyboard.press("Enter");
    await page.waitForURL(/\/incidents\//);
    if ((await page.locator(".shield .unseen svg").count()) > 0) {
      assert.equal(await page.locator("[data-reveal]").count(), 0, "nobody looks without holding it");
      break;
    }
    await page.goto(`${demo.ready}/queue`);
  }
  await keyboard.press("c");
  await page.locator("#decide").waitFor();

  // Who holds the incident may look, and nobody before.
  await page.locator("[data-reveal]").first().waitFor();
  // Two keys at once ask for a step; one key hides all.
  await keyboard.press("Shift+R");
  await page.locator(".shield img").first().waitFor();
  await keyboard.press("h");
  await eventually(async () => assert.equal(await page.locator(".shield img").count(), 0));

  // Labels have their digits; `d` goes to the decision; the rest is Tab, Space and a sentence.
  await keyboard.press("1");
  assert.ok(await page.locator('#decide input[name="label"]').first().isChecked(), "the digit sets its label");
  await keyboard.press("d");
  assert.ok(await page.locator("#decide").evaluate((form) => form.contains(document.activeElement)));
  await choose(keyboard, page, '#decide input[name="outcome"]');
  const items = await page.locator("li.item").count();
  await choose(keyboard, page, items > 1 ? '#decide input[name="verdict-others"]' : 'li.item input[name^="verdict-"]');
  await keyboard.tabTo(page.locator('#decide [name="reason"]'));
  await keyboard.type("Known material, compared by its signals.");
  await sendUntilDecided(keyboard, page);
}

/**
 * Sends the decision. What came in meanwhile is not decided unseen: then the form comes back with everything kept, and is
 * sent once more.
 * @param {import("../harness.mjs").Keyboard} keyboard
 * @param {import("../harness.mjs").Page} page
 */
async function sendUntilDecided(keyboard, page) {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await keyboard.press("d");
    await keyboard.tabTo(page.locator("#decide .acts button"));
    const answered = page.waitForEvent("domcontentloaded");
    await keyboard.press("Enter");
    await answered;
    if (page.url().includes("done=incident-decided")) return;
  }
  assert.fail(`the decision is not taken: ${page.url()}`);
}

/**
 * Chooses the first of a group of radio buttons.
 * @param {import("../harness.mjs").Keyboard} keyboard
 * @param {import("../harness.mjs").Page} page
 * @param {string} group
 */
async function choose(keyboard, page, group) {
  const first = page.locator(group).first();
  await keyboard.tabTo(first);
  await keyboard.press("Space");
  assert.ok(await first.isChecked(), `${group} is chosen`);
}
