// @ts-check
// A judge is answered: a legal officer finds a request valid and prepares what leaves, a second person releases it, each after
// a fresh passkey, in French and in English. What the authority does before and after is the test's around this journey.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { accept, agreeToRelease, askRelease, look, openQuestion, speak, trail, until } from "../desk.mjs";
import { addAuthenticator, makePasskey, signIn } from "../harness.mjs";

/** @param {import("../harness.mjs").Journey} journey */
export async function run({ page, demo, person }) {
  const officer = page;
  await addAuthenticator(officer);
  await signIn(officer, demo.sign_in.legal_officer ?? "");
  await makePasskey(officer);
  const releaser = await person("releaser");
  await addAuthenticator(releaser);
  await releaser.goto(`${demo.ready}/account/passkeys/new`);
  await makePasskey(releaser);

  const path = `/requests/${demo.request}`;
  const address = demo.ready + path;
  await until(officer, address, 'form[action$="/accept"] button');
  for (const language of ["fr", "en"]) {
    await look(officer, demo, language, "disclosure-board", "/requests");
    await look(officer, demo, language, "disclosure-request", path);
  }
  await accept(officer, address);
  for (const language of ["fr", "en"]) await look(officer, demo, language, "disclosure-release", `${path}/release`);
  await askRelease(officer, "Found valid; two tasks, one account.");

  await openQuestion(releaser, demo);
  const question = new URL(releaser.url()).pathname;
  for (const language of ["fr", "en"]) await look(releaser, demo, language, "disclosure-question", question);
  await agreeToRelease(releaser, officer, address);
  assert.equal(await officer.locator('form[action$="/accept"]').count(), 0, "what was released is not accepted again");
  await look(officer, demo, "en", "disclosure-released", `${path}/release`);
  await speak(officer, demo, "en", path);
  await writeFile(`${demo.downloads}/trail.json`, JSON.stringify(await trail(officer)));
}
