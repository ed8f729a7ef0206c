// @ts-check
// What a journey is given, and what it may ask of a page.
//
// A journey is a file `journeys/NAME.mjs` that exports `run`; `run.mjs` calls it. To add one: write the file, and a test
// of the same name in `crates/vigie/tests/it/journeys.rs`.

import strict from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import axeCore from "axe-core";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").Locator} Locator */
/** @typedef {import("playwright-core").BrowserContext} BrowserContext */

/**
 * What `vigie demo --format json` prints when it is ready.
 * @typedef {object} Demo
 * @property {string} ready address of the console
 * @property {string} messenger address of the synthetic messenger
 * @property {Record<string, string>} sign_in one-time sign-in link by role
 * @property {string} [request] a request that an authority handed in before
 * @property {string} [downloads] where what is fetched goes
 * @property {string} api_token
 */

/**
 * @typedef {object} Journey
 * @property {Page} page a page of nobody: not signed in
 * @property {BrowserContext} context its context
 * @property {Demo} demo
 * @property {(role: string) => Promise<Page>} person the page of a person with this role, signed in by their link; the
 *   same page each time
 */

/** The rules every screen keeps: WCAG 2.2 AA and axe's best practices. */
const AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/**
 * Fails when axe finds anything on the page as it is now.
 *
 * axe is handed over by the debugging protocol, which the page's content security policy does not concern, so the
 * strict policy stays in force while it looks.
 * @param {Page} page
 */
export async function axe(page) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axeCore.source);
  const violations = await page.evaluate(async (values) => {
    const { axe } = /** @type {{ axe: typeof import("axe-core") }} */ (/** @type {unknown} */ (globalThis));
    const result = await axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"] });
    return result.violations.map(({ id, help, nodes }) => ({
      id,
      help,
      nodes: nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary ?? ""}`),
    }));
  }, AXE_RULES);
  const findings = violations.map(({ id, help, nodes }) => `${id} (${help})\n  ${nodes.join("\n  ")}`);
  strict.equal(findings.length, 0, `axe finds on ${page.url()}:\n${findings.join("\n")}`);
}

/**
 * Hands over the keyboard and takes the mouse away: from here on, a press of the pointer on this page fails the journey.
 * @param {Page} page
 */
export async function keyboardOnly(page) {
  const forbidThePointer = () => {
    addEventListener("pointerdown", () => console.error("the pointer was used in a keyboard-only walk"), true);
  };
  await page.addInitScript(forbidThePointer);
  await page.evaluate(forbidThePointer);
  return new Keyboard(page);
}

/** How many stops a walk by Tab may take before we say that a thing cannot be reached. */
const MOST_STOPS = 300;

export class Keyboard {
  /** @type {Page} */
  #page;

  /** @param {Page} page */
  constructor(page) {
    this.#page = page;
  }

  /**
   * Presses one key after the other. A page hears single keys once its scripts have run, which is so when it is parsed:
   * what can be seen of a page that is still coming in hears nothing yet.
   * @param {string[]} keys as Playwright names them, for example "Shift+R"
   */
  async press(...keys) {
    for (const key of keys) {
      await this.#page.waitForLoadState("domcontentloaded");
      await this.#page.keyboard.press(key);
    }
  }

  /** @param {string} text */
  async type(text) {
    await this.#page.keyboard.type(text);
  }

  /**
   * Walks by Tab until the thing has the focus, and checks that the focus can be seen there.
   * @param {Locator} target
   */
  async tabTo(target) {
    for (let stops = 0; stops < MOST_STOPS; stops += 1) {
      if (await target.evaluate((element) => element === document.activeElement)) {
        strict.ok(await focusIsVisible(target), `the focus cannot be seen on ${target}`);
        return;
      }
      await this.press("Tab");
    }
    strict.fail(`${target} is not reached by Tab within ${MOST_STOPS} stops`);
  }

  /**
   * Walks to the thing and opens or presses it.
   * @param {Locator} target
   */
  async open(target) {
    await this.tabTo(target);
    await this.press("Enter");
  }
}

/**
 * Whether the focused element is told apart by an outline or a shadow.
 * @param {Locator} target
 */
function focusIsVisible(target) {
  return target.evaluate((element) => {
    const style = getComputedStyle(element);
    const outlined = style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) > 0;
    return outlined || style.boxShadow !== "none";
  });
}

/**
 * Follows a one-time link and presses its button: opening the link alone does not spend it.
 * @param {Page} page
 * @param {string} link
 */
export async function signIn(page, link) {
  await page.goto(link);
  const button = page.locator("main form button");
  if ((await button.count()) > 0) await button.click();
}

/**
 * Gives the page an authenticator of its own, which agrees to everything.
 * @param {Page} page
 */
export async function addAuthenticator(page) {
  const debug = await page.context().newCDPSession(page);
  await debug.send("WebAuthn.enable");
  await debug.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

/**
 * Makes a passkey on the page that a link leads to, by the page's own authenticator.
 * @param {Page} page
 */
export async function makePasskey(page) {
  await page.locator('form[data-passkey="create"] button').click();
  await page.waitForURL(/done=passkey-made/);
}

/**
 * Signs in whoever has this role: officials of authorities make a passkey before they see anything.
 * @param {Page} page
 * @param {string} role
 * @param {string} link
 */
export async function signInAs(page, role, link) {
  if (role === "official") await addAuthenticator(page);
  await signIn(page, link);
  if (role === "official") await makePasskey(page);
}

/**
 * Photographs the page into the folder of this run.
 * @param {Page} page
 * @param {string} name
 */
export async function screenshot(page, name) {
  const folder = process.env.VIGIE_TEST_PICTURES;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/**
 * Asks again until the check holds, for what another process does in its own time.
 * @param {() => Promise<void>} check throws while it does not hold
 * @param {number} [limit] milliseconds
 */
export async function eventually(check, limit = 60_000) {
  const end = Date.now() + limit;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
