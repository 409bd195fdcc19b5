// @vitest-environment ./tests/environment.ts
// The team of a visit on two phones: sections given out, done marks and comments are written offline, merged without
// loss, and forbid nobody anything.
import 'fake-indexeddb/auto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OpenVisit } from '../../src/state/interface.ts';
import { shareOut } from '../../src/state/teamwork.ts';
import { SIGN, Street, until } from './phones.ts';

let street: Street;
beforeEach(() => {
  street = new Street();
});
afterEach(() => street.close());

async function pair() {
  const lead = street.browser();
  const member = street.browser();
  const [a, b] = [await lead.start(), await member.start()];
  const mine = await street.signIn(a, 'a');
  const theirs = await street.signIn(b, 'b');
  const settle = async () => {
    for (let pass = 0; pass < 2; pass += 1) for (const app of [a, b]) await app.sync.now();
    await until(() => [a, b].every((app) => app.sync.serverHas === app.sync.total));
    await until(() => mine.cells.size === theirs.cells.size);
  };
  return { mine, theirs, member, a, b, settle };
}

const texts = (visit: OpenVisit, item: string) => visit.team.comments(item).map(({ text }) => text);

test('the lead gives sections offline; members see them, may answer anything, and may not give any', async () => {
  const { mine, theirs, settle } = await pair();
  street.network(false);
  await mine.team.assign('mot', [theirs.me.id]);
  expect(mine.team.assignees('mot')).toEqual([theirs.me.id]);
  street.network(true);
  await settle();
  expect(theirs.team.assignees('mot')).toEqual([theirs.me.id]);
  expect(theirs.team.mayAssign).toBe(false);
  await expect(theirs.team.assign('mot', [])).rejects.toMatchObject({ code: 'not_allowed' });
  await mine.edit(SIGN, 'yes', []);
  await settle();
  const [first, second] = theirs.team.members;
  expect(first).toMatchObject({
    lead: true,
    items: ['bien'],
    sections: [],
    last: { section: 'mot', item: 'bien' },
  });
  expect(second).toMatchObject({ mine: true, items: [], sections: ['mot'], last: null });
  await mine.team.assign('mot', []);
  expect(mine.heads('assign/mot')).toHaveLength(1);
  expect(mine.team.assignees('mot')).toEqual([]);
});

test('comments written on both phones without a network all stand, unread for the other until opened', async () => {
  const { mine, theirs, member, settle } = await pair();
  street.network(false);
  await mine.team.comment('bien', '  Chụp lại giúp tôi  ');
  await theirs.team.comment('bien', 'Biển này của bàn nào?');
  await theirs.team.comment('the', 'Thẻ đã đủ');
  expect([mine.team.unread, theirs.team.unread]).toEqual([0, 0]);
  street.network(true);
  await settle();
  expect(texts(mine, 'bien').toSorted()).toEqual(['Biển này của bàn nào?', 'Chụp lại giúp tôi']);
  expect(texts(theirs, 'bien')).toEqual(texts(mine, 'bien'));
  expect([mine.team.unread, theirs.team.unread]).toEqual([2, 1]);
  expect(theirs.history('item/bien').flatMap(({ written }) => written.map(({ kind }) => kind))).toEqual([
    'comment',
    'comment',
  ]);
  await theirs.team.markRead('bien');
  expect(theirs.team.unread).toBe(0);
  theirs.leave();
  const again = await member.start();
  const opened = await again.openVisit(theirs.id);
  expect(opened.team.unread).toBe(0); // also after a restart
  expect(mine.contested).toEqual([]);
  const own = mine.team.comments('bien').find((each) => each.mine);
  const other = mine.team.comments('bien').find((each) => !each.mine);
  await expect(mine.team.takeBack(other!)).rejects.toMatchObject({ code: 'not_allowed' });
  await mine.team.takeBack(own!);
  expect(texts(mine, 'bien')).toEqual(['Biển này của bàn nào?']);
});

test('done says who, and what was answered after it; marks of both are taken back at once', async () => {
  const { mine, theirs, settle } = await pair();
  street.network(false);
  await mine.team.markDone('mot', true);
  await theirs.team.markDone('mot', true);
  street.network(true);
  await settle();
  expect(mine.heads('done/mot')).toHaveLength(2);
  expect(mine.team.done('mot')).toMatchObject({ since: 0, pending: false });
  await theirs.edit(SIGN, 'no', []);
  expect(theirs.team.done('mot')).toMatchObject({ since: 1 });
  await expect(theirs.team.markDone('mot', true)).rejects.toMatchObject({ code: 'not_allowed' });
  await theirs.team.markDone('mot', false);
  expect(theirs.team.done('mot')).toBeNull();
  await theirs.team.markDone('mot', true);
  await settle();
  expect(mine.team.done('mot')).toMatchObject({ mine: false, since: 0 });
});

test('sections nobody has are shared out by what there is to ask', () => {
  const section = (key: string, items: number, ...people: string[]) => ({ key, items, people });
  const sections = [section('a', 9, 'x'), section('b', 4), section('c', 6), section('d', 1)];
  expect([...shareOut(sections, ['x', 'y'])]).toEqual([
    ['b', ['y']],
    ['c', ['y']],
    ['d', ['x']],
  ]);
  expect(shareOut(sections, []).size).toBe(0);
});
