// A slow network invites a second tap. The first one wins: the form is marked
// busy and further submits are dropped. Coming back by the browser's Back
// button shows the page as it was left, so the mark is taken off again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.getAttribute("aria-busy") === "true") {
    event.preventDefault();
    return;
  }
  if (form.method === "post") form.setAttribute("aria-busy", "true");
});

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) form.removeAttribute("aria-busy");
});

// An answer that keeps the page leaves its form ready again.
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form[aria-busy]");
  if (form) form.removeAttribute("aria-busy");
});

// Menus made of <details> close when something else is touched, or by Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A form that came back with mistakes begins at the first of them, wherever on
// the page it stands; a link on top leads to each.
function goTo(mistake) {
  const place = document.getElementById(mistake.hash.slice(1));
  if (!place) return false;
  for (let folded; (folded = place.closest("details:not([open])")); ) folded.open = true;
  const field = place.matches("input, select, textarea") ? place : (place.querySelector("input:checked") ?? place.querySelector("input") ?? place);
  field.focus({ preventScroll: true });
  place.scrollIntoView({ block: "center" });
  return true;
}
const mistakes = [...document.querySelectorAll("[data-mistakes] a")];
for (const mistake of mistakes) {
  mistake.addEventListener("click", (event) => {
    if (goTo(mistake)) event.preventDefault();
  });
}
if (mistakes.length) goTo(mistakes[0]);
