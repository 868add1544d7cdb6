import { countryOf } from './numbers';

/** A destination that is asked about once. */
export interface Ask {
  kind: 'premium' | 'satellite' | 'country';
  /** What is remembered when the user agrees. */
  agree: string;
  country: string | null;
}

/** Satellite and international networks (ITU-T E.164 shared codes). */
const SATELLITE = /^\+(?:870|881|88216|88[23])/;

/** Premium ranges, by the beginning of the number in E.164. */
const PREMIUM = [
  '+979', '+808', '+1900', '+1976', '+449', '+4487', '+49900', '+49137', '+49180', '+338', '+3489', '+3480[367]',
  '+3989', '+391', '+439', '+41900', '+41901', '+41906', '+3190', '+3290', '+4590', '+4699', '+4682', '+4790',
  '+3538', '+35360', '+48700', '+619', '+649', '+8190', '+5590', '+42090',
];
const PREMIUM_START = new RegExp(`^(?:${PREMIUM.map((start) => start.replace('+', '\\+')).join('|')})`);
/** Ordinary mobile or geographic ranges that share a beginning with those. */
const ORDINARY = /^\+(?:338000|35386|35383|35385|35387|35389|35388|4790\d{6}$|6490|6498|6499|6493|6496|6497|6494)/;

/** Whether a number is asked about before it is dialled for the first time. */
export function asksFirst(number: string, home: string | null, agreed: readonly string[]): Ask | null {
  if (!number.startsWith('+')) return null;
  const ask = judge(number, home);
  return ask === null || agreed.includes(ask.agree) ? null : ask;
}

function judge(number: string, home: string | null): Ask | null {
  if (SATELLITE.test(number)) return { kind: 'satellite', agree: `number:${number}`, country: null };
  const country = countryOf(number);
  if (PREMIUM_START.test(number) && !ORDINARY.test(number)) {
    return { kind: 'premium', agree: `number:${number}`, country };
  }
  if (home === null || country === home) return null;
  return { kind: 'country', agree: `country:${country ?? number.slice(0, 4)}`, country };
}
