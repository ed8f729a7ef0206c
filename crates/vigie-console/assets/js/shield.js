// @ts-check
// Shielded media: steps of reveal without leaving the page, hiding it all with one key, and telling how long it was shown.
//
// The server writes each look down before it gives a single-use address; here only the part of the page with that item is
// exchanged. Without this script the same forms load the whole page.

import { offerPasskeys } from "./passkey.js";

/** Has the forms of reveal and of hiding work in place. */
export function shield() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement)) return;
    if (form.dataset.reveal !== undefined) {
      event.preventDefault();
      void reveal(form, event.submitter);
    } else if (form.dataset.hideAll !== undefined) {
      event.preventDefault();
      hideAll(form.action);
    }
  });
  // Whoever leaves the page does not see it any more.
  addEventListener("pagehide", () => tellHidden(hideAddress()));
}

/**
 * Asks for one step of one item, and exchanges its part of the page.
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} submitter
 */
async function reveal(form, submitter) {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form, submitter)) fields.append(name, String(value));
  const item = fields.get("item") ?? "";
  const answer = await fetch(form.action, { method: "POST", body: fields, headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const selector = `[data-item="${CSS.escape(item)}"]`;
  const [old, fresh] = [document.querySelector(selector), page.querySelector(selector)];
  if (!answer.ok || !(old instanceof HTMLElement) || !fresh?.querySelector("[data-look]")) {
    showInstead(page);
    return;
  }
  tellHidden(hideAddress(), old);
  old.replaceWith(document.adoptNode(fresh));
  // The focus stays on the item: on the next step, which can be asked for now.
  const shown = document.querySelector(selector);
  if (shown) nextStep(shown)?.focus();
}

/**
 * Shows what came in place of a look: that it is refused and why, or that it takes a confirmation first. It was answered once
 * and written down once, so it is not asked for again.
 * @param {Document} page
 */
function showInstead(page) {
  const [old, fresh] = [document.querySelector("main"), page.querySelector("main")];
  if (!old || !fresh) {
    location.reload();
    return;
  }
  tellHidden(hideAddress());
  old.replaceWith(document.adoptNode(fresh));
  document.title = page.title;
  offerPasskeys();
  const heading = document.querySelector("main h1");
  if (heading instanceof HTMLElement) {
    heading.tabIndex = -1;
    heading.focus();
  }
}

/**
 * Takes everything off the screen first, then says so.
 * @param {string} address
 */
function hideAll(address) {
  tellHidden(address);
  for (const picture of document.querySelectorAll("img[data-look]")) {
    const empty = document.createElement("div");
    empty.className = "unseen";
    picture.replaceWith(empty);
  }
}

function hideAddress() {
  const form = document.querySelector("form[data-hide-all]");
  return form instanceof HTMLFormElement ? form.action : "";
}

/**
 * Tells which looks have ended: all on the page, or those within a part of it.
 * @param {string} address
 * @param {ParentNode} [within]
 */
function tellHidden(address, within = document) {
  const fields = new URLSearchParams();
  for (const picture of within.querySelectorAll("img[data-look]")) {
    if (picture instanceof HTMLElement) fields.append("reveal", picture.dataset.look ?? "");
  }
  if (address && fields.size > 0) navigator.sendBeacon(address, fields);
}

/**
 * The button of the step after the one that is shown. Earlier looks open later steps too; none is jumped.
 * @param {Element} item
 * @returns {HTMLElement | null}
 */
function nextStep(item) {
  const steps = [...item.querySelectorAll('button[name="step"]')];
  const shown = item.querySelector("img[data-step]")?.getAttribute("data-step") ?? "";
  const next = steps[steps.findIndex((step) => step.getAttribute("value") === shown) + 1];
  return next instanceof HTMLButtonElement && !next.disabled ? next : null;
}

/** One step more for the item in focus, or for the first one. Two keys at once, because it reveals. */
export function stepForward() {
  const item = document.activeElement?.closest(".item") ?? document.querySelector(".item");
  const next = item ? nextStep(item) : null;
  next?.click();
  return next !== null;
}
