// Keeps the console's own files on the device, so that a report can be written without a connection. Nothing of the API
// passes through here: what is personal is never in this cache.
const FILES = self.__FILES__;
const CACHE = `console-${self.__VERSION__}`;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))));
  event.waitUntil(old.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin || url.pathname.startsWith("/api/")) return;
  if (url.pathname.startsWith("/assets/")) event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
  else if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => caches.match("/")));
  else event.respondWith(fetch(request).catch(() => caches.match(request).then((kept) => kept ?? Response.error())));
});

// A headline and how many there are, never a person. What was told before under the same id takes its place.
self.addEventListener("push", (event) => {
  const { id = "reeve", headline = "", count = 1, urgent = false } = event.data?.json() ?? {};
  const body = count > 1 ? `${headline} (+${count - 1})` : headline;
  event.waitUntil(self.registration.showNotification("Reeve", { body, tag: id, icon: "/icon.svg", requireInteraction: urgent }));
});

// An open window keeps its session, so it comes to the front; a message cannot choose where it leads.
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const open = self.clients.matchAll({ type: "window", includeUncontrolled: true });
  event.waitUntil(open.then(([window]) => (window ? window.focus() : self.clients.openWindow("/"))));
});
