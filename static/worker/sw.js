// The worker keeps one page for when there is no network, and what that page is
// made of. It never keeps a page that shows anybody's data, never touches a
// form that is posted, and leaves every other request to the browser.
const name = "offline " + keep.join(" ");

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(name).then((cache) => cache.addAll(keep)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((other) => other !== name).map((other) => caches.delete(other))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && !url.pathname.startsWith("/pay/")) {
    event.respondWith(fetch(request).catch(() => caches.match("/offline", { ignoreVary: true })));
  } else if (url.pathname !== "/offline" && keep.includes(url.pathname)) {
    event.respondWith(caches.match(request, { ignoreVary: true }).then((kept) => kept ?? fetch(request)));
  }
});
