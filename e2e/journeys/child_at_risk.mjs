// @ts-check
// A child at risk, from the key that raises it to the police unit that confirms.

import assert from "node:assert/strict";
import { axe, eventually, keyboardOnly } from "../harness.mjs";

/** @param {import("../harness.mjs").Journey} journey */
export async function run({ demo, person }) {
  const reviewer = await person("reviewer");
  await eventually(async () => {
    await reviewer.goto(`${demo.ready}/queue`);
    await reviewer.locator("main a.row-link").first().waitFor({ timeout: 1000 });
  });
  await reviewer.locator("main a.row-link").first().click();
  const incident = reviewer.url();

  // One key asks; a sentence and a press raise it. No mouse is needed.
  const keyboard = await keyboardOnly(reviewer);
  await keyboard.press("!");
  await reviewer.waitForURL(/child-at-risk/);
  await axe(reviewer);
  await keyboard.tabTo(reviewer.locator('form[action$="/alarm"] [name="reason"]'));
  await keyboard.type("A voice of a child in the background, now.");
  await keyboard.open(reviewer.locator('form[action$="/alarm"] button.danger'));
  await reviewer.waitForURL(/alarms/);
  await axe(reviewer);

  // The person on duty follows the link of the call, which holds nothing else.
  const senior = await person("senior_reviewer");
  await senior.goto(await linkOfTheCall(demo));
  assert.match(await senior.locator("main").innerText(), /A voice of a child in the background/);
  await axe(senior);
  await senior.locator('form[action$="/acknowledge"] button').first().click();
  await senior.locator(".warn-state").first().waitFor();

  // One person locks at once, by the keyboard; another confirms.
  await reviewer.goto(incident);
  await keyboard.tabTo(reviewer.locator('form[action$="/lock"] [name="reason"]'));
  await keyboard.type("The child is there now.");
  await keyboard.press("Enter");
  await reviewer.waitForURL((url) => !url.pathname.endsWith("/lock") && url.href !== incident);
  await senior.goto(`${demo.ready}/questions`);
  await senior.locator("main a.row-link").first().click();
  assert.match(await senior.locator("dl.parameters").innerText(), /confirm_lock/);
  await senior.locator('form[action$="/approve"] button').click();
  await senior.waitForLoadState();

  await senior.goto(`${demo.ready}/alarms`);
  assert.equal(await senior.locator("#locks").count(), 0, "the lock is confirmed");
  await senior.locator('form[action$="/hand-over"] [name="reference"]').first().fill("Unit 7, 2026-114");
  await senior.locator('form[action$="/hand-over"] button').first().click();
  await senior.getByText("Unit 7, 2026-114").waitFor();
  assert.equal(await senior.locator('form[action$="/acknowledge"]').count(), 0);
  assert.equal(await senior.locator(".limit").count(), 0, "no deadline runs any more");
}

/**
 * Where the call to the person on duty leads, as the pager heard it.
 * @param {import("../harness.mjs").Demo} demo
 * @returns {Promise<string>}
 */
async function linkOfTheCall(demo) {
  let link = "";
  await eventually(async () => {
    const calls = await (await fetch(`${demo.messenger}/api/pager`)).json();
    link = calls[0]?.body.link ?? "";
    assert.match(link, /\/alarms\/[0-9a-f-]{36}$/);
  });
  return link;
}
