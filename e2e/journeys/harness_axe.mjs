// @ts-check
// Proves the harness: looks at one page and has axe look at it. See `crates/vigie/tests/it/browser_proof.rs`.

import { axe } from "../harness.mjs";

/** @param {import("../harness.mjs").Journey} journey */
export async function run({ page, demo }) {
  await page.goto(demo.ready);
  await axe(page);
}
