import type { Fact, FactValue, Profile } from '../store';

const FILES = import.meta.glob<string>('../../../../assets/profiles/*.toml', { query: '?raw', import: 'default', eager: true });

/** The provider profiles that the program ships. */
export function profiles(): Profile[] {
  return Object.values(FILES).map(parse).filter((one) => one.name !== 'test-trunk').sort((a, b) => a.title.localeCompare(b.title));
}

/** Reads the part of TOML that the profiles use: one line an entry, texts, numbers, flags, lists of texts. */
function parse(text: string): Profile {
  const profile: Profile = { name: '', title: '', recorded_on: '', countries: [], facts: [] };
  let target: Record<string, unknown> = profile as unknown as Record<string, unknown>;
  for (const line of joined(text)) {
    if (line === '[[fact]]') {
      const fact: Fact = { key: '', value: '', source: '', confidence: 'guess', verified_on: null };
      profile.facts.push(fact);
      target = fact as unknown as Record<string, unknown>;
      continue;
    }
    const entry = /^(\w+)\s*=\s*(.+)$/.exec(line);
    if (entry) target[entry[1]!] = value(entry[2]!);
  }
  return profile;
}

/** Lists that go over several lines on one. */
function joined(text: string): string[] {
  return text.replace(/\[\s*\n([^\]]*)\]/g, (_, inner: string) => `[${inner.replaceAll('\n', ' ')}]`).split('\n').map((line) => line.trim());
}

function value(text: string): FactValue {
  const list = /^\[(.*)\]$/.exec(text);
  if (list) return [...list[1]!.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((one) => one[1]!.replace(/\\(.)/g, '$1'));
  if (text.startsWith('"')) return text.slice(1, text.lastIndexOf('"')).replace(/\\(.)/g, '$1');
  return text === 'true' ? true : text === 'false' ? false : Number(text);
}
