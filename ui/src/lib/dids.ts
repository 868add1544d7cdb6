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
  /** Bound to the contact that is called. */
  contact: string | null;
  /** Number last used, by `country:FR` and `trunk:NAME`. */
  remembered: Readonly<Record<string, string>>;
  country: string | null;
}

export type Reason = 'contact' | 'country-last' | 'local' | 'line' | 'first';

/** Which of our numbers a call shows: contact, country, a number of that country, line, first. */
export function chooseDid({ all, contact, remembered, country }: Choice): { did: Did; why: Reason } | null {
  const named = (number: string | null | undefined) => all.find((did) => did.number === number);
  const bound = named(contact);
  if (bound) return { did: bound, why: 'contact' };
  const last = country ? named(remembered[`country:${country}`]) : undefined;
  if (last) return { did: last, why: 'country-last' };
  const local = country ? all.find((did) => countryOf(did.number) === country) : undefined;
  if (local) return { did: local, why: 'local' };
  const first = all[0];
  if (!first) return null;
  const line = named(remembered[`trunk:${first.trunk}`]);
  return line ? { did: line, why: 'line' } : { did: first, why: 'first' };
}
