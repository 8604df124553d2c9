// Completes the last word of a filter field from its list of words.
document.addEventListener("input", event => {
  const field = event.target;
  if (field.dataset?.filter === undefined || !field.list) return;
  field.words ??= [...field.list.options].map(option => option.value);
  const before = field.value.replace(/\S*$/, "");
  const options = field.words.map(word => Object.assign(document.createElement("option"), { value: before + word }));
  field.list.replaceChildren(...options);
});
