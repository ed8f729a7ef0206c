// @ts-check
// The screens of the guide's pictures. To add one: a line here, and `cargo xtask pictures`.

/**
 * Opens what the first row of the list leads to.
 * @param {import("playwright-core").Page} page
 */
async function openFirst(page) {
  await page.locator("main a.row-link").first().click();
  await page.waitForLoadState("networkidle");
}

/** @type {import("./photograph.mjs").Screen[]} */
export const SCREENS = [
  { name: "front", role: null, path: "/" },
  { name: "home", role: "reviewer", path: "/" },
  { name: "queue", role: "reviewer", path: "/queue" },
  { name: "incident", role: "reviewer", path: "/queue", prepare: openFirst },
  { name: "waves", role: "reviewer", path: "/waves" },
  { name: "wave", role: "senior_reviewer", path: "/waves", prepare: openFirst },
  { name: "alarms", role: "reviewer", path: "/alarms" },
  { name: "actions", role: "reviewer", path: "/actions" },
  { name: "conversations", role: "reviewer", path: "/conversations" },
  { name: "conversation", role: "reviewer", path: "/conversations", prepare: openFirst },
  { name: "banks", role: "senior_reviewer", path: "/banks" },
  { name: "bank", role: "senior_reviewer", path: "/banks", prepare: openFirst },
  { name: "check", role: "senior_reviewer", path: "/check" },
  { name: "questions", role: "senior_reviewer", path: "/questions" },
  { name: "roster", role: "senior_reviewer", path: "/roster" },
  { name: "overview", role: "auditor", path: "/overview" },
  { name: "bases", role: "data_protection_officer", path: "/bases" },
  { name: "people", role: "administrator", path: "/people" },
  { name: "tokens", role: "administrator", path: "/tokens" },
];
