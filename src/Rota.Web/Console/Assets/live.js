// One stream a tab says "tick" when something changed. Regions of the page (hx-trigger="rota:tick from:body") then fetch
// the page again and morph themselves. A hidden tab closes its stream and rests. When the stream breaks, or a fetch
// fails, a mark says how old the page is, until it is fresh again.
import htmx from "htmx.org";

const PAUSE_MS = 1000, RETRY_MS = 3000, GRACE_MS = 1500;

const address = [...document.querySelectorAll("[data-live]")].at(-1)?.dataset.live;
const mark = document.getElementById("stale");
let source = null, isOver = false, isStale = false, isTicking = false, freshAt = Date.now(), tickedAt = 0;
let grace = 0, retry = 0;

if (address && mark) {
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  document.addEventListener("htmx:afterOnLoad", setFresh);
  for (const name of ["htmx:sendError", "htmx:responseError"]) document.addEventListener(name, setStale);
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", shown => shown.persisted && open());
  setInterval(tellAge, PAUSE_MS);
  if (!document.hidden) open();
}

function open() {
  clearTimeout(retry);
  if (source || document.hidden) return;
  const isAgain = Date.now() - freshAt > PAUSE_MS;
  if (isOver) return void tick();
  source = new EventSource(address);
  source.onopen = () => { clearTimeout(grace); if (isAgain || isStale) tick(); };
  source.onmessage = tick;
  source.addEventListener("tick", tick);
  source.addEventListener("end", () => { isOver = true; close(); tick(); });
  source.onerror = () => {
    clearTimeout(grace);
    grace = setTimeout(setStale, GRACE_MS);
    if (source?.readyState === EventSource.CLOSED) again();
  };
}

function close() {
  clearTimeout(grace);
  clearTimeout(retry);
  source?.close();
  source = null;
}

// The server refused the stream, perhaps because the session is over: the page itself tells.
function again() {
  close();
  retry = setTimeout(() => { tick(); open(); }, RETRY_MS);
}

function tick() {
  if (isTicking) return;
  isTicking = true;
  setTimeout(() => {
    isTicking = false;
    tickedAt = Date.now();
    htmx.trigger(document.body, "rota:tick");
    if (!document.querySelector('[hx-trigger*="rota:tick"]')) setFresh();
  }, Math.max(0, tickedAt + PAUSE_MS - Date.now()));
}

function setFresh() {
  freshAt = Date.now();
  isStale = false;
  mark.hidden = true;
}

function setStale() {
  if (document.hidden) return;
  isStale = true;
  tellAge();
  mark.hidden = false;
  if (isOver) retry = setTimeout(tick, RETRY_MS);
}

function tellAge() {
  if (isStale) mark.querySelector("b").textContent = `${Math.round((Date.now() - freshAt) / 1000)} s`;
}
