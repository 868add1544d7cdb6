// Until the types are generated from the engine, what the window names of it must be there under that name. What
// goes down must be whole; what comes up may hold more than the window reads.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(path, 'utf8');
const api = ['command', 'event', 'report'].map((name) => read(`../crates/engine/src/api/${name}.rs`)).join('\n');
const store = ['settings/trunk', 'history/row', 'history/filter'].map((name) => read(`../crates/store/src/${name}.rs`)).join('\n');
const rust = `${api}\n${store}`;
const types = read('src/host/types.ts') + read('src/host/store.ts');

const kebab = (name: string) => name.replace(/(?!^)([A-Z])/g, '-$1').toLowerCase();

/** The body of a Rust item, up to the brace that closes it at the margin. */
function body(item: string): string {
  const start = rust.search(new RegExp(`^pub ${item} \\{`, 'm'));
  expect(start, item).toBeGreaterThanOrEqual(0);
  return rust.slice(start, rust.indexOf('\n}', start));
}

/** Variants of a Rust enum with the fields of each. */
function variants(name: string): Map<string, string[]> {
  const found = [...body(`enum ${name}`).matchAll(/^ {4}([A-Z]\w*)(?: \{([\s\S]*?)^ {4}\}|[(,])/gm)];
  return new Map(found.map(([, variant, inner]) => [kebab(variant!), fields(inner ?? '')]));
}

const fields = (text: string) => [...text.matchAll(/^\s*(?:pub )?(\w+):/gm)].map((one) => one[1]!);

/** Members of a TypeScript union that is told apart by a tag. */
function members(tag: string): [name: string, keys: string[]][] {
  return [...types.matchAll(new RegExp(`\\{\\s*${tag}: '([\\w-]+)'([^}]*)\\}`, 'g'))].map(([, name, rest]) => [
    name!,
    [...rest!.matchAll(/(\w+):/g)].map((one) => one[1]!),
  ]);
}

function compare(name: string, ours: string[], theirs: string[], whole: boolean): void {
  expect(ours.filter((one) => !theirs.includes(one)), `${name}: not in the engine`).toEqual([]);
  if (whole) expect(theirs.filter((one) => !ours.includes(one)), `${name}: not in the window`).toEqual([]);
}

test.each([['command', 'Command'], ['event', 'Event'], ['state', 'Registration']])('each %s of the window is one of the engine', (tag, name) => {
  const known = variants(name);
  const named = members(tag);
  expect(named.length).toBeGreaterThan(4);
  for (const [variant, keys] of named) {
    expect(known.has(variant), variant).toBe(true);
    compare(variant, keys, known.get(variant)!, name === 'Command');
  }
});

test.each(['Dial', 'Sound', 'Media', 'Timing', 'CallReport', 'TrunkAccount', 'Numbers', 'MediaSettings', 'TestSettings', 'Call', 'Second', 'Filter'])('%s has the same fields', (name) => {
  const inner = new RegExp(`export interface ${name} \\{([\\s\\S]*?)\\n\\}`).exec(types)?.[1] ?? '';
  expect(fields(inner).length).toBeGreaterThan(1);
  compare(name, fields(inner), fields(body(`struct ${name}`)), name === 'Dial' || name === 'Sound');
});

test.each([['Outcome', ['answered', 'rejected', 'cancelled', 'failed', 'timed-out']], ['Way', ['in', 'out']], ['Side', ['local', 'remote']], ['OneWay', ['both', 'in', 'out']], ['Secure', ['dtls', 'none', 'sdes']], ['Dtmf', ['inband', 'info', 'rfc4733']]])('%s has the same words', (name, words) => {
  expect([...variants(name).keys()].toSorted()).toEqual(words.toSorted());
  for (const word of words) expect(types).toContain(`'${word}'`);
});
