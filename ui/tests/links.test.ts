import { expect, test } from 'vitest';
import { linkText } from '../src/lib/links';
import { LINKS } from './hostile-links';

test.each(LINKS)('%s', (link, text) => {
  expect(linkText(link)).toBe(text);
});

test('there are at least forty of them', () => {
  expect(LINKS.length).toBeGreaterThanOrEqual(40);
});
