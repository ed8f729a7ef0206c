// @ts-check
// Proves the harness: opens the page's second link by keyboard alone. See `crates/vigie/tests/it/browser_proof.rs`.

import assert from "node:assert/strict";
import { keyboardOnly } from "../harness.mjs";

/** @param {import("../harness.mjs").Journey} journey */
export async function run({ page, demo }) {
  await page.goto(demo.ready);
  const keyboard = await keyboardOnly(page);
  await keyboard.open(page.getByText("Second"));
  await page.waitForURL("**/opened");
  assert.equal(await page.title(), "Opened");
}
