// @ts-check
// Moments are written in UTC by the server; here they also get the local time of who is looking.

/** Adds the local time to the title, or to the note shown on focus, of every moment; and beside it, where there is room for it. */
export function addLocalTimes() {
  const language = document.documentElement.lang;
  const format = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "long" });
  for (const time of document.querySelectorAll("time[datetime]")) {
    if (!(time instanceof HTMLTimeElement)) continue;
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    const local = format.format(moment);
    if (time.dataset.exact) time.dataset.exact += ` · ${local}`;
    else time.title += `\n${local}`;
  }
  const brief = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
  for (const place of document.querySelectorAll("[data-local]")) {
    if (!(place instanceof HTMLElement)) continue;
    const moment = new Date(place.dataset.local ?? "");
    if (!Number.isNaN(moment.getTime())) place.textContent = brief.format(moment);
  }
}
