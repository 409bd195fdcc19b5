// Turns on messages in this browser: asks, subscribes, and sends the subscription with an ordinary form.
(() => {
  const form = document.getElementById("push-form");
  const told = document.getElementById("push-told");
  const say = (text) => {
    told.textContent = text;
  };
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !window.isSecureContext) {
    say("Trình duyệt này không nhận được thông báo đẩy, hoặc trang không mở qua HTTPS.");
    return;
  }
  const key = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
  form.hidden = false;
  say("Trình duyệt sẽ hỏi có cho phép hay không.");
  form.addEventListener("submit", async (event) => {
    if (form.elements.endpoint.value) return;
    event.preventDefault();
    try {
      if ((await Notification.requestPermission()) !== "granted") {
        say("Trình duyệt đang chặn thông báo của trang này. Hãy cho phép trong phần cài đặt trang rồi bấm lại.");
        return;
      }
      const worker = await navigator.serviceWorker.register(form.dataset.worker);
      const wanted = { userVisibleOnly: true, applicationServerKey: key(form.dataset.key) };
      const ready = await active(worker);
      const made = (await ready.pushManager.subscribe(wanted)).toJSON();
      form.elements.endpoint.value = made.endpoint;
      form.elements.p256dh.value = made.keys.p256dh;
      form.elements.auth.value = made.keys.auth;
      form.submit();
    } catch (error) {
      say(`Không bật được thông báo trên máy này (${error.name}). Danh sách thông báo vẫn đầy đủ.`);
    }
  });

  // `serviceWorker.ready` waits for a worker of this page's own path; ours serves none.
  function active(registration) {
    const worker = registration.installing || registration.waiting;
    if (!worker) return registration;
    return new Promise((done) => {
      worker.addEventListener("statechange", () => worker.state === "activated" && done(registration));
    });
  }
})();
