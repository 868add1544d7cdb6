// The engine's language and the settings of trunks, generated from `crates/engine/src/api` and `crates/store`.

export type {
  CallId, CallReport, Command, Dial, Dtmf, Event, Finding, Media, OneWay, Outcome, Registration, Secure, Side, Sound, Source, Timing, Way,
} from './generated/engine';
export type { MediaSettings, Numbers, SecretRef, TestSettings, Trunk, TrunkAccount } from './generated/store';

export type Header = [name: string, value: string];
