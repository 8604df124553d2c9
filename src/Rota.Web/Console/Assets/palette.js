// Ctrl-K: a field that finds things anywhere, by the page Find; arrows choose, Enter goes there.
const WAIT_MS = 120;

const dialog = document.getElementById("palette");
const field = dialog?.querySelector("input"), found = document.getElementById("palette-found");
let timer = 0, asked = 0;

if (dialog) {
  document.addEventListener("keydown", event => {
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      event.preventDefault();
      show();
    }
  });
  document.addEventListener("click", event => {
    if (event.target === dialog) dialog.close(); // beside it
    if (!event.target.closest("[data-palette]") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    show();
  });
  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(find, WAIT_MS); });
  dialog.addEventListener("keydown", move);
}

function show() {
  if (dialog.open) return;
  field.value = "";
  dialog.showModal();
  find();
}

async function find() {
  const mine = ++asked;
  try {
    const answer = await fetch(`/console/find?q=${encodeURIComponent(field.value)}`, { headers: { "HX-Request": "true" } });
    if (mine !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("found");
    if (page) found.replaceChildren(...page.childNodes);
    else location.reload(); // the session is over
    choose(0);
  } catch {
    found.textContent = "The server does not answer.";
  }
}

const options = () => [...found.querySelectorAll("a")];

function choose(at) {
  const all = options();
  all.forEach((one, place) => {
    one.id = `palette-${place}`;
    one.tabIndex = -1;
    one.setAttribute("role", "option");
    one.setAttribute("aria-selected", String(place === at));
  });
  if (all[at]) field.setAttribute("aria-activedescendant", all[at].id);
  else field.removeAttribute("aria-activedescendant");
  all[at]?.scrollIntoView({ block: "nearest" });
}

function move(event) {
  const all = options(), at = all.findIndex(one => one.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown") choose(Math.min(all.length - 1, at + 1));
  else if (event.key === "ArrowUp") choose(Math.max(0, at - 1));
  else if (event.key === "Enter") all[at]?.click();
  else return;
  event.preventDefault();
}
