// @ts-check
// The screens of the guide's pictures. To add one: a line here, and `cargo xtask pictures`.

import { openRequest } from "./desk.mjs";
import { TO_RELEASE } from "./fill.mjs";

/**
 * Follows a link, until the page it leads to is there.
 * @param {import("playwright-core").Page} page
 * @param {string} link
 */
async function follow(page, link) {
  const before = page.url();
  await page.locator(link).first().click();
  await page.waitForURL((url) => url.href !== before);
}

/**
 * Opens what the first row of the list leads to.
 * @param {import("playwright-core").Page} page
 */
function openFirst(page) {
  return follow(page, "main a.row-link");
}

/**
 * Opens the first alarm that runs or has ended.
 * @param {import("playwright-core").Page} page
 */
function openFirstAlarm(page) {
  return follow(page, 'main a[href^="/alarms/"]');
}

/**
 * Opens the first incident, and the form that raises an alarm on it.
 * @param {import("playwright-core").Page} page
 */
async function openAlarmForm(page) {
  await openFirst(page);
  await follow(page, "a.child-at-risk");
}

/**
 * Takes what waits for a second reading; who took it before gets the same again.
 * @param {import("playwright-core").Page} page
 */
function takeRereading(page) {
  return follow(page, 'form[action="/rereadings/next"] button');
}

/**
 * Opens the first authority, and the form that changes its keys.
 * @param {import("playwright-core").Page} page
 */
async function openFirstKeys(page) {
  await openFirst(page);
  await follow(page, 'main a[href$="/keys"]');
}

/**
 * Opens the first request, and what is asked before it is closed.
 * @param {import("playwright-core").Page} page
 */
async function openFirstClose(page) {
  await openFirst(page);
  await page.goto(`${page.url().split("?")[0]}/close`);
}

/**
 * Opens what would leave of the request whose records were taken.
 * @param {import("playwright-core").Page} page
 */
async function openRelease(page) {
  await openRequest(page, TO_RELEASE);
  await follow(page, '.page-acts a.primary[href$="/release"]');
}

/**
 * Opens the request of the first silence, with its forms unfolded.
 * @param {import("playwright-core").Page} page
 */
async function openFirstGag(page) {
  await openFirst(page);
  await page.locator("aside details").evaluateAll((all) => all.forEach((one) => one.setAttribute("open", "")));
}

/** Form 6 with an element that nobody knows. */
const FORM_6 = `<?xml version="1.0" encoding="UTF-8"?>
<EPOC-PR-FORM-6 xmlns="http://data.europa.eu/edm/1/ns/forms/EPOC-PR-FORM-6#" xmlns:epoc="http://data.europa.eu/edm/1/ns/epoc" xmlns:eio="http://data.europa.eu/edm/1/ns/eio">
  <SectionA><IssuingState>FR</IssuingState><eio:FileReference>2026/118-A</eio:FileReference></SectionA>
  <SectionC><FileReferenceOfEarlierRequest>2026/090-P</FileReferenceOfEarlierRequest></SectionC>
  <epoc:Mood>urgent</epoc:Mood>
</EPOC-PR-FORM-6>`;

/**
 * Has the clerk's form read a form that continues a request, over what was typed. Nothing of it is kept.
 * @param {import("playwright-core").Page} page
 */
async function readForm(page) {
  await page.locator("#reference").fill("PV 1");
  const file = { name: "form-6.xml", mimeType: "application/xml", buffer: Buffer.from(FORM_6) };
  await page.locator("#original").setInputFiles(file);
  await page.locator('button[value="read"]').click();
  await page.locator('button[value="follow"]').waitFor();
}

/** @type {import("./photograph.mjs").Screen[]} */
export const SCREENS = [
  { name: "front", role: null, path: "/" },
  { name: "sign_in", role: null, path: "/sign-in/example" },
  { name: "sign_in_passkey", role: null, path: "/sign-in" },
  { name: "account", role: "reviewer", path: "/account" },
  { name: "passkey_new", role: "reviewer", path: "/account/passkeys/new" },
  { name: "confirm", role: "reviewer", path: "/confirm?back=/account" },
  { name: "home", role: "reviewer", path: "/" },
  { name: "queue", role: "reviewer", path: "/queue" },
  { name: "incident", role: "reviewer", path: "/queue", prepare: openFirst },
  { name: "waves", role: "reviewer", path: "/waves" },
  { name: "wave", role: "senior_reviewer", path: "/waves", prepare: openFirst },
  { name: "alarms", role: "reviewer", path: "/alarms" },
  { name: "alarm", role: "reviewer", path: "/alarms", prepare: openFirstAlarm },
  { name: "child_at_risk", role: "reviewer", path: "/queue", prepare: openAlarmForm },
  { name: "keys", role: "reviewer", path: "/keys" },
  { name: "actions", role: "reviewer", path: "/actions" },
  { name: "action", role: "reviewer", path: "/actions", prepare: openFirst },
  { name: "conversations", role: "reviewer", path: "/conversations" },
  { name: "conversation", role: "reviewer", path: "/conversations", prepare: openFirst },
  { name: "rereadings", role: "senior_reviewer", path: "/rereadings" },
  { name: "rereading", role: "senior_reviewer", path: "/rereadings", prepare: takeRereading },
  { name: "wellbeing", role: "reviewer", path: "/wellbeing" },
  { name: "wellbeing_desk", role: "senior_reviewer", path: "/wellbeing/desk" },
  { name: "banks", role: "senior_reviewer", path: "/banks" },
  { name: "bank", role: "senior_reviewer", path: "/banks", prepare: openFirst },
  { name: "bank_new", role: "senior_reviewer", path: "/banks/new" },
  { name: "hunts", role: "senior_reviewer", path: "/hunts" },
  { name: "evidence", role: "data_protection_officer", path: "/evidence" },
  { name: "check", role: "senior_reviewer", path: "/check" },
  { name: "authorities", role: "legal_officer", path: "/authorities" },
  { name: "authority", role: "legal_officer", path: "/authorities", prepare: openFirst },
  { name: "authority_new", role: "legal_officer", path: "/authorities/new" },
  { name: "authority_keys", role: "legal_officer", path: "/authorities", prepare: openFirstKeys },
  { name: "portal", role: "official", path: "/portal" },
  { name: "portal_new", role: "official", path: "/portal/requests/new" },
  { name: "portal_decisions", role: "official", path: "/portal/decisions" },
  { name: "portal_authority", role: "official", path: "/portal/authority" },
  { name: "portal_colleagues", role: "official", path: "/portal/colleagues" },
  { name: "requests", role: "legal_officer", path: "/requests" },
  { name: "request", role: "legal_officer", path: "/requests", prepare: (page) => openRequest(page, "PV 2026/121") },
  { name: "release", role: "legal_officer", path: "/requests", prepare: openRelease },
  { name: "request_new", role: "legal_officer", path: "/requests/new" },
  { name: "request_close", role: "legal_officer", path: "/requests", prepare: openFirstClose },
  { name: "request_form_read", role: "legal_officer", path: "/requests/new", prepare: readForm },
  { name: "gags", role: "legal_officer", path: "/gags" },
  { name: "request_gag", role: "legal_officer", path: "/gags", prepare: openFirstGag },
  { name: "user_notices", role: "legal_officer", path: "/user-notices" },
  { name: "transparency", role: null, path: "/transparency" },
  { name: "regimes", role: "legal_officer", path: "/regimes" },
  { name: "regime", role: "legal_officer", path: "/regimes/eu-epoc" },
  { name: "questions", role: "senior_reviewer", path: "/questions" },
  { name: "question", role: "senior_reviewer", path: "/questions", prepare: openFirst },
  { name: "roster", role: "senior_reviewer", path: "/roster" },
  { name: "overview", role: "auditor", path: "/overview" },
  { name: "ledger", role: "auditor", path: "/ledger" },
  { name: "bases", role: "data_protection_officer", path: "/bases" },
  { name: "basis", role: "data_protection_officer", path: "/bases", prepare: openFirst },
  { name: "people", role: "administrator", path: "/people" },
  { name: "person", role: "administrator", path: "/people", prepare: openFirst },
  { name: "person_new", role: "administrator", path: "/people/new" },
  { name: "token_new", role: "administrator", path: "/tokens/new" },
  { name: "tokens", role: "administrator", path: "/tokens" },
];
