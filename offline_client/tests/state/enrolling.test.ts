// @vitest-environment ./tests/environment.ts
// A phone gets in by the link behind the desk's QR code, once, and never over another person's work.
import 'fake-indexeddb/auto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { linkToken } from '../../src/screens/links.ts';
import { Street, until } from './phones.ts';

const TOKEN = `${'A'.repeat(42)}_`;
let street: Street;

beforeEach(() => {
  street = new Street();
  street.server.links.set(TOKEN, 'user-a');
});

afterEach(() => street.close());

test('the link says whose it is and signs in once', async () => {
  const app = await street.browser().start();
  expect(await app.session.whoseLink(TOKEN)).toEqual({ ok: true, person: { login: 'a', name: 'Cán bộ A' } });
  expect(app.session.status).toBe('signed_out');
  expect(await app.session.enrolWith(TOKEN)).toEqual({ ok: true });
  expect(app.session.user?.login).toBe('a');
  await until(() => app.visits.list[0]?.ready === true);
  const other = await street.browser().start();
  expect(await other.session.enrolWith(TOKEN)).toEqual({ ok: false, code: 'link_over' });
  expect(other.session.status).toBe('signed_out');
});

test('where another person works it is refused before it is used up', async () => {
  const app = await street.browser().start();
  expect(await app.session.signIn('b', 'right')).toEqual({ ok: true });
  expect(await app.session.enrolWith(TOKEN)).toEqual({ ok: false, code: 'other_user' });
  expect(app.session.user?.login).toBe('b');
  expect(street.server.links.has(TOKEN)).toBe(true);
});

test('without a network nothing happens and it is said', async () => {
  const app = await street.browser().start();
  street.network(false);
  expect(await app.session.whoseLink(TOKEN)).toEqual({ ok: false, code: 'offline' });
  expect(await app.session.enrolWith(TOKEN)).toEqual({ ok: false, code: 'offline' });
  street.network(true);
  expect(await app.session.enrolWith(TOKEN)).toEqual({ ok: true });
});

test.each([
  [`https://congvu.example/field/enrol#${TOKEN}`, TOKEN],
  [`#${TOKEN}`, TOKEN],
  [` ${TOKEN}\n`, TOKEN],
  [`#${TOKEN}x`, null],
  ['https://congvu.example/field/', null],
  ['#item-bien', null],
  ['', null],
])('%j holds %s', (text, token) => {
  expect(linkToken(text)).toBe(token);
});
