// Keeps a live page honest: it remembers how far it has read, says how old what
// it shows is, and connects again after sleep or a lost network.
//
// The stream's own events, beside those that replace a part of the page:
//   tick   nothing happened; its id is how far the log has come
//   fresh  data is how many rows the list does not show yet, or "changed"
//   renew  the list is to be loaded anew; data is within how many milliseconds,
//          when all lists are
//   paid, missed  money came now, or while the page was away; see heard.js

const live = document.querySelector("[data-live]");

// The server ticks every 15 seconds. Three of them missing means that the
// connection is dead, whatever the browser believes. One that was just asked
// for has to begin within five seconds: it may have gone out on a line that
// died in the computer's sleep.
const silence = 45_000;
const patience = 5_000;

// What the htmx extension gets instead of an EventSource: it lives as long as
// the page, and every connection behind it begins where the last one ended.
// The extension's own way of trying again waits up to a minute, too long for
// somebody who has just opened the laptop.
class Stream {
  listeners = [];
  wait = 1000;
  heard = Date.now();
  asked = 0;
  lost = false;

  constructor() {
    this.connect();
  }

  connect() {
    clearTimeout(this.timer);
    this.source?.close();
    this.asked = Date.now();
    const source = new EventSource(live.getAttribute("sse-connect"));
    this.source = source;
    source.addEventListener("open", () => {
      this.wait = 1000;
      this.hear();
    });
    source.addEventListener("error", () => {
      source.close();
      this.lost = true;
      this.timer = setTimeout(() => this.connect(), this.wait);
      this.wait = Math.min(this.wait * 2, 30_000);
      show();
    });
    for (const [name, listener] of this.listeners) source.addEventListener(name, listener);
  }

  hear(event) {
    this.heard = Date.now();
    this.lost = false;
    if (event?.lastEventId) {
      const url = new URL(live.getAttribute("sse-connect"), location.href);
      url.searchParams.set("after", event.lastEventId);
      live.setAttribute("sse-connect", url.pathname + url.search);
    }
    show();
  }

  // After sleep or a dead network nobody should wait for a timer.
  revive() {
    const dead = this.heard < this.asked ? Date.now() - this.asked > patience : Date.now() - this.heard > silence;
    if (dead || this.source.readyState === EventSource.CLOSED) this.connect();
  }

  get readyState() {
    return this.source.readyState;
  }

  addEventListener(name, listener) {
    this.listeners.push([name, listener]);
    this.source.addEventListener(name, listener);
  }

  forget(names) {
    this.listeners = this.listeners.filter(([name]) => !names.test(name));
  }

  removeEventListener(name, listener) {
    this.listeners = this.listeners.filter(([n, l]) => n !== name || l !== listener);
    this.source.removeEventListener(name, listener);
  }

  close() {
    clearTimeout(this.timer);
    this.source.close();
  }
}

let stream = null;
const list = () => document.querySelector("[data-stream]");
let shown = list();

function show() {
  const state = document.querySelector("[data-live-state]");
  if (!state || !stream) return;
  const seconds = Math.round((Date.now() - stream.heard) / 1000);
  const words = state.dataset;
  let text = words.now;
  if (stream.lost) text = words.lost;
  else if (seconds >= 60) text = words.minutes.replace("{n}", Math.floor(seconds / 60));
  else if (seconds >= 5) text = words.seconds.replace("{n}", seconds);
  if (state.textContent !== text) state.textContent = text;
  state.dataset.state = stream.lost ? "lost" : "ok";
}

// Asked for at every tick until it is here: the network may go in between.
let due = false;
function renew() {
  due = true;
  htmx.ajax("GET", list().dataset.renew, {
    target: `#${list().id}`, select: `#${list().id}`, swap: "outerHTML ignoreTitle:true", headers: { "Kodebayar-Unattended": "true" },
  }).catch(() => {});
}

if (live) {
  htmx.createEventSource = () => {
    stream = new Stream();
    stream.addEventListener("tick", (event) => {
      stream.hear(event);
      if (due) renew();
    });
    stream.addEventListener("renew", (event) => {
      stream.hear(event);
      setTimeout(renew, Math.random() * event.data);
    });
    for (const name of ["paid", "missed"]) {
      stream.addEventListener(name, (event) => {
        stream.hear(event);
        document.dispatchEvent(new CustomEvent(`kodebayar:${name}`, { detail: { seq: Number(event.lastEventId), data: JSON.parse(event.data) } }));
      });
    }
    stream.addEventListener("fresh", (event) => {
      stream.hear(event);
      const count = Number(event.data);
      const fresh = document.querySelector("[data-fresh]");
      if (!fresh) return;
      fresh.textContent = count ? (count === 1 ? fresh.dataset.one : fresh.dataset.many).replace("{n}", count) : fresh.dataset.changed;
      fresh.hidden = false;
    });
    return stream;
  };
  // Before the swap, because a row that replaces itself is no longer in the
  // page when the event after the swap is told.
  let unfolded = [];
  const remember = (part) => { unfolded = [...part.querySelectorAll("details[id][open]")].map((details) => details.id); };
  document.addEventListener("htmx:sseBeforeMessage", (event) => {
    stream.hear(event.detail);
    remember(event.target);
  });
  document.addEventListener("htmx:beforeSwap", (event) => remember(event.detail.target));
  // What arrived keeps what the reader had unfolded, and a changed row lights
  // up for a moment.
  document.addEventListener("htmx:load", (event) => {
    for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
    unfolded = [];
    if (event.target.matches("tr[data-status]")) event.target.classList.add("just-changed");
    const { open } = event.target.dataset;
    if (open) {
      for (const link of document.querySelectorAll("[data-look]")) {
        link.hidden = open === "0";
        link.lastElementChild.textContent = open;
      }
    }
    show();
  });
  // Another list is another stream.
  document.addEventListener("htmx:afterSwap", () => {
    if (list() === shown) return;
    shown = list();
    due = false;
    live.setAttribute("sse-connect", shown.dataset.stream);
    stream.forget(/^code-/); // the rows that were here; those that are listen after this
    stream.connect();
  });

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) stream?.revive();
  });
  window.addEventListener("online", () => stream?.connect());
  window.addEventListener("offline", () => {
    if (stream) stream.lost = true;
    show();
  });
  setInterval(() => {
    if (stream && !stream.lost) stream.revive(); // a lost one has its timer
    show();
  }, 1000);
}
