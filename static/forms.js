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

// The page that answers a post is one that can be asked for, to the browser too:
// Back and a reload show its form, and send nothing.
const answers = document.body.dataset.get;
if (answers) history.replaceState(history.state, "", answers);

// What is typed into a form with data-draft outlives a reload, a dead network, a
// session that ended and a tab that crashed: it stays in this tab under the
// form's address, with the hidden fields that let it count once, until the form
// is accepted or somebody signs out. All that is kept is one member's: at a
// shared till the next one must not find it.
const whose = document.querySelector("[data-member]")?.dataset.member;
if (whose && sessionStorage.getItem("member") !== whose) {
  sessionStorage.clear();
  sessionStorage.setItem("member", whose);
}
document.addEventListener("submit", (event) => {
  if (event.target.action.endsWith("/logout")) sessionStorage.clear();
});
const draftOf = (address) => JSON.parse(sessionStorage.getItem(address)) ?? {};

// The code that a draft was for is here: what is typed next is another's.
const made = document.querySelector("[data-form]")?.dataset.form;
for (const address of made ? Object.keys(sessionStorage) : []) {
  if (/^\/codes(\?|$)/.test(address) && new URLSearchParams(draftOf(address).fields).get("form_id") === made) sessionStorage.removeItem(address);
}

// A button begins its form anew, or sends another of the same address; a link
// leads to the form as it is now.
document.addEventListener("click", (event) => {
  const clear = event.target.closest("[data-clear]");
  if (!clear) return;
  sessionStorage.removeItem(clear.getAttribute("href") ?? clear.form.getAttribute("action"));
  if (clear.type === "button") location.assign(location.pathname + location.search);
});

for (const form of document.querySelectorAll("form[data-draft]")) {
  const address = form.getAttribute("action");
  const note = (name) => form.querySelector(`[data-${name}]`);
  const kept = draftOf(address);
  let sent = answers && kept.sent; // and may be stored
  const keep = () => sessionStorage.setItem(address, JSON.stringify({ sent, fields: String(new URLSearchParams(new FormData(form))) }));
  if (answers) {
    // It came back with mistakes, and holds all that was typed. Told that it was
    // overtaken it stays kept as it was sent: what lets it count once is of then.
    if (!sent) keep();
  } else if (kept.fields) {
    const values = new URLSearchParams(kept.fields);
    const put = (field) => {
      const before = [field.value, field.checked].join();
      if (field.type === "radio" || field.type === "checkbox") field.checked = values.getAll(field.name).includes(field.value);
      else if (values.has(field.name)) field.value = values.get(field.name);
      return [field.value, field.checked].join() !== before;
    };
    form.reset(); // of what the browser put back itself
    const fields = [...form.elements];
    const other = fields.filter((field) => field.type !== "hidden" && put(field));
    if (other.length) {
      sent = kept.sent;
      for (const field of fields) put(field);
      // What is folded away would go to the next customer unseen.
      for (const field of other) {
        for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
      }
      note(sent ? "sent" : "restored").hidden = false;
    } else {
      sessionStorage.removeItem(address); // what it would have changed is so
    }
  }
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
  // A press goes by fetch, so that a dead network leaves the page as it is, and
  // so does a server that cannot answer for the moment. With an answer the
  // browser goes where it leads; a mistake is posted once more, for the page
  // that tells it.
  const again = (name) => {
    form.removeAttribute("aria-busy");
    note(name).hidden = false;
    note(name).scrollIntoView({ block: "center" });
  };
  form.addEventListener("submit", async (event) => {
    if (event.submitter?.name || form.getAttribute("aria-busy") === "true") return; // the second press is dropped above
    event.preventDefault();
    const before = sent;
    sent = true;
    keep();
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "HX-Request": "true" } });
      note("offline").hidden = note("unable").hidden = true;
      const to = answer.headers.get("HX-Redirect");
      if (to) {
        sessionStorage.removeItem(address);
        location.assign(to);
        return;
      }
      sent = before || answer.status >= 500 || answer.status === 409;
      keep();
      if (answer.status >= 500 || answer.status === 429) again("unable");
      else form.submit();
    } catch {
      note("unable").hidden = true;
      again("offline");
    }
  });
}
