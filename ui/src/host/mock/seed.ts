import type { Settings } from '../settings';
import type { Contact, Device, TrunkLine } from '../shell';
import type { Call } from '../store';
import type { Outcome, Trunk } from '../types';
import { blankTrunk } from '../../lib/trunks';
import { seconds } from './quality';

const HOUR = 3_600_000;

export function trunk(name: string, domain: string, dids: string[], country: string, transport = 'tls'): Trunk {
  const made = blankTrunk();
  made.trunk = { ...made.trunk, name, domain, transport, user: 'mw-4711', password: { keyring: name } };
  made.numbers = { ...made.numbers, dids, country };
  return made;
}

export const REGISTERED = {
  state: 'registered' as const, expires: 600, contact: '<sip:mw-4711@192.0.2.17:5061;transport=tls>', contacts: [], associated: [], path: [], took_ms: 41,
};

export const REFRESH_IN = 537_000;

/** Some of the phone's own table (`crates/engine/src/emergency/regions.rs`). */
export const EMERGENCY = { DE: '110 112 19222', FR: '15 17 18 112 114 115 119 191 196 116000', GB: '112 999 18000', IL: '100 101 102 103 104 105 112', TW: '110 112 113 118 119', US: '112 911 988' };

export function line(settings: Trunk, part: Partial<TrunkLine> = {}): TrunkLine {
  return { settings, registration: REGISTERED, trouble: null, rtt_ms: 41, refresh_in_ms: REFRESH_IN, lost_at_ms: null, public_address: '198.51.100.23:5061', embedded: false, ...part };
}

export function lines(): TrunkLine[] {
  return [
    line(trunk('Telnyx London', 'sip.telnyx.com', ['+442079460018', '+442079460019', '+12025550147'], 'GB')),
    line(trunk('sipgate', 'sipconnect.sipgate.de', ['+4930555012340'], 'DE'), {
      registration: { state: 'failed', code: 503, why: 'the registrar is overloaded (503 Service Unavailable)', retry_in_ms: 24_000 },
      rtt_ms: null, refresh_in_ms: null,
    }),
  ];
}

const contact = (id: string, name: string, company: string, number: string, favourite = false, label = 'work'): Contact => ({
  id, name, company, numbers: [{ label, number }], favourite, did: null,
});

export function contacts(): Contact[] {
  return [
    { ...contact('1', 'Ada Lindqvist', 'Nordlys Telecom', '+46 8 505 550 12', true), numbers: [
      { label: 'work', number: '+46 8 505 550 12' }, { label: 'mobile', number: '+46 70 174 06 05' },
    ] },
    contact('2', 'Bruno Castellano', 'Castellano & Figli', '+39 06 5550 1122'),
    contact('3', 'Chidi Okafor', 'Network operations', '+44 20 7946 0732', true, 'mobile'),
    contact('4', 'Dana Whitfield', 'Front desk', '+44 20 7946 0120', true),
    contact('5', 'Echo test', 'Telnyx', 'sip:echo@sip.telnyx.com'),
    contact('6', 'Fatima Zahra El Idrissi', 'Atlas Logistics', '+212 5 22 55 01 10'),
    contact('7', 'Grzegorz Brzęczyszczykiewicz', 'Łękołody', '+48 22 555 01 99'),
    contact('8', 'נועה לוי', 'Tel Aviv office', '+972 3 555 0144'),
  ];
}

interface Sketch {
  ago: number; way: 'in' | 'out'; other: string; outcome: Outcome; talk?: number; code?: number; reason?: string; advice?: string;
  by?: 'local' | 'remote'; lossy?: boolean; recording?: boolean;
}

const SKETCHES: Sketch[] = [
  { ago: 0.4, way: 'out', other: '+442079460732', outcome: 'answered', talk: 312, code: 200, by: 'remote', recording: true },
  { ago: 1.3, way: 'in', other: '+46850555012', outcome: 'cancelled', code: 487, reason: 'Request Terminated' },
  { ago: 2.1, way: 'out', other: '+442079460199', outcome: 'rejected', code: 486, reason: 'Busy Here', advice: 'The line is busy. Try again in some minutes.' },
  { ago: 3.6, way: 'in', other: '+442079460120', outcome: 'answered', talk: 47, code: 200, by: 'local' },
  { ago: 22, way: 'out', other: '+390655501122', outcome: 'answered', talk: 1284, code: 200, by: 'local', lossy: true },
  { ago: 25, way: 'out', other: '+12025550188', outcome: 'rejected', code: 403, reason: 'Caller Origination Number is Invalid D35', advice: 'The provider refuses the number that you show. Show one of the numbers of this line.' },
  { ago: 26, way: 'in', other: 'anonymous', outcome: 'cancelled', code: 487 },
  { ago: 50, way: 'out', other: '+48225550199', outcome: 'timed-out', code: 408, reason: 'Request Timeout', advice: 'No answer within 32 s. If this happens with every call, a firewall may drop UDP: try TCP or TLS.' },
  { ago: 75, way: 'in', other: '+442079460732', outcome: 'answered', talk: 605, code: 200, by: 'remote' },
  { ago: 76, way: 'out', other: '*43', outcome: 'answered', talk: 18, code: 200, by: 'local' },
];

export function history(now: number): Call[] {
  return SKETCHES.map((one, at) => {
    const started = now - one.ago * HOUR;
    const answered = one.talk === undefined ? null : started + 6200;
    const talk = one.talk ?? 0;
    const last = seconds(Math.min(talk, 60), at + 7, one.lossy ? 'lossy' : 'fine').at(-1)?.figures ?? null;
    const own = at === 3 ? '+442079460027' : '+442079460018';
    return {
      id: 900 - at, started_at_ms: started, answered_at_ms: answered, ended_at_ms: (answered ?? started + 14_000) + talk * 1000,
      trunk: 'Telnyx London', way: one.way, from: one.way === 'in' ? one.other : own, to: one.way === 'in' ? own : one.other,
      did: own, call_id: `${(at + 11) * 7919}-mw@192.0.2.17`, state: 'ended', outcome: one.outcome, code: one.code ?? null,
      reason: one.reason ?? null, cause: one.code === 486 ? 17 : null,
      timing: { trying: 38, ringing: 640, answered: answered === null ? null : 6200, first_rtp: answered === null ? null : 52, total: 6200 + talk * 1000 },
      codec: answered === null ? null : 'PCMA', remote: answered === null ? null : '203.0.113.8:24600', secure: answered === null ? null : 'sdes',
      media: last, findings: null, hangup_by: one.by ?? null, advice: one.advice ?? null, recording: one.recording ? `recordings/call-${900 - at}.wav` : null,
    };
  });
}

export function devices(): Device[] {
  const one = (id: string, name: string, role: Device['role'], preferred = false): Device => ({ id, name, role, preferred, present: true });
  return [
    one('mic-1', 'Headset Jabra Evolve2', 'microphone', true), one('mic-2', 'Built-in microphone', 'microphone'),
    one('spk-1', 'Headset Jabra Evolve2', 'speaker', true), one('spk-2', 'Built-in speakers', 'speaker'),
    one('ring-1', 'Built-in speakers', 'ring', true),
  ];
}

export function settings(part: Partial<Settings>): Settings {
  return {
    look: 'system', country: null, devices: { microphone: null, speaker: null, ring: null }, volumes: { microphone: 100, speaker: 100, ring: 100 }, codecs: ['PCMA', 'PCMU'], shortcuts: {},
    global_hot_keys: false, autostart: false, language: null, cleaning: { echo: true, noise: 'moderate', gain: true },
    profiles: [{ name: 'Desk', microphone: 'mic-2', speaker: 'spk-2', ring: null }], numbers: {}, ringtones: {}, agreed: [], dids: {}, trunk: null, asks_at_start: false, first_run_done: true, missed_seen_ms: 0, ...part,
  };
}
