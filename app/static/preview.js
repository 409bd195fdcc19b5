// Feeds the phone in the editor: with the draft as it was saved, and with what is being typed once it was checked.
const frame = document.querySelector('iframe[data-phone]');
const state = document.querySelector('[data-phone-state]');
let ready = false;
let latest;

/** Told by the linter: what the phone can show, and how much of the draft is not in it. */
function tell(told) {
  latest = told;
  if (!ready) return;
  frame.contentWindow.postMessage({ checklist: told.shown }, location.origin);
  state.textContent = told.left_out > 0 ? `${told.left_out} phần hoặc nội dung còn lỗi nên chưa có trong xem thử.` : '';
}

async function load() {
  const reply = await fetch(frame.dataset.document).catch(() => null);
  if (latest) return;
  if (reply?.ok) tell(await reply.json());
  else state.textContent = 'Chưa tải được bản xem thử. Hãy tải lại trang.';
}

addEventListener('message', (event) => {
  if (event.origin !== location.origin || event.source !== frame?.contentWindow || event.data.preview !== 'ready') return;
  ready = true;
  if (latest) tell(latest);
});
document.addEventListener('draft-checked', (event) => tell(event.detail));

// The frame takes time and room: it is loaded where it is seen, and not on a phone beside a form.
if (frame && getComputedStyle(frame).display !== 'none' && frame.closest('aside, div').offsetParent !== null) {
  frame.src = frame.dataset.phone;
  void load();
}
