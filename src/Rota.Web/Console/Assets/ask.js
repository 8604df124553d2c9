// Asks before a form with data-confirm is sent. Without script it is sent at once.
let isAsked = false;

document.addEventListener("submit", event => {
  const form = event.target, button = event.submitter, text = button?.dataset.confirm ?? form.dataset.confirm;
  if (!text || isAsked) return;
  event.preventDefault();
  const dialog = element("dialog", "ask card");
  const [yes, no] = [element("button", "btn btn-danger", button?.textContent.trim() || button?.title || "Yes"),
    element("button", "btn", "Leave it")];
  const buttons = element("div", "d-flex gap-2 justify-content-end mt-3");
  buttons.append(no, yes);
  dialog.append(element("p", "m-0", text), buttons);
  dialog.addEventListener("close", () => dialog.remove());
  no.addEventListener("click", () => dialog.close());
  yes.addEventListener("click", () => {
    dialog.close();
    isAsked = true;
    form.requestSubmit(button);
    isAsked = false;
  });
  document.body.append(dialog);
  dialog.showModal();
  no.focus();
});

function element(name, className, text = "") {
  return Object.assign(document.createElement(name), { className, textContent: text });
}
