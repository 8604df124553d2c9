// Keys for those who do not want to reach for the mouse. None of them works while one types.
const TWO_KEYS_MS = 1200;

const help = document.getElementById("keys");
let isGoing = 0;

document.addEventListener("click", event => event.target.closest("[data-keys]") && help?.showModal());
document.addEventListener("keydown", event => {
  const isTyping = event.target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (isGoing && Date.now() - isGoing < TWO_KEYS_MS) {
    isGoing = 0;
    const place = document.querySelector(`.side [data-key="${CSS.escape(event.key)}"]`);
    if (place) return void place.click();
  }
  if (event.key === "g") isGoing = Date.now();
  else if (event.key === "?") help?.showModal();
  else if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
  else if (event.key === "x") document.activeElement?.closest("tr")?.querySelector("input[type=checkbox]")?.click();
  else return;
  event.preventDefault();
});

// From row to row: the first link of it gets the focus.
function step(by) {
  const links = [...document.querySelectorAll("main table tbody tr")]
    .map(row => row.querySelector("td:not(.does) a")).filter(link => link);
  const now = links.findIndex(link => link.closest("tr") === document.activeElement?.closest("tr"));
  links[now < 0 ? 0 : Math.min(links.length - 1, Math.max(0, now + by))]?.focus();
}
