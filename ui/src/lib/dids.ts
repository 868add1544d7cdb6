import type { Call, Trunk } from '../host';
import { bare, countryOf } from './numbers';

export interface Did {
  number: string;
  trunk: string;
}

/** The numbers in a pasted text or a CSV column; duplicates and anything else are left out. */
export function didsIn(text: string): { dids: string[]; refused: string[] } {
  const dids = new Set<string>();
  const refused: string[] = [];
  for (const piece of text.split(/[\n\r\t,;"]+/)) {
    const number = bare(piece);
    if (number === '') continue;
    if (/^\+?\d{2,15}$/.test(number)) dids.add(number);
    else refused.push(piece.trim());
  }
  return { dids: [...dids], refused };
}

/** Numbers that calls came in on and that the line does not list yet. */
export function learntDids(line: Trunk, calls: readonly Pick<Call, 'way' | 'trunk' | 'did'>[]): string[] {
  const came = calls.filter((call) => call.way === 'in' && call.trunk === line.trunk.name).map((call) => bare(call.did));
  return [...new Set(came)].filter((did) => /^\+?\d{2,15}$/.test(did) && !line.numbers.dids.includes(did));
}

export interface Choice {
  /** Our numbers on lines that can be used, the preferred line's first. */
  all: readonly Did[];
  /** The line that is to be used first, where it can be: another's number is not chosen by itself then. */
  preferred: string | null;
  /** Bound to the contact that is called. */
  contact: string | null;
  contactId: string | null;
  /** Number last used, by `contact:ID`, `country:FR` and `trunk:NAME`. */
  remembered: Readonly<Record<string, string>>;
  country: string | null;
}

export type Reason = 'contact' | 'contact-last' | 'country-last' | 'local' | 'line' | 'first';

/**
 * Which of our numbers a call shows: bound to the contact; else, of the preferred line where there is one, that of the
 * last call to the contact or the country, a number of that country, of the last call on the line, the first. `null`
 * where the line has none.
 */
export function chooseDid({ all, preferred, contact, contactId, remembered, country }: Choice): { did: Did; why: Reason } | null {
  const bound = all.find((did) => did.number === contact);
  if (bound) return { did: bound, why: 'contact' };
  const open = preferred === null ? all : all.filter((did) => did.trunk === preferred);
  const last = (key: string) => open.find((did) => did.number === remembered[key]);
  const theirs = contactId === null ? undefined : last(`contact:${contactId}`);
  if (theirs) return { did: theirs, why: 'contact-last' };
  const there = country ? last(`country:${country}`) : undefined;
  if (there) return { did: there, why: 'country-last' };
  const local = country ? open.find((did) => countryOf(did.number) === country) : undefined;
  if (local) return { did: local, why: 'local' };
  const first = open[0];
  if (!first) return null;
  const line = last(`trunk:${first.trunk}`);
  return line ? { did: line, why: 'line' } : { did: first, why: 'first' };
}
