import type { Host } from '../host';
import type { Contact, Kept, Left, ShellEvent, TrunkLine } from '../shell';
import type { Call, Filter } from '../store';
import type { Event } from '../types';
import crates from '../../licences/crates.json';
import { missed } from '../../lib/advice';
import { blankTrunk } from '../../lib/trunks';
import { MockCall, type World } from './call';
import { mockChecks } from './checks';
import { ladder, markers } from './ladder';
import { probeSteps } from './probe';
import { profiles } from './profiles';
import { seconds } from './quality';
import { begin } from './scenario';
import * as seed from './seed';
import { MockTrace } from './trace';

/** A believable phone without an engine; `?scenario=NAME&speed=N` chooses its state and pace. */
export class Mock {
  lines: TrunkLine[] = seed.lines();
  contacts: Contact[] = seed.contacts();
  rows: Call[] = seed.history(Date.now());
  settings = seed.settings({});
  calls: MockCall[] = [];
  readonly trace = new MockTrace();
  warning: string | null = null;
  /** How the window was left. */
  left: Left = { hash: '', dial: '', graphs: false };
  kept: Kept = { place: 'keyring', why: null, lacking: [] };
  /** The history cannot be read. */
  broken = false;
  /** A run of checks breaks off. */
  faulty = false;
  /** The trunk does not answer a run of checks. */
  silent = false;
  /** Every command that came, for tests. */
  readonly commands: unknown[] = [];
  /** The last file that was kept, for tests. */
  saved: { name: string; text: string } | null = null;
  #events = new Set<(event: Event) => void>();
  #shell = new Set<(event: ShellEvent) => void>();
  ringtones: string[] = [];
  /** The ringtone that was tried last. */
  tried: string | null = null;
  #next = 1;

  constructor(readonly speed: number) {}

  readonly world: World = {
    tell: (event) => this.tell(event),
    tellShell: (event) => this.tellShell(event),
    later: (ms, act) => {
      const timer = setTimeout(act, ms / this.speed);
      return () => clearTimeout(timer);
    },
    kept: (row) => {
      const id = Math.max(0, ...this.rows.map((one) => one.id ?? 0)) + 1;
      this.rows = [{ ...row, id }, ...this.rows];
    },
  };

  tell(event: Event): void {
    this.trace.heard(event, (id) => this.calls.find((one) => one.id === id)?.callId ?? null);
    if (event.event === 'ended') this.calls = this.calls.filter((one) => one.id !== event.report.call);
    for (const heard of this.#events) heard(structuredClone(event));
  }

  tellShell(event: ShellEvent): void {
    for (const heard of this.#shell) heard(event);
  }

  call(way: 'in' | 'out', other: string, did: string, name: string | null = null, id = this.#next++): MockCall {
    const trunk = this.lines[0]?.settings.trunk.name ?? '';
    const call = new MockCall(this.world, id, way, trunk, other, did, name);
    this.calls.push(call);
    return call;
  }

  find(filter: Filter): Call[] {
    const words = (filter.text ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    return this.rows
      .filter((row) => {
        const text = [row.from, row.to, row.did, row.trunk, row.code, row.reason, row.codec, row.advice].join('\n').toLowerCase();
        return (
          (!filter.missed || missed(row)) &&
          (!filter.failed || ['failed', 'rejected', 'timed-out'].includes(row.outcome ?? '')) &&
          (!filter.poor || (row.media?.mos_cq ?? 5) < 3.6) &&
          (filter.did === null || filter.did === row.did) &&
          (filter.trunk === null || filter.trunk === row.trunk) &&
          (filter.id === null || filter.id === row.id) &&
          (((words.length > 0 || filter.numbers.length === 0) && words.every((word) => text.includes(word))) ||
            filter.numbers.includes(row.way === 'in' ? row.from : row.to))
        );
      })
      .sort((a, b) => b.started_at_ms - a.started_at_ms)
      .slice(0, filter.limit ?? undefined);
  }

  host(): Host {
    return {
      start: async () => ({
        version: '0.1.0', trunks: structuredClone(this.lines), calls: this.calls.filter((one) => one.phase !== 'ended').map((one) => one.snapshot()),
        settings: structuredClone(this.settings), devices: seed.devices(), codecs: ['PCMA', 'PCMU'], online: true, warning: this.warning, left: this.left,
        emergency: seed.EMERGENCY,
      }),
      nextCall: async () => this.#next++,
      left: async (how) => void (this.left = how),
      command: async (command) => {
        this.commands.push(command);
        if (command.command === 'dial') {
          const call = this.call('out', command.dial.to, command.dial.from ?? '', null, command.call);
          this.trace.add('sent', `INVITE sip:${command.dial.to}@sip.telnyx.com SIP/2.0`, call.callId);
          call.dial();
        } else if (command.command === 'register' || command.command === 'unregister') this.#register(command.trunk, command.command === 'register');
        else if ('call' in command) this.calls.find((one) => one.id === command.call)?.take(command);
      },
      emergency: async (call, to, lines) => {
        this.commands.push({ command: 'emergency', call, to, lines });
        this.call('out', to, '', null, call).dial();
      },
      onEvent: (heard) => {
        this.#events.add(heard);
        return () => this.#events.delete(heard);
      },
      onShell: (heard) => {
        this.#shell.add(heard);
        return () => this.#shell.delete(heard);
      },
      profiles: async () => profiles(),
      saveTrunk: async (trunk) => {
        const line = seed.line(trunk);
        this.lines = [...this.lines.filter((one) => one.settings.trunk.name !== trunk.trunk.name), line];
        return structuredClone(line);
      },
      removeTrunk: async (name) => void (this.lines = this.lines.filter((one) => one.settings.trunk.name !== name)),
      keptPasswords: async () => structuredClone(this.settings.asks_at_start ? { ...this.kept, place: 'asked' as const, lacking: [this.lines[0]!.settings.trunk.name] } : this.kept),
      keepPasswords: async (passphrase) => {
        if (passphrase === 'wrong') throw new Error('the passphrase does not open the file: try again');
        this.kept = { place: 'open', why: null, lacking: [] };
        return structuredClone(this.kept);
      },
      probe: async (trunk, _password, told, stop) => {
        for (const step of probeSteps(trunk)) {
          if (stop.aborted) return;
          told({ ...step, state: 'running', said: [], fix: null });
          await new Promise<void>((done) => this.world.later(step.state === 'skipped' ? 1 : 350, done));
          if (!stop.aborted) told(step);
        }
      },
      tryNow: async () => {
        const trunk = blankTrunk();
        trunk.trunk = { ...trunk.trunk, name: 'Built-in trunk', domain: '127.0.0.1:5060', user: 'demo' };
        trunk.numbers = { ...trunk.numbers, dids: ['+15550100'], country: 'US' };
        const line = seed.line(trunk, { embedded: true, rtt_ms: 1, public_address: null });
        this.lines = [line, ...this.lines.filter((one) => !one.embedded)];
        return { line: structuredClone(line), echo: '9000' };
      },
      contacts: async () => structuredClone(this.contacts),
      saveContacts: async (contacts) => {
        for (const one of contacts) {
          const id = one.id === '' ? String(Math.random()).slice(2) : one.id;
          this.contacts = [...this.contacts.filter((kept) => kept.id !== id), { ...structuredClone(one), id }];
        }
        return structuredClone(this.contacts);
      },
      removeContact: async (id) => void (this.contacts = this.contacts.filter((one) => one.id !== id)),
      history: async (filter) => {
        if (this.broken) throw new Error('the history cannot be read: database disk image is malformed');
        return structuredClone(this.find(filter));
      },
      callPage: async (id) => {
        const call = this.rows.find((one) => one.id === id);
        if (!call) throw new Error('this call is no longer in the history');
        const talk = call.answered_at_ms === null ? 0 : Math.round((call.ended_at_ms! - call.answered_at_ms) / 1000);
        const lossy = (call.media?.loss_percent ?? 0) > 3;
        return structuredClone({ call, seconds: seconds(Math.min(talk, 3600), id, lossy ? 'lossy' : 'fine'), markers: markers(call), ladder: ladder(call), cut: false });
      },
      silenceRing: async () => undefined,
      setRecording: async (id, on) => {
        const call = this.calls.find((one) => one.id === id);
        if (call) call.recording = on;
        this.tellShell({ shell: 'recording', call: id, on });
      },
      playRecording: async () => undefined,
      stopRecording: async () => undefined,
      ringtones: async () => [...this.ringtones],
      addRingtone: async () => {
        this.ringtones.push('Birds.wav');
        return 'Birds.wav';
      },
      removeRingtone: async (name) => void (this.ringtones = this.ringtones.filter((one) => one !== name)),
      tryRingtone: async (name) => {
        this.tried = name;
      },
      saveSettings: async (changed) => void Object.assign(this.settings, structuredClone(changed)),
      soundCheck: async (stop) => {
        this.tellShell({ shell: 'room', dbov: -32 });
        await new Promise<void>((done) => this.world.later(1800, done));
        return stop.aborted ? { heard: false, echo_delay_ms: null, erle_db: null } : { heard: true, echo_delay_ms: 62, erle_db: 31.4 };
      },
      saveFile: async (name, text) => {
        this.saved = { name, text };
        return true;
      },
      supportBundle: async () => {
        if (this.broken) throw new Error('the disk is full');
        return `Milliwatt 0.1.0\nLines: ${this.lines.map((one) => one.settings.trunk.name).join(', ')}\n`;
      },
      licences: async () => crates,
      trace: (numbers, told, stop) => (this.broken ? Promise.reject(new Error('the trace is not there: the phone has stopped')) : this.trace.watch(numbers, told, stop)),
      saveTrace: async (part) => {
        this.saved = { name: 'trace.pcap', text: JSON.stringify(part) };
        return true;
      },
      sipCallId: async (id) => this.calls.find((one) => one.id === id)?.callId ?? null,
      ...mockChecks(this),
    };
  }

  #register(name: string, on: boolean): void {
    const line = this.lines.find((one) => one.settings.trunk.name === name);
    if (!line) return;
    this.tell({ event: 'registration', trunk: name, registration: on ? { state: 'registering' } : { state: 'unregistered' }, rtt_ms: null, refresh_in_ms: null });
    if (!on) return;
    this.world.later(600, () => {
      const times = { rtt_ms: 41, refresh_in_ms: seed.REFRESH_IN };
      Object.assign(line, times, { registration: { ...seed.REGISTERED } });
      this.tell({ event: 'registration', trunk: name, registration: line.registration, ...times });
    });
  }
}

export function mockHost(query: URLSearchParams): Host {
  const mock = new Mock(Number(query.get('speed')) || 1);
  begin(mock, query.get('scenario') ?? 'usual');
  mock.settings.language = query.get('lang') || null;
  const look = query.get('look');
  if (look === 'light' || look === 'dark' || look === 'contrast') mock.settings.look = look;
  Object.assign(window, { mock });
  return mock.host();
}
