// @ts-check
// Proves the harness: a walk that promised the keyboard and then clicks. See `crates/vigie/tests/it/browser_proof.rs`.

import { keyboardOnly } from "../harness.mjs";

/** @param {import("../harness.mjs").Journey} journey */
export async function run({ page, demo }) {
  await page.goto(demo.ready);
  await keyboardOnly(page);
  await page.getByText("Second").click();
}
