// What the window asks of the shell around the engine: settings, contacts, devices, files.

import type { Call, Second } from './store';
import type { CallId, Registration, Secure, Trunk } from './types';

/** A trunk with its state at the moment of asking; events tell what follows. */
export interface TrunkLine {
  settings: Trunk;
  registration: Registration;
  /** Why it cannot be used; `null` while it can. */
  trouble: string | null;
  rtt_ms: number | null;
  public_address: string | null;
  /** It is the carrier in a box. */
  embedded: boolean;
}

/** A call that is up while the window is opened or reloaded. */
export interface RunningCall {
  call: CallId;
  trunk: string;
  way: 'in' | 'out';
  number: string;
  name: string | null;
  did: string;
  phase: 'calling' | 'incoming' | 'up';
  started_at_ms: number;
  answered_at_ms: number | null;
  codec: string | null;
  secure: boolean;
  sound: Secure | null;
  muted: boolean;
  held: boolean;
  recording: boolean;
  seconds: Second[];
}

export interface Contact {
  /** Empty for one that is not kept yet. */
  id: string;
  name: string;
  company: string;
  numbers: { label: string; number: string }[];
  favourite: boolean;
  /** Our number that calls to this contact show; `null` for the usual choice. */
  did: string | null;
}

export type Look = 'system' | 'light' | 'dark' | 'contrast';
export type Role = 'microphone' | 'speaker' | 'ring';

export interface Settings {
  look: Look;
  /** ISO country that numbers without one are read in; `null`: that of the trunk. */
  country: string | null;
  /** Chosen device by role; `null` follows the system. */
  devices: Record<Role, string | null>;
  /** Per cent by role; 100 leaves the sound as it is. */
  volumes: Record<Role, number>;
  /** Codecs of new trunks, in order. */
  codecs: string[];
  /** Rebound shortcuts: action to keys. */
  shortcuts: Record<string, string>;
  global_hot_keys: boolean;
  /** What the user agreed to once: `country:FR`, `number:+44909…`. */
  agreed: string[];
  /** Our number last used, by `country:FR` and by `trunk:NAME`. */
  dids: Record<string, string>;
  /** Trunk that calls go out on. */
  trunk: string | null;
  first_run_done: boolean;
  /** Until when missed calls are seen, ms since 1970. */
  missed_seen_ms: number;
}

export interface Device {
  id: string;
  name: string;
  role: Role;
  preferred: boolean;
  present: boolean;
}

/** One step of looking at a trunk that is being set up. */
export interface ProbeStep {
  step: 'dns' | 'transport' | 'tls' | 'register' | 'nat' | 'codecs';
  state: 'running' | 'good' | 'warn' | 'bad' | 'skipped';
  /** What was found, for people. */
  text: string;
  code: number | null;
  /** The change that would help, if one would. */
  fix: { label: string; trunk: Trunk } | null;
}

export interface LadderLine {
  at_ms: number;
  way: 'sent' | 'received';
  /** Start line, masked. */
  summary: string;
  /** The whole message, masked. */
  raw: string;
  retransmission: boolean;
}

export interface Marker {
  at_ms: number;
  kind: 're-invite' | 'hold' | 'device' | 'network' | 'dtmf' | 'notice';
  text: string;
}

export interface CallPage {
  call: Call;
  seconds: Second[];
  markers: Marker[];
  ladder: LadderLine[];
}

export type ShellEvent =
  | { shell: 'levels'; call: CallId | null; in_dbov: number; out_dbov: number }
  | { shell: 'devices'; devices: Device[]; said: string | null }
  | { shell: 'link'; uri: string }
  | { shell: 'network'; text: string; online: boolean }
  | { shell: 'recording'; call: CallId; on: boolean }
  | { shell: 'history' };

export interface Start {
  version: string;
  trunks: TrunkLine[];
  calls: RunningCall[];
  settings: Settings;
  devices: Device[];
  /** What the engine can encode, best first. */
  codecs: string[];
  /** Something that the user must know at once, such as a missing keyring. */
  warning: string | null;
}

export interface SoundCheck {
  /** `null` while it runs. */
  echo_delay_ms: number | null;
  erle_db: number | null;
  heard: boolean;
}
