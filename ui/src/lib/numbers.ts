import {
  type CountryCode, getCountries, getCountryCallingCode, parsePhoneNumberFromString,
} from 'libphonenumber-js/min';
import { isEmergency } from './emergency';
import { once } from './once';

export interface Preview {
  kind: 'empty' | 'emergency' | 'number' | 'service' | 'address' | 'words';
  /** What is dialled; empty when nothing can be. */
  dial: string;
  /** The same for the eye. */
  shown: string;
  country: string | null;
  /** What was typed is not what is dialled. */
  changed: boolean;
}

const NOTHING: Preview = { kind: 'empty', dial: '', shown: '', country: null, changed: false };
/** Numbers up to this length are service numbers or extensions, and dialled as they are. */
const SERVICE_DIGITS = 6;

/** What a text in the dial field would dial, read in a country. */
export function preview(text: string, country: string | null): Preview {
  const typed = text.trim();
  if (typed === '') return NOTHING;
  if (isEmergency(typed, country)) {
    const dial = /^[a-z]+:/i.test(typed) ? typed : bare(typed);
    return { ...NOTHING, kind: 'emergency', dial, shown: dial };
  }
  if (/^(?:sips?|tel):/i.test(typed) || /^[\w.+\-]+@[\w.\-[\]:]+$/.test(typed)) return address(typed);
  const number = bare(typed);
  if (!/^\+?[\d*#]+$/.test(number) || number.length > 33) return { ...NOTHING, kind: 'words' };
  if (/[*#]/.test(number) || (!number.startsWith('+') && number.length <= SERVICE_DIGITS)) {
    return { ...NOTHING, kind: 'service', dial: number, shown: number, changed: number !== typed };
  }
  const parsed = parse(number, country);
  if (!parsed?.isPossible()) return { ...NOTHING, kind: 'number', dial: number, shown: number };
  const shown = parsed.formatInternational();
  return {
    kind: 'number',
    dial: parsed.number,
    shown,
    country: parsed.country ?? null,
    changed: bare(shown) !== number,
  };
}

function address(typed: string): Preview {
  const dial = /^[a-z]+:/i.test(typed) ? typed : `sip:${typed}`;
  if (!/^[\x21-\x7e]+$/.test(dial) || dial.length > 512) return { ...NOTHING, kind: 'words' };
  return { ...NOTHING, kind: 'address', dial, shown: dial, changed: dial !== typed };
}

function parse(number: string, country: string | null) {
  const known = country && (getCountries() as string[]).includes(country);
  return parsePhoneNumberFromString(number, known ? (country as CountryCode) : undefined);
}

/** Without what is only for the eye. */
export function bare(text: string): string {
  return text.replace(/[\s().\-/\u00a0]/g, '');
}

/** A number of the wire for the eye: grouped when it is one, else as it is. */
export function pretty(number: string, country: string | null = null): string {
  const named = user(number);
  if (!/^\+?\d{7,15}$/.test(named)) return number;
  const parsed = parse(named, country);
  return parsed?.isPossible() ? parsed.formatInternational() : number;
}

/** The part of an address that names whom to call. */
export function user(address: string): string {
  return address.replace(/^(?:sips?|tel):/i, '').split(/[@;]/)[0]!;
}

/** What two spellings of one number have in common; used to find contacts. */
export function key(number: string, country: string | null): string {
  const digits = bare(user(number));
  if (!/^\+?\d{7,15}$/.test(digits)) return digits.toLowerCase();
  const parsed = parse(digits, country);
  return parsed?.isPossible() ? parsed.number : digits;
}

/** The country of a number, if it tells. */
export function countryOf(number: string, country: string | null = null): string | null {
  return parse(bare(number), country)?.country ?? null;
}

export interface Country {
  code: string;
  name: string;
  calling: string;
}

const names = once((language: string) => new Intl.DisplayNames([language], { type: 'region' }));

/** All countries with their calling code, by name. */
export const countries = once((language: string): Country[] => {
  const order = new Intl.Collator(language);
  return getCountries()
    .map((code) => ({ code, name: countryName(code, language), calling: `+${getCountryCallingCode(code)}` }))
    .sort((a, b) => order.compare(a.name, b.name));
});

export function countryName(code: string, language: string): string {
  try {
    return names(language).of(code) ?? code;
  } catch {
    return code;
  }
}
