import { expect, test } from 'vitest';
import { PAYLOADS } from '../src/host/mock/hostile';
import { SHOWN_CHARACTERS, shownLines, shownText } from '../src/lib/shown';

test('what cannot be seen becomes a mark', () => {
  expect(shownText('a\u0000b')).toBe('a‹0000›b');
  expect(shownText('\r\nVia')).toBe('‹000D›‹000A›Via');
  expect(shownText('\u202Egnp.exe')).toBe('‹202E›gnp.exe');
  expect(shownText('Ada\u200BLind')).toBe('Ada‹200B›Lind');
  expect(shownText('\u2028\u3164\uD800')).toBe('‹2028›‹3164›‹D800›');
  expect(shownText('\u{E0041}')).toBe('‹E0041›');
});

test('names in every script stay as they are', () => {
  for (const name of ['Zoë Müller', 'נועה לוי', 'عائشة', '山田太郎', 'Ngô Thị Bích', 'O’Brien & Søn', '😀']) {
    expect(shownText(name)).toBe(name);
  }
});

test('length and piled marks are bounded', () => {
  expect([...shownText('A'.repeat(5000))]).toHaveLength(SHOWN_CHARACTERS + 1);
  expect(shownText(`Z${'\u0301'.repeat(500)}y`)).toBe('Z\u0301\u0301\u0301y');
  expect(shownText(null)).toBe('');
});

test('no hostile text brings a control, bidi or zero-width character through', () => {
  for (const payload of PAYLOADS) expect(shownText(payload)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
});

test('a message keeps its lines and nothing else', () => {
  expect(shownLines('INVITE x\r\nFrom: \u202Ea\r\n')).toBe('INVITE x\nFrom: ‹202E›a\n');
});
