import type { Host } from '../host';
import type { Mock } from './index';
import { PAYLOADS } from './hostile';
import * as seed from './seed';

const OWN = '+442079460018';
const CHIDI = '+442079460732';

/** Some questions of the window are answered otherwise. */
function answer(mock: Mock, otherwise: (host: Host) => Partial<Host>): void {
  const host = mock.host();
  mock.host = () => ({ ...host, ...otherwise(host) });
}

/** A call comes in, and the provider says this of its number. */
const incoming = (verdict: string) => (mock: Mock) => {
  const headers: [string, string][] = [['P-Asserted-Identity', `<sip:+46850555012;verstat=TN-Validation-${verdict}@x>`]];
  mock.world.later(200, () => mock.call('in', '+46850555012', '+442079460019', 'Lindqvist, Ada').ring(true, headers));
};

/** The state that a test or a look at the window begins in. */
const SCENARIOS: Record<string, (mock: Mock) => void> = {
  usual: (mock) => mock.rows.toReversed().forEach((row) => mock.trace.call(row)),
  'first-run': (mock) => {
    SCENARIOS.empty!(mock);
    mock.lines = [];
    mock.settings.first_run_done = false;
  },
  empty: (mock) => {
    mock.contacts = [];
    mock.rows = [];
    mock.lines = mock.lines.slice(0, 1);
    mock.lines[0]!.settings.numbers.dids = [];
  },
  'no-line': (mock) => {
    mock.lines = [];
  },
  offline: (mock) => {
    const registration = { state: 'failed' as const, code: null, why: 'no way to the registrar: the network is unreachable', retry_in_ms: 17_000 };
    mock.lines = mock.lines.map((line) => ({ ...line, registration, rtt_ms: null, refresh_in_ms: null, lost_at_ms: Date.now() - 300_000 }));
    mock.kept = { place: 'undecided', why: 'no bus of the session', lacking: [] };
    answer(mock, (host) => ({ start: async () => ({ ...(await host.start()), online: false }) }));
  },
  locked: (mock) => {
    mock.kept = { place: 'closed', why: null, lacking: [] };
  },
  asked: (mock) => {
    mock.kept = { place: 'asked', why: null, lacking: mock.lines.map((line) => line.settings.trunk.name) };
  },
  refused: (mock) => {
    const registration = { state: 'refused' as const, code: 403, reason: 'Forbidden', advice: 'The password or the user for authentication is wrong. Enter them again as the portal shows them.' };
    mock.lines[1]!.registration = registration;
  },
  faulty: (mock) => {
    mock.faulty = true;
    mock.lines[0]!.settings.test.billed = false;
  },
  silent: (mock) => {
    mock.silent = true;
    mock.lines[0]!.settings.test.billed = false;
  },
  broken: (mock) => {
    mock.broken = true;
  },
  slow: (mock) => {
    const pending = () => new Promise<never>(() => undefined);
    const lists = { contacts: pending, history: pending, profiles: pending, suites: pending };
    answer(mock, () => ({ ...lists, callPage: pending, trace: pending, supportBundle: pending }));
  },
  dead: (mock) => {
    const dead = () => Promise.reject(new Error('database disk image is malformed'));
    answer(mock, () => ({ contacts: dead, callPage: dead, profiles: dead, licences: dead }));
  },
  stopped: (mock) => answer(mock, () => ({ start: () => Promise.reject(new Error('the folder of the phone cannot be written: the disk is full')) })),
  'built-in': (mock) => void mock.host().tryNow(),
  calling: (mock) => void mock.call('out', CHIDI, OWN),
  call: (mock) => {
    const call = mock.call('out', CHIDI, OWN);
    mock.trace.add('sent', `INVITE sip:${CHIDI}@sip.telnyx.com SIP/2.0`, call.callId);
    call.resumeFrom(94, 'fine');
  },
  night: (mock) => mock.trace.night(8000),
  years: (mock) => {
    const row = mock.rows[3]!;
    mock.rows = Array.from({ length: 700 }, (_, at) => ({ ...row, id: 2000 - at, call_id: `${at}@192.0.2.17`, started_at_ms: row.started_at_ms - at * 3_600_000 }));
  },
  'bad-call': (mock) => mock.call('out', CHIDI, OWN).resumeFrom(64, 'lossy'),
  'silent-call': (mock) => mock.call('out', CHIDI, OWN).resumeFrom(31, 'silent'),
  'their-loss': (mock) => mock.call('out', CHIDI, OWN).resumeFrom(31, 'their-loss'),
  calls: (mock) => {
    mock.call('out', CHIDI, OWN).resumeFrom(410, 'fine');
    const second = mock.call('in', '+46850555012', '+442079460019');
    second.resumeFrom(95, 'fine');
    second.held = true;
    const third = mock.call('in', '+390655501122', OWN);
    third.resumeFrom(33, 'fine');
    third.held = true;
  },
  incoming: incoming('Passed'),
  'incoming-partly': incoming('Passed-B'),
  'incoming-failed': incoming('Failed'),
  'incoming-in-call': (mock) => {
    SCENARIOS.call!(mock);
    mock.world.later(200, () => mock.call('in', '+12025550188', OWN, 'UNKNOWN CALLER').ring(false));
  },
  hostile: (mock) => {
    const payload = (at: number) => PAYLOADS[at % PAYLOADS.length]!;
    mock.rows = PAYLOADS.map((text, at) => ({
      ...seed.history(Date.now())[2]!, id: 900 - at, started_at_ms: Date.now() - at * 60_000, way: 'in' as const, from: text, to: payload(at + 1),
      did: payload(at + 2), call_id: payload(at + 3), reason: payload(at + 4), advice: payload(at + 5), trunk: payload(at + 6),
    }));
    mock.contacts = PAYLOADS.map((text, at) => ({ id: String(at), name: text, company: payload(at + 1), numbers: [{ label: payload(at + 2), number: payload(at + 3) }], favourite: true, did: null }));
    PAYLOADS.forEach((text, at) => mock.trace.add('received', `INVITE sip:${text} SIP/2.0`, payload(at + 1), { trunk: payload(at + 2), remote: text, transport: text, raw: `${text}\r\nSubject: ${payload(at + 3)}`, fault: text }));
    mock.lines[0]!.registration = { state: 'refused', code: 403, reason: payload(0), advice: payload(1) };
    mock.lines[0]!.refresh_in_ms = null;
    mock.lines[1]!.registration = { state: 'failed', code: null, why: payload(2), retry_in_ms: 9000 };
    mock.lines.push(...PAYLOADS.map((text) => seed.line(seed.trunk(text, text, [text], 'GB'), { trouble: text })));
    mock.warning = payload(0);
    mock.world.later(100, () => PAYLOADS.forEach((text, at) => mock.call('in', text, payload(at + 1), payload(at + 2)).ring(false)));
  },
};

export function begin(mock: Mock, name: string): void {
  (SCENARIOS[name] ?? SCENARIOS.usual!)(mock);
}
