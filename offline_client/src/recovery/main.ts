// The recovery page: an entry of its own, so small that little can go wrong with it. It needs neither the app
// nor any schema of its databases, lists what the server does not have, and saves it to a file.
import '../styles/app.css';
import { outboxFile, outboxName, peopleHere, type RawPerson } from '../store/raw.ts';
import { APP_VERSION } from '../store/version.ts';
import { dress, t } from './texts.ts';

type Child = Node | string;

function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  looks: string,
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (looks) made.className = looks;
  made.append(...children);
  return made;
}

function button(looks: string, words: string, tap: () => void): HTMLButtonElement {
  const made = element('button', looks, words);
  made.type = 'button';
  made.addEventListener('click', tap);
  return made;
}

const sum = (person: RawPerson, what: 'ops' | 'photos' | 'drafts') =>
  person.visits.reduce((total, visit) => total + visit[what], 0);

const nameOf = (person: RawPerson) =>
  person.name || person.login || t('unknown_person', { id: person.user.slice(0, 8) });

/** Whose work may be saved now: one's own, or, while nobody is signed in, that of a person whose login one knows. */
function mayProve(person: RawPerson, people: readonly RawPerson[]): boolean {
  return !people.some((other) => other.current) || person.login === '';
}

async function give(file: File): Promise<void> {
  const address = URL.createObjectURL(file);
  const link = element('a', 'visually-hidden', file.name);
  link.href = address;
  link.download = file.name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

async function save(person: RawPerson, out: HTMLElement): Promise<void> {
  try {
    const at = new Date();
    const options = { app: APP_VERSION, at, withTicket: person.current };
    const file = new File([await outboxFile(person, options)], outboxName(person.login, at), {
      type: 'text/plain',
    });
    await give(file);
    const said = t('saved', { file: file.name, ops: sum(person, 'ops'), photos: sum(person, 'photos') });
    out.replaceChildren(element('p', '', said));
    if (navigator.canShare?.({ files: [file] }))
      out.append(button('', t('share'), () => void navigator.share({ files: [file] }).catch(() => {})));
  } catch (error) {
    out.replaceChildren(element('p', 'problem', t('failed', { reason: String(error) })));
  }
}

/** The button, behind a question where another person's work is saved. */
function saving(person: RawPerson, people: readonly RawPerson[]): HTMLElement {
  const out = element('div', 'stack tight');
  out.setAttribute('role', 'status');
  let input: HTMLInputElement | null = null;
  const go = button('primary', t('save'), () => {
    if (input && input.value.trim() !== person.login)
      return out.replaceChildren(element('p', 'problem', t('confirm_wrong')));
    void save(person, out);
  });
  if (person.current || person.login === '') return element('div', 'stack tight', go, out);
  if (!mayProve(person, people)) return element('p', 'muted', t('locked', { name: nameOf(person) }));
  input = element('input', '');
  const label = element('label', 'field', t('confirm', { name: nameOf(person) }), input);
  input.autocapitalize = 'none';
  input.autocomplete = 'off';
  return element('div', 'stack tight', label, go, out);
}

function card(person: RawPerson, people: readonly RawPerson[]): HTMLElement {
  const made = element('section', 'card stack tight', element('h2', '', nameOf(person)));
  if (person.current) made.append(element('p', 'small muted', t('signed_in')));
  if (person.problem) made.append(element('p', 'problem', t('unreadable', { reason: person.problem })));
  const counts = { ops: sum(person, 'ops'), photos: sum(person, 'photos'), drafts: sum(person, 'drafts') };
  const empty = counts.ops + counts.photos + counts.drafts === 0;
  if (empty && !person.problem) made.append(element('p', '', t('nothing')));
  if (empty) return made;
  made.append(element('p', 'strong', t('counts', counts)));
  if (person.current || person.login === '')
    made.append(
      element(
        'ul',
        'stack tight small',
        ...person.visits.map(({ id, unit, ...found }) =>
          element(
            'li',
            '',
            t('visit', { unit: unit || t('unknown_visit', { id: id.slice(0, 8) }), ...found }),
          ),
        ),
      ),
    );
  made.append(saving(person, people));
  return made;
}

/** The app from the server again, for an app that does not start. Not without a network: it would be gone. */
async function renew(out: HTMLElement): Promise<void> {
  out.textContent = t('renewing');
  try {
    const registration = await navigator.serviceWorker?.getRegistration('/field/');
    await registration?.update();
    await registration?.unregister();
    location.href = '/field/';
  } catch {
    out.textContent = t('renew_offline');
  }
}

async function people(): Promise<HTMLElement[]> {
  try {
    const here = await peopleHere();
    if (here.length === 0) return [element('p', '', t('nobody'))];
    return here.map((person) => card(person, here));
  } catch (error) {
    return [element('p', 'problem', t('unreadable', { reason: String(error) }))];
  }
}

async function start(): Promise<void> {
  dress();
  document.title = t('title');
  const list = element('div', 'stack', element('p', 'muted', t('reading')));
  const renewed = element('p', 'small');
  renewed.setAttribute('role', 'status');
  const back = element('a', 'button', t('back'));
  back.href = '/field/';
  const bar = element('header', 'plain-bar', element('h1', '', t('title')), element('p', '', t('subtitle')));
  const main = element('main', 'page stack', element('p', '', t('explain')), list);
  main.append(element('p', 'strong', t('never_clear')), back);
  main.append(
    button('quiet', t('renew'), () => void renew(renewed)),
    renewed,
  );
  document.getElementById('app')?.replaceChildren(bar, main);
  list.replaceChildren(...(await people()));
}

void start();
