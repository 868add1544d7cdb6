import { language } from '../i18n';
import { once } from './once';

export type Tone = 'good' | 'fair' | 'bad' | 'none';

export interface Grade {
  tone: Tone;
  /** Bars of four. */
  bars: number;
  word: 'excellent' | 'good' | 'fair' | 'poor' | 'bad' | 'unusable' | 'unknown';
}

/** What a MOS means for people: the steps of ITU-T G.107 table B.1, R of 90, 80, 70, 60 and 50. */
export function grade(mos: number | null | undefined): Grade {
  if (mos === null || mos === undefined) return { tone: 'none', bars: 0, word: 'unknown' };
  if (mos >= 4.34) return { tone: 'good', bars: 4, word: 'excellent' };
  if (mos >= 4.03) return { tone: 'good', bars: 4, word: 'good' };
  if (mos >= 3.6) return { tone: 'fair', bars: 3, word: 'fair' };
  if (mos >= 3.1) return { tone: 'bad', bars: 2, word: 'poor' };
  return { tone: 'bad', bars: 1, word: mos >= 2.58 ? 'bad' : 'unusable' };
}

/** A figure for the eye, or a dash. */
export function figure(value: number | null | undefined, digits = 0, unit = ''): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const text = form(language, digits).format(value);
  return unit === '' ? text : `${text}\u00a0${unit}`;
}

const form = once((language: string, digits: number) => new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false }));
