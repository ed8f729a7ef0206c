// @ts-check
// The newest checkpoint of the public log, on the page of the ledger, as anybody may fetch it.

/** How often it is fetched, in milliseconds. */
const EVERY = 2000;

/** Keeps size and root on the page those of the newest checkpoint. */
export function followLedger() {
  const size = document.querySelector("[data-log-size]");
  const root = document.querySelector("[data-log-root]");
  if (!size || !root) return;
  const format = new Intl.NumberFormat(document.documentElement.lang === "fr" ? "fr" : "en-GB");
  setInterval(async () => {
    if (document.hidden) return;
    const response = await fetch("/log/checkpoint", { cache: "no-store" }).catch(() => null);
    if (!response?.ok) return;
    const [, entries, hash] = (await response.text()).split("\n");
    const shown = format.format(Number(entries));
    if (size.textContent === shown) return;
    size.textContent = shown;
    root.textContent = hash ?? "";
  }, EVERY);
}
