// A shared till locks when nobody uses it. It is the server that ends the
// session; the page leaves by itself, so that nobody reads on in another's name.
const till = document.querySelector("[data-lock]");
const { member } = document.querySelector("[data-member]").dataset;
let timer = null;

function wait(seconds) {
  clearTimeout(timer);
  timer = setTimeout(look, (seconds + 1) * 1000);
}

// Another tab may have put it off, or have the next cashier in it, so the server
// is asked. Asking puts off nothing.
async function look() {
  let left = 30; // until there is a network again
  try {
    const answer = await fetch(`/till/left?staff=${encodeURIComponent(member)}`);
    if (answer.status === 401) {
      const { path } = till.dataset;
      location.replace(path === "/" ? "/login" : `/login?next=${encodeURIComponent(path)}`);
      return;
    }
    if (answer.status === 409) {
      location.replace("/");
      return;
    }
    if (answer.status === 200) left = Number(await answer.text());
  } catch {
    // No network: nothing can be sent in anybody's name either.
  }
  wait(left);
}

wait(Number(till.dataset.lock));
// Timers sleep with the computer, and a page may come back out of the browser's
// memory.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) look();
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) look();
});
