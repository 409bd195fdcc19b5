// Shows a message and opens the desk. It controls no page: its scope is this folder, apart from the field client's.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data.json();
  } catch {
    // shown all the same: a browser wants to see every message shown
  }
  const options = { body: told.body || "Có việc cần ông/bà xem.", tag: told.tag, data: { url: told.url || "/notices" } };
  event.waitUntil(self.registration.showNotification(told.title || "CôngVụ", options));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const wanted = new URL(event.notification.data.url, self.location.origin);
  if (wanted.origin !== self.location.origin) return;
  event.waitUntil(self.clients.openWindow(wanted.href));
});
