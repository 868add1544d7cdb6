import type { Call, Contact } from '../host';
import { bare, key, preview, user } from './numbers';

export interface Suggestion {
  /** Name of the contact, empty for a bare number. */
  name: string;
  number: string;
  label: string;
  source: 'contact' | 'history';
  favourite: boolean;
}

/** Contacts and recent numbers that fit what is typed, best first; favourites and recents without a text. */
export function suggest(
  text: string,
  contacts: readonly Contact[],
  calls: readonly Call[],
  country: string | null,
  most = 8,
): Suggestion[] {
  const typed = read(text);
  // The number plan takes its time: of thousands only those are compared by it that end alike.
  const called = new Map<string, { number: string; times: number }>();
  for (const call of calls) {
    const number = call.way === 'in' ? call.from : call.to;
    const of = key(number, country);
    called.set(of, { number, times: (called.get(of)?.times ?? 0) + 1 });
  }
  const ends = new Set([...called.keys()].map(end));
  const found: (Suggestion & { score: number })[] = [];
  for (const contact of contacts) {
    for (const { label, number } of contact.numbers) {
      const fits = fit(typed, contact, number);
      if (fits === 0 && typed.text !== '') continue;
      const times = (ends.has(end(number)) && called.get(key(number, country))?.times) || 0;
      const score = fits + (contact.favourite ? 1 : 0) + times / 10;
      if (score > 0) found.push({ name: contact.name, number, label, source: 'contact', favourite: contact.favourite, score });
    }
  }
  for (const { number, times } of called.values()) {
    if (typed.text === '' || fit(typed, null, number) > 0) found.push({ name: '', number, label: '', source: 'history', favourite: false, score: times / 10 });
  }
  const best = new Map<string, Suggestion>();
  for (const { score: _, ...one } of found.sort((a, b) => b.score - a.score)) {
    if (best.size === most) break;
    const of = key(one.number, country);
    if (!best.has(of)) best.set(of, one);
  }
  return [...best.values()];
}

/** So many numbers a history is asked for at once. */
const MOST_NUMBERS = 50;

/** Numbers of the contacts that a text names, in the spellings that calls to and from them may have. */
export function numbersOf(text: string, contacts: readonly Contact[], country: string | null): string[] {
  const typed = read(text);
  const meant = contacts.filter((one) => fit(typed, one, '') > 0).slice(0, MOST_NUMBERS);
  const all = meant.flatMap(({ numbers }) => numbers.flatMap(({ number }) => [preview(number, country).dial, key(number, country), bare(number)]));
  return [...new Set(all)].filter(Boolean).slice(0, MOST_NUMBERS);
}

/** What is typed, taken apart once for all that it is compared with. */
const read = (typed: string) => {
  const text = fold(typed.trim());
  return { text, parts: text.split(/\s+/), digits: /^\+?0*([1-9]\d+)$/.exec(bare(typed))?.[1] };
};

const named = new WeakMap<Contact, { all: string; words: string[] }>();

/** Name and company for a search. */
function nameOf(contact: Contact) {
  let name = named.get(contact);
  if (!name) {
    const all = fold(`${contact.name} ${contact.company}`);
    named.set(contact, (name = { all, words: all.split(/\s+/) }));
  }
  return name;
}

function fit(typed: ReturnType<typeof read>, contact: Contact | null, number: string): number {
  if (typed.text === '') return 0;
  const name = contact && nameOf(contact);
  if (name?.all.startsWith(typed.text)) return 4;
  if (name && typed.parts.every((part) => name.words.some((word) => word.startsWith(part)))) return 3;
  if (typed.digits && bare(number).includes(typed.digits)) return 2;
  return typed.text.length > 2 && name?.all.includes(typed.text) ? 1 : 0;
}

/** Lower case without accents. */
export function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** The last digits, which all spellings of a number have in common. */
const end = (number: string) => bare(user(number)).toLowerCase().slice(-4);

/** Finds the contact that a number belongs to. */
export function contactIndex(contacts: readonly Contact[]): (number: string, country: string | null) => Contact | null {
  const byEnd = new Map<string, { number: string; contact: Contact }[]>();
  for (const contact of contacts) {
    for (const { number } of contact.numbers) {
      const same = byEnd.get(end(number));
      if (same) same.push({ number, contact });
      else byEnd.set(end(number), [{ number, contact }]);
    }
  }
  return (number, country) => {
    const wanted = key(number, country);
    return byEnd.get(end(number))?.find((one) => key(one.number, country) === wanted)?.contact ?? null;
  };
}
