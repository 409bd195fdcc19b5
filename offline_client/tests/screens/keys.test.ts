// The keyboard of a tablet: which key means what, and what stays the field's own.
import { describe, expect, it } from 'vitest';
import { actOf } from '../../src/screens/section/keys.ts';

const press = (
  key: string,
  held: Partial<Record<'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey', boolean>> = {},
) => ({
  key,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  ...held,
});

describe('a key', () => {
  it('moves on and back also out of a field that is being typed in', () => {
    expect(actOf(press('ArrowDown', { altKey: true }), true)).toEqual({ act: 'next' });
    expect(actOf(press('ArrowUp', { altKey: true }), true)).toEqual({ act: 'previous' });
    expect(actOf(press('ArrowDown'), false)).toBeNull();
    expect(actOf(press('ArrowDown', { altKey: true, ctrlKey: true }), false)).toBeNull();
  });

  it('answers and takes back only outside a field, which has digits and an undo of its own', () => {
    expect(actOf(press('2'), false)).toEqual({ act: 'answer', nth: 2 });
    expect(actOf(press('2'), true)).toBeNull();
    for (const held of ['ctrlKey', 'altKey', 'metaKey', 'shiftKey'] as const)
      expect(actOf(press('2', { [held]: true }), false)).toBeNull();
    expect(actOf(press('0'), false)).toBeNull();
    expect(actOf(press('z', { ctrlKey: true }), false)).toEqual({ act: 'undo' });
    expect(actOf(press('Z', { metaKey: true }), false)).toEqual({ act: 'undo' });
    expect(actOf(press('z', { ctrlKey: true }), true)).toBeNull();
    expect(actOf(press('z', { ctrlKey: true, shiftKey: true }), false)).toBeNull();
  });
});
