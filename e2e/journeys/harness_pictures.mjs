// @ts-check
// Proves the harness: signs in once and photographs a page in every variant. See `crates/vigie/tests/it/browser_proof.rs`.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ALL_VARIANTS, photograph } from "../photograph.mjs";

/** @param {import("../harness.mjs").Journey} journey */
export async function run({ context, demo }) {
  const browser = context.browser();
  const folder = process.env.VIGIE_TEST_PICTURES;
  assert.ok(browser && folder);
  const screens = [{ name: "queue", role: "reviewer", path: "/signed-in" }];
  const problems = await photograph({ browser, demo, screens, variants: ALL_VARIANTS, folder });
  assert.deepEqual(problems, []);

  const widths = new Set();
  const contents = new Set();
  for (const { language, scheme, width } of ALL_VARIANTS) {
    const picture = await readFile(join(folder, `queue-${language}-${scheme}-${width}.png`));
    widths.add(picture.readUInt32BE(16));
    contents.add(picture.toString("base64"));
  }
  assert.deepEqual([...widths].sort(), [1440, 390]);
  assert.equal(contents.size, ALL_VARIANTS.length, "each variant looks different");
}
