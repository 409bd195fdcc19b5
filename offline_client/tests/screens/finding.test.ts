// Searching a checklist as people type in a hurry.
import { expect, test } from 'vitest';
import type { Checklist } from '../../src/domain/checklist.ts';
import { find, plain } from '../../src/screens/finding.ts';

const item = (key: string, vi: string, more = {}) => ({
  key,
  text: { vi },
  answer: { type: 'yes_no' as const },
  ...more,
});
const checklist = {
  sections: [
    {
      key: 'mot',
      title: { vi: 'Biển, thẻ' },
      items: [
        item('the', 'Cán bộ đeo thẻ', { guidance: { vi: 'Nhìn cả bàn có biển để bàn' } }),
        item('bien', 'Bàn làm việc có biển để bàn', {}),
      ],
    },
    {
      key: 'hai',
      title: { vi: 'Hồ sơ' },
      items: [item('dung-han', 'Tỷ lệ đúng hạn', { text: { vi: 'Tỷ lệ đúng hạn', en: 'On time' } })],
    },
  ],
} as unknown as Checklist;
const keys = (query: string) => find(checklist, query).map((found) => `${found.number} ${found.item.key}`);

test('words lose their diacritics, đ included, composed or not', () => {
  expect(plain('  Biển  để BÀN, đúng hạn! ')).toBe('bien de ban dung han');
  expect(plain('Biển'.normalize('NFD'))).toBe('bien');
});

test('all words must be there; items named so come before those that only mention them', () => {
  expect(keys('bien de ban')).toEqual(['1.2 bien', '1.1 the']);
  expect(keys('BIỂN BÀN việc')).toEqual(['1.2 bien']);
  expect(keys('khong co dau')).toEqual([]);
});

test('by number, by the section, in the other language; nothing for nothing', () => {
  expect(keys('1.2')).toEqual(['1.2 bien']);
  expect(keys('ho so')).toEqual(['2.1 dung-han']);
  expect(keys('on time')).toEqual(['2.1 dung-han']);
  expect(keys(' ,')).toEqual([]);
});
