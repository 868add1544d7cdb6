// What outlives a restart, as `crates/store` writes it in JSON.

import type { Media, Outcome, Secure, Side, Timing, Way } from './types';

/** A row of the history (`crates/store/src/history/row.rs`). */
export interface Call {
  id: number | null;
  started_at_ms: number;
  answered_at_ms: number | null;
  ended_at_ms: number | null;
  trunk: string;
  way: Way;
  from: string;
  to: string;
  did: string;
  call_id: string;
  state: 'answered' | 'ended' | 'interrupted' | 'ringing';
  outcome: Outcome | null;
  code: number | null;
  reason: string | null;
  cause: number | null;
  timing: Timing | null;
  codec: string | null;
  remote: string | null;
  secure: Secure | null;
  media: Media | null;
  hangup_by: Side | null;
  advice: string | null;
  recording: string | null;
}

export interface Second {
  at_ms: number;
  figures: Media;
}

export interface Filter {
  missed: boolean;
  failed: boolean;
  did: string | null;
  trunk: string | null;
  text: string | null;
  since_ms: number | null;
  before_ms: number | null;
  id: number | null;
  limit: number | null;
}

export type FactValue = boolean | number | string | string[];

export interface Fact {
  key: string;
  value: FactValue;
  source: string;
  confidence: 'published' | 'unverified' | 'guess';
  verified_on: string | null;
}

export interface Profile {
  name: string;
  title: string;
  recorded_on: string;
  countries: string[];
  facts: Fact[];
}
