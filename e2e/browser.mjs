// @ts-check
// A Chromium that reports everything it dislikes.
//
// What it is: starting the browser, and contexts in which any console error, page error or violation of the content
// security policy becomes a problem of the journey. What it is not: it knows no screen of Vigie.

import { chromium } from "playwright-core";

/** @typedef {import("playwright-core").Browser} Browser */
/** @typedef {import("playwright-core").BrowserContext} BrowserContext */
/** @typedef {import("playwright-core").BrowserContextOptions} BrowserContextOptions */

// The browser talks to the server under test and to nobody else, so all it would do in the background is off.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** How long a single step may take before the journey fails, in milliseconds. */
const STEP_LIMIT = 60_000;

/** @returns {Promise<Browser>} */
export function launch() {
  const executablePath = process.env.VIGIE_TEST_CHROMIUM;
  if (!executablePath) throw new Error("VIGIE_TEST_CHROMIUM does not say where Chromium is");
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}

/** Everything that went wrong in the pages of one journey, in the order it was seen. */
export class Problems {
  /** @type {string[]} */
  #seen = [];

  /**
   * A new context whose every page is watched from its first byte on.
   * @param {Browser} browser
   * @param {BrowserContextOptions} [options]
   * @returns {Promise<BrowserContext>}
   */
  async watchedContext(browser, options = {}) {
    const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1440, height: 900 }, ...options });
    context.setDefaultTimeout(STEP_LIMIT);
    context.on("console", (message) => {
      if (message.type() === "error") this.add(`console error at ${message.location().url}: ${message.text()}`);
    });
    context.on("weberror", (error) => this.add(`page error: ${error.error().stack ?? error.error().message}`));
    // Chromium writes most violations to the console itself; this names the directive, and catches the report-only ones.
    await context.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => {
        console.error(`securitypolicyviolation: ${event.effectiveDirective} ${event.blockedURI}`);
      });
    });
    return context;
  }

  /** @param {string} problem */
  add(problem) {
    this.#seen.push(problem);
  }

  /**
   * What was seen in this context, after its pages had the time to report what their last step caused.
   * @param {Iterable<BrowserContext>} contexts
   * @returns {Promise<string[]>}
   */
  async settled(contexts) {
    for (const context of contexts) {
      for (const page of context.pages()) {
        await page.waitForLoadState("networkidle").catch(() => undefined);
        await page.evaluate(() => new Promise((resolve) => setTimeout(resolve))).catch(() => undefined);
      }
    }
    return this.#seen;
  }
}
