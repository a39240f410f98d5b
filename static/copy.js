// Copy buttons: <button data-copy="text" data-copied="Copied">. They are hidden
// until scripts run (see the stylesheet), because without scripts the text
// beside them can still be selected.
//
// navigator.clipboard exists only over HTTPS and on localhost. A shop's own
// network often has neither, hence the older way through a selection.
async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Denied: try the other way.
    }
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  area.className = "sr-only";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button || !(await copyText(button.dataset.copy))) return;
  button.focus();
  const label = button.querySelector("[data-copy-label]");
  if (!label || button.dataset.was) return;
  button.dataset.was = label.textContent;
  label.textContent = button.dataset.copied;
  setTimeout(() => {
    label.textContent = button.dataset.was;
    delete button.dataset.was;
  }, 2000);
});
