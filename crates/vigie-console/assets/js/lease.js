// @ts-check
// Holding an incident while somebody works on it: its lease is renewed, so that whoever thinks for longer does not lose it.
//
// It is renewed while the page is in view and something was pressed, typed or moved on it lately; a screen that nobody sits at
// gives the incident back, and keeps no session alive. Without this script a lease ends after its fifteen minutes.

/** How often it is renewed, in milliseconds; a lease lasts fifteen minutes. */
const EVERY = 4 * 60 * 1000;

/** For so long after the last sign of life it is renewed. */
const AWAKE = 15 * 60 * 1000;

/** Renews the lease under which the page is shown, until it is lost. */
export function keepLease() {
  const kept = document.querySelector("[data-lease]");
  if (!(kept instanceof HTMLElement)) return;
  let alive = Date.now();
  for (const sign of ["pointerdown", "pointermove", "keydown", "scroll"]) {
    addEventListener(sign, () => (alive = Date.now()), { passive: true });
  }
  const renew = async () => {
    if (document.hidden || Date.now() - alive > AWAKE) return;
    const body = new URLSearchParams({ fence: kept.dataset.fence ?? "" });
    const answer = await fetch(kept.dataset.lease ?? "", { method: "POST", body }).catch(() => null);
    // Where there is no answer, the next one tells.
    if (answer?.ok && !(await answer.json()).held) {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", renew);
      kept.hidden = false;
    }
  };
  const timer = setInterval(renew, EVERY);
  // Who comes back to the page learns at once whether they still hold it.
  document.addEventListener("visibilitychange", renew);
}
