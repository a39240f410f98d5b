// Money that comes is heard: a sound, and the amount in words by the browser's
// own voice where it has one of the page's language. Off until one tap turns it
// on, for this device. Of several open pages one is heard. The title counts
// what came while nobody looked, and so does the mark of an installed app.
const on = () => localStorage.getItem("sound") === "on";
let context;

function ring(tones) {
  context ??= new AudioContext();
  context.resume();
  tones.forEach((frequency, i) => {
    const at = context.currentTime + i * 0.16;
    const gain = context.createGain();
    gain.gain.setValueAtTime(0.0001, at);
    gain.gain.exponentialRampToValueAtTime(0.4, at + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.5);
    gain.connect(context.destination);
    const tone = context.createOscillator();
    tone.frequency.value = frequency;
    tone.connect(gain);
    tone.start(at);
    tone.stop(at + 0.55);
  });
}

function say(words) {
  const lang = document.documentElement.lang;
  const voice = window.speechSynthesis?.getVoices().find((v) => v.lang.toLowerCase().startsWith(lang));
  if (!voice) return;
  const spoken = new SpeechSynthesisUtterance(words);
  spoken.voice = voice;
  spoken.lang = voice.lang;
  speechSynthesis.speak(spoken);
}

// alone lets one of the open pages do what belongs to a number in the log: the
// first that comes here remembers it for the others, also for one that has
// slept and is told hours later.
const lastHeard = () => JSON.parse(localStorage.getItem("heard"));
async function alone(seq, act) {
  const first = () => {
    if (lastHeard()?.seq >= seq) return;
    localStorage.setItem("heard", JSON.stringify({ seq, at: Date.now() }));
    act();
  };
  if (navigator.locks) await navigator.locks.request("kodebayar heard", first);
  else first(); // without HTTPS two pages may rarely ring at once
}

// A log that has not come as far as what was heard from it is another one: an
// older copy of the database was restored. Unless it was heard just now, by
// another page while this one was on its way.
const start = live && Number(new URL(live.getAttribute("sse-connect"), location.href).searchParams.get("after"));
if (live && lastHeard()?.seq > start && Math.abs(Date.now() - lastHeard().at) > 60_000) localStorage.removeItem("heard");

let unseen = 0;
const title = document.title;
function count(n) {
  unseen = n;
  document.title = n > 0 ? `(${n}) ${title}` : title;
  if (n > 0) navigator.setAppBadge?.(n);
  else navigator.clearAppBadge?.();
}

document.addEventListener("kodebayar:paid", ({ detail }) => {
  if (document.hidden || !document.hasFocus()) count(unseen + 1);
  if (!on()) return;
  alone(detail.seq, () => {
    ring([880, 1175, 1568]);
    say(detail.data.say);
  });
});
document.addEventListener("kodebayar:missed", ({ detail }) => {
  count(unseen + detail.data.count);
  if (on()) alone(detail.data.seq, () => ring([880, 1175, 1568])); // once, however many
});
for (const event of ["focus", "pointerdown", "keydown"]) window.addEventListener(event, () => unseen && count(0));
document.addEventListener("visibilitychange", () => { if (!document.hidden && document.hasFocus()) count(0); });

// A search replaces the switch with one that knows nothing yet.
function showSwitch() {
  const button = document.querySelector("[data-sound]");
  if (!button) return;
  button.setAttribute("aria-pressed", String(on()));
  button.querySelector("[data-sound-label]").textContent = on() ? button.dataset.on : button.dataset.off;
}
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-sound]")) return;
  localStorage.setItem("sound", on() ? "off" : "on");
  if (on()) ring([880, 1175]); // so that it is known how it sounds, and allowed to
  showSwitch();
});
document.addEventListener("htmx:load", showSwitch);
window.addEventListener("storage", showSwitch);
showSwitch();
// A browser allows sound only after a touch: the first one on this page will do.
window.addEventListener("pointerdown", () => { if (on()) { context ??= new AudioContext(); context.resume(); } }, { once: true });
window.speechSynthesis?.getVoices(); // some browsers load them only when asked
