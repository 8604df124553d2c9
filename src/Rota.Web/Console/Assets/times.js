// Keeps "3 min ago" true, and tells the instant in the zone of this browser. The words are those of TimeWords.cs.
const EVERY_MS = 1000;
const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
const seconds = { s: 1, min: 60, h: 3600, d: 86400 };

function words(at, now) {
  const span = Math.trunc((now - at) / 1000), size = Math.abs(span);
  if (size < 3) return "now";
  const unit = size < 60 ? "s" : size < 3600 ? "min" : size < 2 * 86400 ? "h" : "d";
  const text = `${Math.trunc(size / seconds[unit])} ${unit}`;
  return span > 0 ? `${text} ago` : `in ${text}`;
}

function refresh() {
  if (document.hidden) return;
  const now = Date.now();
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const at = Date.parse(time.dateTime), text = words(at, now);
    if (time.textContent !== text) time.textContent = text;
    const title = local.format(at);
    if (time.title !== title) time.title = title;
  }
  for (const time of document.querySelectorAll("time[data-local]:not([title])")) {
    time.title = local.format(Date.parse(time.dateTime));
  }
}

setInterval(refresh, EVERY_MS);
document.addEventListener("htmx:afterSwap", refresh);
document.addEventListener("visibilitychange", refresh);
refresh();
