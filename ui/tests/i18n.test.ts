import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type AST, parse } from 'svelte/compiler';
import { afterAll, describe, expect, test } from 'vitest';
import { chosenLanguage, language, LANGUAGES, speak, t } from '../src/i18n';
import { probeWords } from '../src/lib/probe-words';
import { figure } from '../src/lib/quality';

afterAll(() => speak('en', []));

const all = Object.fromEntries(await Promise.all(Object.entries(LANGUAGES).map(async ([tag, { load }]) => [tag, (await load()).messages] as const)));

/** What German takes over as it is: names, units, words that are the same. */
const SAME = /^(?:[\d\s–*#.,%()]*|MOS|Codec|Codecs|Jitter|Name|SIP [\w ]*|CSV|vCard|Call-ID|Trace|Domain|Registrar|Transport|TCP|UDP|TLS|SIP INFO|SIPconnect|Filter|Milliwatt|Version \w*)$/;

/** Every message with its path; functions are asked with values that show where they go. */
function spread(value: unknown, path: string): [path: string, kind: string, text: string][] {
  if (typeof value === 'function') return [[path, `function of ${value.length}`, value(...['3', '7', '9'].slice(0, value.length))]];
  if (typeof value === 'string') return [[path, 'text', value]];
  return Object.entries(value as object).flatMap(([key, inner]) => spread(inner, `${path}.${key}`));
}

describe.each(Object.keys(LANGUAGES))('%s', (tag) => {
  const said = spread(all[tag], '');

  test('has every message, in the same form', () => {
    const shape = (of: typeof said) => of.map(([path, kind]) => `${path}: ${kind}`).toSorted();
    expect(shape(said)).toEqual(shape(spread(all.en, '')));
  });

  test('says something everywhere, and what it is given', () => {
    for (const [path, kind, text] of said) {
      expect(text.trim(), path).not.toBe('');
      if (kind !== 'text') expect(text, path).not.toMatch(/undefined|\[object|NaN/);
      expect(text, path).not.toMatch(/ {2}|\bTODO\b/);
    }
  });

  test('forms one and many', () => {
    expect(all[tag]!.trace.count(1)).not.toBe(all[tag]!.trace.count(2).replace('2', '1'));
    expect(all[tag]!.dids.found(1)).not.toBe(all[tag]!.dids.found(2).replace('2', '1'));
  });
});

test('German leaves nothing in English, and speaks to nobody', () => {
  const english = new Map(spread(all.en, '').map(([path, , text]) => [path, text]));
  const german = spread(all.de, '');
  expect(german.filter(([path, , text]) => text === english.get(path) && !SAME.test(text) && path !== '.tag').map(([path]) => path)).toEqual([]);
  expect(german.filter(([, , text]) => /\b(?:[Dd]u|[Dd]ein\w*|[Dd]ich|[Dd]ir|Ihr\w*|Ihnen)\b/.test(text)).map(([path]) => path)).toEqual([]);
});

test('the language is the chosen one, else that of the system, else English', () => {
  expect(chosenLanguage('de', ['en-US'])).toBe('de');
  expect(chosenLanguage(null, ['fr-FR', 'de-AT', 'en'])).toBe('de');
  expect(chosenLanguage(null, ['C'])).toBe('en');
  expect(chosenLanguage('xx', [])).toBe('en');
  expect(chosenLanguage(null, ['constructor'])).toBe('en');
});

test('a probe is told in the language of the window', async () => {
  const said = [{ said: 'advice', text: 'The trunk lets us log in.', figures: 'took 3 ms' }, { said: 'advice', text: 'Ask.', figures: '' }] as const;
  expect(probeWords(said)).toBe('The trunk lets us log in. (took 3 ms) Ask.');
  await speak('de', []);
  expect(probeWords([{ said: 'offered', codecs: 'PCMU' }, { said: 'clear' }])).toMatch(/^PCMU werden .* Nicht verschlüsselt/);
  await speak('en', []);
});

test('figures follow the language', async () => {
  await speak(null, ['de-AT', 'en']);
  expect([t.tag, language, figure(1.25, 1, '%'), figure(1234.5, 0)]).toEqual(['de', 'de-AT', '1,3\u00a0%', '1235']);
  await speak('en', ['de-AT']);
  expect([t.tag, language, figure(1.25, 1, '%')]).toEqual(['en', 'en-GB', '1.3\u00a0%']);
});

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => (statSync(join(folder, name)).isDirectory() ? files(join(folder, name)) : [join(folder, name)]));
}

/** Attributes whose text a person reads or hears. */
const SPOKEN = ['aria-label', 'aria-valuetext', 'aria-roledescription', 'alt', 'title', 'placeholder', 'label', 'hint', 'word'];

/** Letters that stand in a template without having gone through a language. */
function literals(node: unknown, inside: string | null, found: string[]): string[] {
  if (Array.isArray(node)) node.forEach((one) => literals(one, inside, found));
  else if (node !== null && typeof node === 'object') {
    const one = node as AST.BaseNode & { name?: string; data?: string; value?: unknown };
    if (one.type === 'StyleDirective') return found;
    if (one.type === 'Attribute') inside = SPOKEN.includes(one.name!) ? 'spoken' : 'silent';
    if (one.type === 'Text' && inside !== 'silent' && /\p{L}/u.test(one.data!)) found.push(one.data!.trim());
    if (one.type === 'StyleSheet' || one.type === 'Comment') return found;
    for (const [key, value] of Object.entries(one)) if (key !== 'parent' && key !== 'css' && key !== 'instance' && key !== 'module') literals(value, inside, found);
  }
  return found;
}

/** Names that are the same in every language. */
const NAMES = ['MOS'];

test('no screen has words of its own', () => {
  const screens = files('src').filter((path) => path.endsWith('.svelte'));
  expect(screens.length).toBeGreaterThan(50);
  const found = screens.flatMap((path) => literals(parse(readFileSync(path, 'utf8'), { modern: true }).fragment, null, []).filter((one) => !NAMES.includes(one)).map((one) => `${path}: ${one}`));
  expect(found).toEqual([]);
});

test('words of a template are found', () => {
  const fragment = parse('<p class="quiet" title="Hello">Words {x} 12</p><Part label="More" icon="warn" />', { modern: true }).fragment;
  expect(literals(fragment, null, [])).toEqual(['Hello', 'Words', 'More']);
});

test('each message is said somewhere', () => {
  const source = files('src').filter((path) => /\.(?:ts|svelte)$/.test(path) && !path.includes('i18n')).map((path) => readFileSync(path, 'utf8')).join('\n');
  const unsaid = Object.entries(all.en!).flatMap(([group, inner]) => {
    // Some are chosen by name, or handed on as a whole.
    const byName = new RegExp(`\\bt\\.${group}(?:\\[|[,)])`).test(source);
    return typeof inner === 'string' || byName ? [] : Object.keys(inner).filter((key) => !new RegExp(`\\bt\\.${group}\\.${key}\\b`).test(source)).map((key) => `${group}.${key}`);
  });
  expect(unsaid.filter((one) => one !== 'tag')).toEqual([]);
});
