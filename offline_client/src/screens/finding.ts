// Finds items by words typed in a hurry, without diacritics: "bien de ban" finds "Bàn làm việc có biển để bàn".
import type { Checklist, Item, Section } from '../domain/checklist.ts';

export interface Found {
  readonly section: Section;
  readonly item: Item;
  /** As on the section's screen: "2.3". */
  readonly number: string;
}

interface Entry extends Found {
  readonly name: string;
  readonly all: string;
}

type Both = { readonly vi: string; readonly en?: string };

const indexes = new WeakMap<Checklist, readonly Entry[]>();

/** Lower case without diacritics, words parted by one space. */
export function plain(text: string): string {
  const bare = text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase().replaceAll('đ', 'd');
  return bare.replaceAll(/[^\p{L}\p{N}.]+/gu, ' ').trim();
}

/** Items that have every word, in document order: those named so before those that only mention the words. */
export function find(checklist: Checklist, query: string): readonly Found[] {
  const words = plain(query).split(' ').filter(Boolean);
  if (words.length === 0) return [];
  const index = indexOf(checklist);
  const named = index.filter((entry) => words.every((word) => entry.name.includes(word)));
  const chosen = new Set(named);
  return [
    ...named,
    ...index.filter((entry) => !chosen.has(entry) && words.every((word) => entry.all.includes(word))),
  ];
}

function indexOf(checklist: Checklist): readonly Entry[] {
  const known = indexes.get(checklist);
  if (known) return known;
  const index = checklist.sections.flatMap((section, s) =>
    section.items.map((item, i) => {
      const number = `${s + 1}.${i + 1}`;
      const name = `${number} ${plain(texts(item.text))}`;
      return { section, item, number, name, all: `${name} ${plain(around(section, item))}` };
    }),
  );
  indexes.set(checklist, index);
  return index;
}

function texts(...all: readonly (Both | undefined)[]): string {
  return all.map((each) => `${each?.vi ?? ''} ${each?.en ?? ''}`).join(' ');
}

function around(section: Section, { answer, criterion, guidance }: Item): string {
  const fields = answer.type === 'roster' ? answer.fields.map((field) => field.text) : [];
  const choices = 'choices' in answer ? answer.choices.map((choice) => choice.text) : [];
  return texts(section.title, criterion, guidance, ...fields, ...choices);
}
