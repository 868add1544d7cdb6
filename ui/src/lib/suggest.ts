import type { Call, Contact } from '../host';
import { bare, key, preview } from './numbers';

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
  const found = new Map<string, Suggestion & { score: number }>();
  for (const contact of contacts) {
    for (const { label, number } of contact.numbers) {
      const fits = fit(text, `${contact.name} ${contact.company}`, number);
      const score = fits > 0 || text.trim() === '' ? fits + (contact.favourite ? 1 : 0) : 0;
      const one = { name: contact.name, number, label, source: 'contact' as const, favourite: contact.favourite };
      if (score > 0) found.set(key(number, country), { ...one, score });
    }
  }
  for (const call of calls) {
    const number = call.way === 'in' ? call.from : call.to;
    const same = found.get(key(number, country));
    if (same) same.score += 0.1;
    else if (text.trim() === '' || fit(text, '', number) > 0) {
      found.set(key(number, country), { name: '', number, label: '', source: 'history', favourite: false, score: 0.5 });
    }
  }
  return [...found.values()].sort((a, b) => b.score - a.score).slice(0, most).map(({ score: _, ...one }) => one);
}

/** So many numbers a history is asked for at once. */
const MOST_NUMBERS = 50;

/** Numbers of the contacts that a text names, in the spellings that calls to and from them may have. */
export function numbersOf(text: string, contacts: readonly Contact[], country: string | null): string[] {
  if (text.trim() === '') return [];
  const named = contacts.filter((one) => fit(text, `${one.name} ${one.company}`, '') > 0).slice(0, MOST_NUMBERS);
  const all = named.flatMap(({ numbers }) => numbers.flatMap(({ number }) => [preview(number, country).dial, key(number, country), bare(number)]));
  return [...new Set(all)].filter(Boolean).slice(0, MOST_NUMBERS);
}

function fit(text: string, words: string, number: string): number {
  const typed = fold(text.trim());
  if (typed === '') return 0;
  const name = fold(words);
  if (name.startsWith(typed)) return 4;
  if (typed.split(/\s+/).every((part) => name.split(/\s+/).some((word) => word.startsWith(part)))) return 3;
  const digits = bare(text).replace(/^\+|^0+/, '');
  if (/^\d{2,}$/.test(digits) && bare(number).includes(digits)) return 2;
  return typed.length > 2 && name.includes(typed) ? 1 : 0;
}

/** Lower case without accents. */
export function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** The contact that a number belongs to. */
export function contactOf(number: string, contacts: readonly Contact[], country: string | null): Contact | null {
  const wanted = key(number, country);
  return contacts.find((one) => one.numbers.some((entry) => key(entry.number, country) === wanted)) ?? null;
}
