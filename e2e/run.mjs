// @ts-check
// Runs one journey: `node run.mjs NAME`, with the line of `vigie demo --format json` on standard input.
//
// Exit code 0: the journey went through and no page had a problem. 1: it did not; standard error says why, and the
// pages as they were then are photographed into $VIGIE_TEST_PICTURES.

import { text } from "node:stream/consumers";
import { launch, Problems } from "./browser.mjs";
import { screenshot, signInAs } from "./harness.mjs";

const name = process.argv[2];
if (!name || !/^[a-z_]+$/.test(name)) {
  console.error("usage: node run.mjs NAME < the line of `vigie demo --format json`");
  process.exit(2);
}

/** @type {import("./harness.mjs").Demo} */
const demo = JSON.parse(await text(process.stdin));
const { run } = await import(`./journeys/${name}.mjs`);
const browser = await launch();
const problems = new Problems();

/** @type {Map<string, import("playwright-core").Page>} */
const people = new Map();

/** @param {string} role */
async function person(role) {
  const known = people.get(role);
  if (known) return known;
  const link = demo.sign_in[role];
  if (!link) throw new Error(`the demo has no sign-in link for the role ${role}`);
  const page = await (await problems.watchedContext(browser)).newPage();
  people.set(role, page);
  await signInAs(page, role, link);
  return page;
}

try {
  const context = await problems.watchedContext(browser);
  const page = await context.newPage();
  await run({ page, context, demo, person });
} catch (error) {
  problems.add(error instanceof Error ? (error.stack ?? error.message) : String(error));
}

const seen = await problems.settled(browser.contexts());
if (seen.length > 0) {
  const pages = browser.contexts().flatMap((context) => context.pages());
  for (const [number, page] of pages.entries()) await screenshot(page, `${name}-${number + 1}`).catch(() => undefined);
  console.error(`journey ${name} failed:\n${seen.join("\n")}`);
}
await browser.close();
process.exitCode = seen.length > 0 ? 1 : 0;
