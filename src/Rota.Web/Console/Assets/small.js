// Small things: toasts that go, text that is copied, boxes that tick all, "/" that leads to the filter.
const TOAST_MS = 8000;

function announce(text) {
  const place = document.getElementById("announce");
  if (place) place.textContent = text;
}

for (const toast of document.querySelectorAll(".toasts .alert")) {
  announce(toast.textContent);
  if (!toast.matches(".alert-danger")) setTimeout(() => toast.remove(), TOAST_MS);
}

document.addEventListener("click", event => {
  const button = event.target.closest("[data-copy], [data-dismiss]");
  if (button?.dataset.copy !== undefined) copy(button);
  else if (button?.dataset.dismiss !== undefined) button.closest(button.dataset.dismiss)?.remove();
});

// Without TLS a browser has no clipboard for scripts but the old one.
async function copy(button) {
  const text = button.dataset.copy || document.querySelector(button.dataset.copyFrom)?.textContent || "";
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden" });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  button.classList.add("is-done");
  setTimeout(() => button.classList.remove("is-done"), 1500);
  announce("Copied");
}

// <input type=checkbox data-all="id"> ticks all boxes named id; what counts them says how many are ticked.
document.addEventListener("change", event => {
  const box = event.target;
  if (box.dataset?.all) {
    for (const one of document.querySelectorAll(`input[name="${box.dataset.all}"]`)) one.checked = box.checked;
  }
  countTicked();
});

function countTicked() {
  for (const place of document.querySelectorAll("[data-ticked]")) {
    const count = document.querySelectorAll(`input[name="${place.dataset.ticked}"]:checked`).length;
    place.textContent = count > 0 ? `${count} ticked` : "";
  }
}

document.addEventListener("htmx:afterSwap", countTicked);
document.addEventListener("keydown", event => {
  const isTyping = event.target.matches("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = document.querySelector("[data-filter]");
  if (field) {
    event.preventDefault();
    field.focus();
  }
});
