// What every page of the staff has: keys, and the worker that shows a page when
// there is no network.
//
// A key presses what bears it in aria-keyshortcuts: a link is followed, a
// button pressed, a field entered, and a group at what is chosen in it or at its
// first link. Never while somebody types, and never with another key held down.
// The counter's amount takes no letters, so there they are keys too; what was
// entered waits for whoever goes elsewhere. Escape leaves any other field.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const typing = event.target.closest?.("input:not([type=radio], [type=checkbox]), textarea, select, dialog[open]");
  if (typing && !typing.matches(".sale [data-amount]")) {
    if (event.key === "Escape" && !typing.matches("dialog *, dialog")) typing.blur();
    return;
  }
  if (event.key === "?") {
    event.preventDefault();
    document.getElementById("keys")?.showModal();
    return;
  }
  if (event.shiftKey && event.key !== "/") return;
  const bearers = document.querySelectorAll(`[aria-keyshortcuts="${CSS.escape(event.key.toLowerCase())}"]`);
  const bearer = [...bearers].find((element) => element.checkVisibility() && !element.disabled);
  if (!bearer) return;
  event.preventDefault();
  if (bearer.matches("fieldset, table")) return bearer.querySelector(":checked, a")?.focus();
  bearer.focus();
  if (bearer.matches("input, textarea")) bearer.select();
  else bearer.click();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys]")) document.getElementById("keys").showModal();
});

// Only where browsers allow it: over HTTPS, and on this machine.
if (window.isSecureContext && navigator.serviceWorker) navigator.serviceWorker.register("/sw.js");

// The phone's own sheet for sharing, with the picture of the code where it may.
// The whole page is marked, not its button, which the stream replaces. A phone
// opens the sheet only within some seconds of the tap, so the picture is not
// waited for longer than two.
if (navigator.share) document.documentElement.classList.add("can-share");
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-share]");
  if (!button) return;
  const what = { text: button.dataset.share };
  try {
    const answer = await fetch(button.dataset.picture, { signal: AbortSignal.timeout(2000) });
    if (!answer.ok) throw new Error(answer.statusText);
    const picture = await answer.blob();
    const files = [new File([picture], "kode-bayar.png", { type: picture.type })];
    if (navigator.canShare?.({ ...what, files })) what.files = files;
  } catch {
    // The words alone will do.
  }
  navigator.share(what).catch(() => {}); // somebody changed their mind
});
