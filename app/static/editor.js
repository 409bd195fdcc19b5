// Improves the editor of checklists; every page works without it. While somebody types, the linter's words appear
// beside the fields and what the phone would show goes to the preview. Nothing is stored before "Lưu".
const form = document.getElementById('edit');
const state = form?.querySelector('[data-state]');
const text = form?.querySelector('textarea[name="text"]');
const lines = form?.querySelector('[data-lines]');
const found = form?.querySelector('[data-found]');
const PAUSE = 700;
let timer = 0;
let asked = 0;
let touched = false;

document.documentElement.classList.add('js');

function element(tag, words, looks = '') {
  const made = document.createElement(tag);
  made.textContent = words;
  made.className = looks;
  return made;
}

/** Shows each problem at its field; the rest is only counted. */
function tellFields(problems) {
  const byField = new Map();
  for (const each of problems)
    if (each.field !== null) byField.set(each.field, [...(byField.get(each.field) ?? []), each.message]);
  let elsewhere = problems.length;
  for (const place of form.querySelectorAll('[data-problem]')) {
    const messages = byField.get(place.dataset.problem) ?? [];
    elsewhere -= messages.length;
    place.textContent = messages.join(' ');
    place.hidden = messages.length === 0;
    const input = place.dataset.problem && form.elements[place.dataset.problem];
    if (input instanceof Element) {
      if (messages.length > 0) input.setAttribute('aria-invalid', 'true');
      else input.removeAttribute('aria-invalid');
    }
    if (messages.length > 0) place.closest('details')?.setAttribute('open', '');
  }
  const here = problems.length - elsewhere;
  const words = [here > 0 ? `${here} lỗi ở phần này.` : 'Phần này không có lỗi.'];
  if (elsewhere > 0) words.push(`Còn ${elsewhere} lỗi ở phần khác.`);
  if (touched) words.push('Chưa lưu.');
  state.textContent = words.join(' ');
}

/** Numbers the lines of the text; those with a problem are marked, and the list below leads to them. */
function numberLines(problems) {
  if (!lines) return;
  const wrong = new Set(problems.map((each) => each.line));
  const count = text.value.split('\n').length;
  lines.replaceChildren(
    ...Array.from({ length: count }, (_, index) => element(wrong.has(index + 1) ? 'b' : 'span', `${index + 1}\n`)),
  );
}

function goTo(line) {
  const start = text.value.split('\n').slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0);
  const end = text.value.indexOf('\n', start);
  text.focus();
  text.setSelectionRange(start, end < 0 ? text.value.length : end);
}

function tellText(problems) {
  numberLines(problems);
  const list = element('ul', '', 'problems');
  for (const each of problems) {
    const item = element('li', '');
    if (each.line) {
      const jump = element('button', `Dòng ${each.line}`);
      jump.type = 'button';
      jump.addEventListener('click', () => goTo(each.line));
      item.append(jump, ' ');
    }
    if (each.path) item.append(element('code', each.path), ': ');
    item.append(each.message);
    list.append(item);
  }
  found.replaceChildren(...(problems.length > 0 ? [element('p', `${problems.length} lỗi:`, 'problem'), list] : []));
  state.textContent = `${problems.length > 0 ? `${problems.length} lỗi.` : 'Không có lỗi.'}${touched ? ' Chưa lưu.' : ''}`;
}

async function check() {
  const turn = ++asked;
  const reply = await fetch(form.dataset.check, { method: 'POST', body: new FormData(form) }).catch(() => null);
  if (turn !== asked) return;
  if (!reply?.ok) {
    state.textContent = 'Chưa kiểm lỗi được lúc này; vẫn lưu được.';
    return;
  }
  const told = await reply.json();
  if (text) tellText(told.problems);
  else tellFields(told.problems);
  document.dispatchEvent(new CustomEvent('draft-checked', { detail: told }));
}

if (form) {
  form.addEventListener('input', (event) => {
    touched = true;
    if (event.target.matches('[data-reshape]')) return form.querySelector(`button[value="${CSS.escape(`shape:${event.target.name.slice(0, -1)}`)}"]`)?.click();
    if (text) numberLines([]);
    clearTimeout(timer);
    timer = setTimeout(() => void check(), PAUSE);
  });
  form.addEventListener('submit', () => {
    touched = false;
  });
  addEventListener('beforeunload', (event) => {
    if (touched) event.preventDefault();
  });
  if (text) void check();
}
