// The engine's language, as `crates/engine/src/api` and `crates/store` write it in JSON.

export type CallId = number;
export type Header = [name: string, value: string];

export type SecretRef = { env: string } | { file: string } | { keyring: string };

export interface TrunkAccount {
  name: string;
  profile: string | null;
  domain: string;
  registrar: string | null;
  proxy: string | null;
  transport: string;
  user: string;
  auth_user: string | null;
  register: boolean;
  expires: number;
  password: SecretRef | null;
  bind: string | null;
  public_address: string | null;
  allow: string[];
  gin: boolean;
  keep_alive: string;
  session_expires: number;
  reliable: string;
}

export interface Numbers {
  dids: string[];
  country: string | null;
  did_in: string;
  identity: string[];
}

export interface MediaSettings {
  codecs: string[];
  srtp: string;
  dtmf: string;
  rtp_ports: [number, number] | null;
  rtp_timeout: number;
  stun: string[];
}

export interface TestSettings {
  billed: boolean | null;
  allow: string[];
  destination: string | null;
  channels: number | null;
  cps: number | null;
  max_calls: number | null;
  max_minutes: number | null;
}

export interface Trunk {
  trunk: TrunkAccount;
  numbers: Numbers;
  media: MediaSettings;
  tls: { ca: string | null };
  test: TestSettings;
  limits: Record<string, { pass: number; warn: number }>;
}

export type Source =
  | 'echo'
  | 'milliwatt'
  | 'silence'
  | 'port'
  | { file: string }
  | { tone: number }
  | { signature: [number[], number] };

export interface Sound {
  source: Source;
  record: string | null;
  listen: number[];
}

export type Dtmf = 'inband' | 'info' | 'rfc4733';

export interface Dial {
  to: string;
  from: string | null;
  private: boolean;
  codecs: string[];
  late_offer: boolean;
  ring_timeout_ms: number | null;
  sound: Sound;
  headers: Header[];
  unattended: boolean;
}

export type Command =
  | { command: 'add-trunk'; trunk: Trunk }
  | { command: 'remove-trunk'; trunk: string }
  | { command: 'register'; trunk: string }
  | { command: 'unregister'; trunk: string }
  | { command: 'dial'; call: CallId; trunk: string; dial: Dial }
  | { command: 'ring'; call: CallId }
  | { command: 'answer'; call: CallId; sound: Sound; codecs: string[] }
  | { command: 'reject'; call: CallId; code: number; headers: Header[] }
  | { command: 'hang-up'; call: CallId }
  | { command: 'hold'; call: CallId }
  | { command: 'resume'; call: CallId }
  | { command: 'send-dtmf'; call: CallId; digits: string; mode: Dtmf; on_ms: number; off_ms: number }
  | { command: 'mute'; call: CallId; on: boolean };

export type Registration =
  | { state: 'registering' }
  | { state: 'registered'; expires: number; contact: string; contacts: string[]; associated: string[]; took_ms: number }
  | { state: 'refused'; code: number; reason: string; advice: string }
  | { state: 'failed'; code: number | null; why: string; retry_in_ms: number }
  | { state: 'unregistered' };

export type Way = 'in' | 'out';
export type Side = 'local' | 'remote';
export type Outcome = 'answered' | 'rejected' | 'cancelled' | 'failed' | 'timed-out';
export type Secure = 'dtls' | 'none' | 'sdes';
export type OneWay = 'both' | 'in' | 'out';

export interface Timing {
  trying: number | null;
  ringing: number | null;
  answered: number | null;
  first_rtp: number | null;
  total: number | null;
}

export interface Media {
  sent: number;
  received: number;
  lost: number;
  late: number;
  duplicated: number;
  reordered: number;
  loss_percent: number | null;
  jitter_ms: number | null;
  remote_loss_percent: number | null;
  remote_jitter_ms: number | null;
  rtt_ms: number | null;
  buffer_ms: number | null;
  concealed_percent: number | null;
  r_factor: number | null;
  mos_cq: number | null;
  mos_lq: number | null;
  level_in_dbov: number | null;
  level_out_dbov: number | null;
  one_way: OneWay | null;
}

export interface CallReport {
  call: CallId;
  trunk: string;
  way: Way;
  outcome: Outcome;
  code: number | null;
  reason: string | null;
  cause: number | null;
  call_id: string;
  from: string;
  to: string;
  did: string;
  codec: string | null;
  remote: string | null;
  secure: Secure;
  authentication_refused: boolean;
  unreachable: boolean;
  timing_ms: Timing;
  media: Media;
  dtmf_received: string;
  hangup_by: Side | null;
  advice: string | null;
}

export type Event =
  | { event: 'trunk-ready'; trunk: string; listen: string[] }
  | { event: 'trunk-failed'; trunk: string; why: string }
  | { event: 'registration'; trunk: string; registration: Registration }
  | { event: 'public-address'; trunk: string; local: string; seen: string }
  | {
      event: 'incoming';
      call: CallId;
      trunk: string;
      from: string;
      name: string | null;
      did: string;
      call_id: string;
      secure: boolean;
      headers: Header[];
      sdp: string | null;
    }
  | { event: 'progress'; call: CallId; code: number; reason: string; early_media: boolean; at_ms: number }
  | {
      event: 'answered';
      call: CallId;
      codec: string | null;
      remote: string | null;
      dtmf: boolean;
      headers: Header[];
      sdp: string | null;
      session_expires: number | null;
      refresher: Side | null;
    }
  | { event: 'held'; call: CallId; local: boolean; remote: boolean; refused: number | null }
  | { event: 'digit'; call: CallId; digit: string; mode: Dtmf; duration_ms: number }
  | { event: 'dtmf-sent'; call: CallId }
  | { event: 'quality'; call: CallId; media: Media }
  | { event: 'notice'; call: CallId | null; kind: string; text: string }
  | { event: 'ended'; report: CallReport }
  | { event: 'stranger'; from: string; method: string }
  | { event: 'message'; trunk: string; from: string; text: string }
  | { event: 'challenged'; trunk: string; challenges: string[]; chosen: string | null }
  | { event: 'stopped' };
