// Follows logs: of a job, or of a supervised process. Lines come by the thousand: they are kept in a queue, and written
// once a frame; what is shown is bounded, older lines leave at the top. Text is only ever text here: never markup.
const SHOWN_MAX = 3000, FRAME_MIN = 25, FRAME_MAX = 250, SLOW_MS = 100, WAITING_MAX = 3000,
  CHARACTERS_MAX = 4000, RETRY_MS = 3000;
const names = { information: "info", warning: "warn", error: "error", critical: "critical" };

for (const log of document.querySelectorAll(".log")) view(log);

function view(log) {
  const section = log.closest("section");
  const note = section.querySelector("[data-log-note]");
  const find = section.querySelector("[data-log-find]");
  const button = section.querySelector("[data-log-follow]");
  let waiting = [], left = 0, isFollowing = button?.getAttribute("aria-pressed") === "true", isAsked = false;
  let source = null, seen = "", hasEnded = false, perFrame = FRAME_MAX, drawnAt = 0;

  log.scrollTop = log.scrollHeight;
  if (log.dataset.log) {
    listen();
    document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
    window.addEventListener("pagehide", rest);
    window.addEventListener("pageshow", event => event.persisted && listen());
  }
  button.addEventListener("click", () => follow(!isFollowing));
  log.addEventListener("wheel", event => event.deltaY < 0 && follow(false), { passive: true });
  log.addEventListener("keydown", event => ["PageUp", "Home", "ArrowUp"].includes(event.key) && follow(false));
  find.addEventListener("input", () => { for (const row of log.children) mark(row, find.value); });

  // A browser has few connections to one server: a tab that nobody sees gives its own back, and goes on where it was.
  function rest() {
    source?.close();
    source = null;
  }

  function listen() {
    if (source || hasEnded || document.hidden) return;
    const address = new URL(log.dataset.log, location.href);
    if (seen) address.searchParams.set("after", seen);
    source = new EventSource(address);
    source.onmessage = event => {
      seen = event.lastEventId;
      waiting.push(JSON.parse(event.data));
      if (waiting.length > WAITING_MAX) left += waiting.splice(0, waiting.length - WAITING_MAX).length;
      ask();
    };
    source.addEventListener("end", () => {
      hasEnded = true;
      rest();
    });
    // What was refused may be there again later, such as a supervisor that starts anew.
    source.onerror = () => {
      if (source?.readyState !== EventSource.CLOSED) return;
      rest();
      setTimeout(listen, RETRY_MS);
    };
  }

  function ask() {
    if (isAsked) return;
    isAsked = true;
    // A hidden tab has no frames; it writes when it is looked at again.
    requestAnimationFrame(draw);
  }

  // A slow machine draws fewer lines a frame and leaves out what it cannot keep up with, rather than to stand still.
  function draw(now) {
    isAsked = false;
    if (drawnAt) perFrame = now - drawnAt > SLOW_MS ? Math.max(FRAME_MIN, perFrame >> 1) : Math.min(FRAME_MAX, perFrame + FRAME_MIN);
    const rows = document.createDocumentFragment();
    for (const line of waiting.splice(0, perFrame)) rows.append(toRow(line, find.value));
    log.append(rows);
    const over = log.children.length - SHOWN_MAX;
    for (let i = 0; i < over; i++) log.firstElementChild.remove();
    left += Math.max(0, over);
    note.textContent = left > 0 ? `The newest ${log.children.length.toLocaleString("en")} lines; the download has all.` : "";
    if (isFollowing) log.scrollTop = log.scrollHeight;
    drawnAt = waiting.length > 0 ? now : 0;
    if (waiting.length > 0) ask();
  }

  function follow(isOn) {
    isFollowing = isOn;
    button.setAttribute("aria-pressed", String(isOn));
    if (isOn) log.scrollTop = log.scrollHeight;
  }
}

// Lines of a process are text alone; those of a job have a time and a level.
function toRow(line, find) {
  const row = document.createElement("div"), text = withText("span", visible(line.text));
  if (line.at) {
    const level = names[line.level] ?? "debug";
    row.className = `log-${level}`;
    const time = Object.assign(document.createElement("time"), { dateTime: line.at, textContent: line.at.slice(11, 23).padEnd(12, "0") });
    row.append(time, withText("b", level), text);
  } else {
    row.append(text);
  }
  mark(row, find);
  return row;
}

function withText(name, text) {
  return Object.assign(document.createElement(name), { textContent: text });
}

function mark(row, find) {
  const text = find.toLowerCase();
  row.hidden = text.length > 0 && !row.lastElementChild.textContent.toLowerCase().includes(text);
}

// The rule of VisibleText.cs: colours go, what would hide or reorder is shown, what is endless is cut.
function visible(text) {
  const cut = text.slice(0, CHARACTERS_MAX)
    .replace(/\x1b\[[0-?]*[ -/]*[@-~]/g, "")
    .replace(/[\x00-\x08\x0b-\x1f]/g, one => String.fromCharCode(0x2400 + one.charCodeAt(0)))
    .replace(/[\x7f-\x9f\u061c\ufeff\u200b-\u200f\u2028-\u202e\u2060-\u2069]/g,
      one => `<U+${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}>`);
  const more = text.length - CHARACTERS_MAX;
  return more > 0 ? `${cut}… (${more.toLocaleString("en")} more characters)` : cut;
}
