// @ts-check
// Keys: single letters that move, open and point. No single key reveals or sends anything.
//
// What a letter does stands in the page: `data-go="q"` follows a link after `g`, `data-row` marks the rows of `j` and `k`,
// `data-key="d"` is focused by its letter (or clicked, when it says `data-press`). A person may switch all of it off.

import { stepForward } from "./shield.js";

/** How long after `g` the second letter is awaited, in milliseconds. */
const CHORD = 1500;

/** When `g` was pressed last. */
let going = -Infinity;

/** Listens to the keyboard, unless the person switched single keys off. */
export function listenToKeys() {
  const help = document.getElementById("keys");
  for (const link of document.querySelectorAll("[data-keys-help]")) {
    link.addEventListener("click", (event) => {
      if (!(help instanceof HTMLDialogElement)) return;
      event.preventDefault();
      help.showModal();
    });
  }
  if (document.documentElement.dataset.keys === "off") return;
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (act(event.key, event.timeStamp)) event.preventDefault();
  });
}

/**
 * Whether letters belong to a field at the moment.
 * @param {EventTarget | null} target
 */
function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches("textarea, select")) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit", "file"].includes(target.type);
}

/**
 * Does what a key stands for; whether it stood for anything.
 * @param {string} key
 * @param {number} now
 */
function act(key, now) {
  const afterG = now - going < CHORD;
  going = -Infinity;
  if (afterG) return follow(`[data-go="${CSS.escape(key)}"]`);
  switch (key) {
    case "g":
      going = now;
      return true;
    case "?":
      return follow("[data-keys-help]");
    case "j":
      return move(1);
    case "k":
      return move(-1);
    case "R":
      return stepForward();
    default:
      return point(key);
  }
}

/** @param {string} selector */
function follow(selector) {
  const link = document.querySelector(selector);
  if (!(link instanceof HTMLElement)) return false;
  link.click();
  return true;
}

/**
 * Focuses what carries the key, or clicks it where the page says that this is harmless.
 * @param {string} key
 */
function point(key) {
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!(target instanceof HTMLElement)) return false;
  target.focus();
  target.scrollIntoView({ block: "nearest" });
  if (target.dataset.press !== undefined) target.click();
  return true;
}

/**
 * Focuses the next or the previous row.
 * @param {1 | -1} step
 */
function move(step) {
  const rows = [...document.querySelectorAll("[data-row]")].map((row) =>
    row.matches("a, button") ? row : row.querySelector("a, button"),
  );
  const links = rows.filter((link) => link instanceof HTMLElement);
  if (links.length === 0) return false;
  const at = links.findIndex((link) => link === document.activeElement);
  const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1);
  links[next]?.focus();
  links[next]?.scrollIntoView({ block: "nearest" });
  return true;
}
