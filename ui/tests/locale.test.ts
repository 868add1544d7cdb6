// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { mendLocale, safeLanguage } from '../src/locale';

test('a language that Intl refuses becomes one that it takes', () => {
  for (const bad of ['C', 'POSIX', '', 'en_US.UTF-8', undefined]) expect(() => new Intl.NumberFormat(safeLanguage(bad))).not.toThrow();
  expect(safeLanguage('de-de')).toBe('de-DE');
});

test('the navigator of LANG=C is mended', () => {
  const navigator = { language: 'C', languages: ['C'] } as unknown as Navigator;
  mendLocale(navigator);
  expect(navigator.language).toBe('en-GB');
  expect([...navigator.languages]).toEqual(['en-GB']);
});

test('nothing is loaded before the locale is mended', async () => {
  const { readFile } = await import('node:fs/promises');
  const main = await readFile('src/main.ts', 'utf8');
  expect(main.match(/^import .*/gm)).toEqual(["import './locale';", "import { start } from './start';"]);
});
