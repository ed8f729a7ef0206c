// @ts-check
// Moments are written in UTC by the server; here they also get the local time of who is looking.

/** Adds the local time to the title, or to the note shown on focus, of every moment. */
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
}
