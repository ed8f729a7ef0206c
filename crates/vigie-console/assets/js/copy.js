// @ts-check
// Buttons that copy: shown only where the browser can copy at all.

/** How long a button says that it has copied, in milliseconds. */
const SAID_FOR = 2000;

/** Shows every copy button and has it copy what it carries. */
export function offerCopies() {
  for (const field of document.querySelectorAll("input[data-select], textarea[data-select]")) {
    if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) {
      field.addEventListener("focus", () => field.select());
    }
  }
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("button[data-copy]")) {
    if (button instanceof HTMLButtonElement) offer(button);
  }
}

/** @param {HTMLButtonElement} button */
function offer(button) {
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy ?? "");
    button.textContent = "\u2713 " + label;
    setTimeout(() => (button.textContent = label), SAID_FOR);
  });
}
