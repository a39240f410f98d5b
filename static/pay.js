// The customer's page: it turns by itself when the payment comes, copies the
// code, and moves its clock, so that a picture of it is visibly old.
const page = document.body;

// The server ticks every 15 seconds. After three missing ones the connection is
// dead, whatever the browser believes: a phone that slept is told nothing.
// A connection that was just asked for has to begin within five seconds: it
// may have gone out on a line that died in the phone's sleep.
const silence = 45_000;
const patience = 5_000;
let source, retry, heard, limit;

const connect = () => {
  clearTimeout(retry);
  source?.close();
  const hear = (within) => { heard = Date.now(); limit = within; };
  hear(patience);
  source = new EventSource(page.dataset.events);
  source.addEventListener("tick", () => hear(silence));
  source.addEventListener("state", (event) => {
    hear(silence);
    const open = document.getElementById("steps")?.open;
    document.getElementById("state").innerHTML = event.data;
    const steps = document.getElementById("steps");
    if (steps && open) steps.open = true; // who reads goes on reading
  });
  source.addEventListener("error", () => {
    // The browser tries again by itself unless the server said no.
    if (source.readyState === EventSource.CLOSED) retry = setTimeout(connect, 5000);
  });
};
if (page.dataset.events && window.EventSource) {
  const revive = () => { if (Date.now() - heard > limit) connect(); };
  connect();
  setInterval(revive, 1000);
  document.addEventListener("visibilitychange", revive);
  window.addEventListener("online", connect);
}

const clock = document.getElementById("clock");
if (clock) {
  const format = new Intl.DateTimeFormat("id", {
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: page.dataset.zone,
  });
  const date = new Intl.DateTimeFormat(document.documentElement.lang === "en" ? "en-GB" : "id", {
    weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: page.dataset.zone,
  });
  const day = document.getElementById("today");
  const move = () => {
    const now = new Date();
    clock.textContent = `${format.format(now).replaceAll(":", ".")} ${page.dataset.zoneLabel}`;
    day.textContent = date.format(now);
  };
  move();
  setInterval(move, 1000);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  let done = false;
  if (navigator.clipboard && isSecureContext) {
    done = await navigator.clipboard.writeText(button.dataset.copy).then(() => true, () => false);
  }
  if (!done) {
    // Without HTTPS there is only the old way, through a selection.
    const code = document.getElementById("code");
    const range = document.createRange();
    range.selectNodeContents(code);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    done = document.execCommand("copy");
  }
  if (done) {
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = button.dataset.label; }, 2000);
  }
});
