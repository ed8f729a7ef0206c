// @ts-check
// An official is answered, once in French and once in English, and everybody does their part in that language: the official hands in
// a request, a colleague is called back, the house asks, the official corrects the document, two people release, the official fetches
// the package after a passkey. What is refused, taken back, and asked for by another authority is looked at on the way.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import {
  accept, act, agreeToRelease, askRelease, comeIn, letIn, look, makeLink, openQuestion, speak, trail, until,
} from "../desk.mjs";
import { addAuthenticator, eventually, makePasskey, signIn } from "../harness.mjs";

/** @typedef {import("../harness.mjs").Page} Page */
/** @typedef {import("../harness.mjs").Demo} Demo */

const ANOTHER = "Cour d’Ailleurs";
const CORRECTS = 'form[action$="/correct"]';

/** @param {import("../harness.mjs").Journey} journey */
export async function run({ page, context, demo, person }) {
  const officer = page;
  await addAuthenticator(officer);
  await signIn(officer, demo.sign_in.legal_officer ?? "");
  await makePasskey(officer);
  const releaser = await person("releaser");
  await addAuthenticator(releaser);
  await releaser.goto(`${demo.ready}/account/passkeys/new`);
  await makePasskey(releaser);
  const official = await person("official");
  const second = await person("data_protection_officer");
  await letIn(officer, second, demo, {
    name: ANOTHER,
    country: "BE",
    role: "judge",
    domain: "cour-ailleurs.example",
    official: "Armand Lemaire",
  });
  const elsewhere = await context.browser()?.newContext({ locale: "fr-FR" });
  assert.ok(elsewhere);
  const stranger = await elsewhere.newPage();
  await comeInApart(stranger, demo, await makeLink(officer, demo, ANOTHER));

  /** @type {Record<string, { request: string, trail: [number, string][] }>} */
  const trails = {};
  for (const language of ["fr", "en"]) {
    await speak(officer, demo, language, "/requests");
    await speak(releaser, demo, language, "/questions");
    const path = await handIn(official, demo, language, `PV 2026/40 ${language}`);
    const address = `${demo.ready}/requests/${path.split("/").at(-1)}`;
    await look(official, demo, language, "portal-under-examination", path);
    await callBack(officer, releaser, address);
    await clarify(officer, address, language);
    await correct(official, demo, language, path);
    if (language === "en") await decide(officer, demo, address);
    await look(official, demo, language, "portal-corrected", path);
    await accept(officer, address);
    await officer.goto(`${address}/release`);
    await askRelease(officer, language === "fr" ? "Jugée valable ; un compte." : "Found valid; one account.");
    await openQuestion(releaser, demo);
    await agreeToRelease(releaser, officer, address);
    await look(official, demo, language, "portal-ready", path);
    await notForOthers(stranger, demo, path);
    await fetchPackage(official, demo, language, path);
    await look(official, demo, language, "portal-fetched", path);
    await officer.goto(address);
    trails[language] = { request: path.split("/").at(-1) ?? "", trail: await trail(officer) };
    await withdrawn(official, demo, language);
    await refused(official, officer, demo, language);
    await look(official, demo, language, "portal-list", "/portal");
    await look(official, demo, language, "portal-decisions", "/portal/decisions");
  }
  await elsewhere.close();
  await writeFile(`${demo.downloads}/trails.json`, JSON.stringify(trails));
}

/**
 * The other authority comes in by a browser of its own: sessions are of a browser.
 * @param {Page} page
 * @param {Demo} demo
 * @param {string} link
 */
async function comeInApart(page, demo, link) {
  await comeIn(page, demo, link);
  await page.goto(`${demo.ready}/portal`);
  assert.equal(await page.locator("tbody tr").count(), 0, "another authority has asked nothing");
}

/**
 * @param {string} text
 * @param {string} name
 */
function pdf(text, name) {
  return { name: `${name}.pdf`, mimeType: "application/pdf", buffer: Buffer.from(`%PDF-1.7 synthetic ${text}`) };
}

/** @param {number} days before today */
function day(days) {
  return new Date(Date.now() - days * 24 * 3600 * 1000).toISOString().slice(0, 10);
}

/**
 * Hands in a request with its signed document. In French it leaves the offence open.
 * @param {Page} page
 * @param {Demo} demo
 * @param {string} language
 * @param {string} reference
 * @returns {Promise<string>} where it stands at the portal
 */
async function handIn(page, demo, language, reference) {
  await speak(page, demo, language, "/portal/requests/new");
  await page.locator("#document").setInputFiles(pdf(reference, "requisition"));
  await page.locator("#regime").selectOption("fr-77-1-1");
  await page.locator("#reference").fill(reference);
  await page.locator("#issued_at").fill(day(2));
  await page.locator("#legal_bases").fill("77-1-1, 60-1-2");
  if (language === "en") await fillOffence(page);
  await page.locator("#subject").selectOption("suspect");
  await page.locator("#values-1").fill("account-1");
  for (const category of ["subscriber", "identification"]) {
    await page.locator(`input[name="category"][value="${category}"]`).check();
  }
  await page.locator("#from").fill(day(20));
  await page.locator("#until").fill(day(1));
  await page.locator('form[action="/portal/requests"] .primary').click();
  await page.waitForURL(/done=portal-handed-in/);
  return new URL(page.url()).pathname;
}

/** @param {Page} page */
async function fillOffence(page) {
  await page.locator("#offence").fill("Diffusion d’images");
  await page.locator("#provision").fill("227-23 du code pénal");
  await page.locator("#maximum_years").fill("5");
  await page.locator("#by_network").selectOption("yes");
}

/**
 * The officer asks for a call, the releaser makes it, and what was drawn is read back.
 * @param {Page} officer
 * @param {Page} releaser
 * @param {string} address
 */
async function callBack(officer, releaser, address) {
  await until(officer, address, 'form[action$="/call"] button.primary');
  await act(officer, 'form[action$="/call"] button');
  await releaser.goto(address);
  const code = (await releaser.locator(".call code.big").textContent()) ?? "";
  await releaser.locator("#spoke_with").fill("The duty officer of the unit");
  await releaser.locator("#read_back").fill(code);
  await releaser.locator('input[name="outcome"][value="confirmed"]').check();
  await act(releaser, 'form[action$="/called"] button');
}

/**
 * Opens an act that is folded away.
 * @param {Page} page
 * @param {string} form its address ends so
 */
async function unfold(page, form) {
  const details = page.locator(`details:has(form[action$="${form}"])`);
  if ((await details.getAttribute("open")) === null) await details.locator("summary").click();
}

/**
 * @param {Page} officer
 * @param {string} address
 * @param {string} language
 */
async function clarify(officer, address, language) {
  await until(officer, address, 'form[action$="/clarify"] button');
  await unfold(officer, "/clarify");
  const question = language === "fr" ? "Quelle infraction est poursuivie ?" : "Is the second account meant as well?";
  await officer.locator("#clarification").fill(question);
  await act(officer, 'form[action$="/clarify"] button');
}

/**
 * Answers with a corrected document: in French one that says what was left open, in English one that names somebody else too.
 * @param {Page} page
 * @param {Demo} demo
 * @param {string} language
 * @param {string} path
 */
async function correct(page, demo, language, path) {
  await look(page, demo, language, "portal-clarification", path);
  await page.locator('a[href$="/correct"]').click();
  await page.locator(CORRECTS).waitFor();
  assert.equal(await page.locator("#values-1").inputValue(), "account-1", "the form says what the document says");
  await look(page, demo, language, "portal-correct", new URL(page.url()).pathname);
  await page.locator("#answer").fill(language === "fr" ? "Voici la réquisition complétée." : "Here is the corrected one.");
  await page.locator("#document").setInputFiles(pdf(`corrected ${language}`, "corrected"));
  if (language === "fr") await fillOffence(page);
  else await page.locator("#values-1").fill("account-1\naccount-2");
  await page.locator(`${CORRECTS} .primary`).click();
  await page.waitForURL(/done=portal-corrected/);
  assert.equal(await page.locator("aside ol.receipts > li").count(), 2, "both documents are there");
}

/**
 * The officer finds a document that says more, cannot accept before it is decided about, and leaves it aside.
 * @param {Page} officer
 * @param {Demo} demo
 * @param {string} address
 */
async function decide(officer, demo, address) {
  await until(officer, address, 'form[action$="/decide"]');
  assert.match((await officer.locator("ul.differs").textContent()) ?? "", /account-2/);
  await look(officer, demo, "en", "request-document-waits", new URL(address).pathname);
  await until(officer, address, 'form[action$="/accept"] button');
  await officer.locator('form[action$="/accept"] button').click();
  assert.match((await officer.locator(".banner.danger .code").textContent()) ?? "", /document_undecided/);
  await officer.locator('form[action$="/decide"] textarea').fill("The second account needs a request of its own.");
  await act(officer, 'form[action$="/decide"] button[value="leave"]');
}

/**
 * Another authority has no such request, whatever it asks for.
 * @param {Page} stranger
 * @param {Demo} demo
 * @param {string} path
 */
async function notForOthers(stranger, demo, path) {
  const headers = { accept: "text/html", origin: demo.ready };
  for (const page of [path, `${path}/correct`]) {
    assert.equal((await stranger.request.get(demo.ready + page, { headers })).status(), 404, page);
  }
  for (const form of [`${path}/package`, `${path}/answer`]) {
    const answer = await stranger.request.post(demo.ready + form, { headers, form: { answer: "mine" }, maxRedirects: 0 });
    assert.equal(answer.status(), 404, form);
  }
}

/**
 * Fetches the package. The first time a passkey is asked for, and nothing comes before it.
 * @param {Page} page
 * @param {Demo} demo
 * @param {string} language
 * @param {string} path
 */
async function fetchPackage(page, demo, language, path) {
  let asked = false;
  await eventually(async () => {
    // The proof of the release is there once the next checkpoint is signed.
    await page.goto(demo.ready + path);
    const download = page.waitForEvent("download", { timeout: 20_000 });
    const confirm = page.locator('form[data-finish="/confirm"] button');
    const confirming = confirm.waitFor({ timeout: 20_000 });
    for (const one of [download, confirming]) one.catch(() => undefined);
    await page.locator('form[action$="/package"] button').click();
    await Promise.any([download, confirming]);
    if ((await confirm.count()) === 1) {
      asked = true;
      await confirm.click();
    }
    await (await download).saveAs(`${demo.downloads}/answer-${language}.vigie-package`);
  });
  assert.ok(asked || language === "en", "who confirmed nothing yet is asked to, and gets nothing before");
}

/**
 * Takes a request back by what is sent after it.
 * @param {Page} page
 * @param {Demo} demo
 * @param {string} language
 */
async function withdrawn(page, demo, language) {
  const path = await handIn(page, demo, language, `PV 2026/50 ${language}`);
  await unfold(page, "/follow-ups");
  await page.locator('form[action$="/follow-ups"] .acts button').click();
  await page.locator(".banner.danger").waitFor();
  await page.locator('input[name="kind"][value="withdrawal"]').check();
  await page.locator("#text").fill(language === "fr" ? "L’affaire est résolue." : "The case is solved.");
  await page.locator("#document").setInputFiles(pdf(`withdrawn ${language}`, "withdrawn"));
  await act(page, 'form[action$="/follow-ups"] .acts button');
  await look(page, demo, language, "portal-withdrawn", path);
  assert.equal(await page.locator("main form").count(), 0, "nothing is left to send");
}

/**
 * A request that the house refuses.
 * @param {Page} page
 * @param {Page} officer
 * @param {Demo} demo
 * @param {string} language
 */
async function refused(page, officer, demo, language) {
  const path = await handIn(page, demo, language, `PV 2026/60 ${language}`);
  const address = `${demo.ready}/requests/${path.split("/").at(-1)}`;
  await until(officer, address, 'form[action$="/call"] button.primary');
  await unfold(officer, "/refuse");
  for (const task of await officer.locator('form[action$="/refuse"] input[name="task"]').all()) await task.check();
  await officer.locator('[name="ground"]').selectOption("insufficient_information");
  await officer.locator("#explanation").fill(language === "fr" ? "La période n’est pas motivée." : "The period is not explained.");
  await act(officer, 'form[action$="/refuse"] button');
  await look(page, demo, language, "portal-refused", path);
}
