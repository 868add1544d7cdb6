import type { RunningCall, ShellEvent } from '../shell';
import type { Call, Second } from '../store';
import type { CallId, Command, Event, Outcome } from '../types';
import { chance, NO_MEDIA, second, seconds, type Weather } from './quality';

/** What a mock call needs of the phone around it. */
export interface World {
  tell(event: Event): void;
  tellShell(event: ShellEvent): void;
  /** Runs later, in the scenario's own pace; answers how to forget it. */
  later(ms: number, act: () => void): () => void;
  kept(row: Call): void;
}

/** How a dialled number behaves, by its last two digits. */
const REFUSALS: Record<string, [code: number, reason: string, advice: string]> = {
  '86': [486, 'Busy Here', 'The line is busy. Try again in some minutes.'],
  '04': [404, 'Not Found', 'The provider does not know this number. Check its digits and country code.'],
  '03': [403, 'Forbidden', 'The provider refuses this call. Show another number of this line, or ask the provider.'],
  '88': [488, 'Not Acceptable Here', 'No common codec: we offered PCMA and PCMU.'],
};

export class MockCall {
  phase: RunningCall['phase'] | 'ended' = 'calling';
  answeredAt: number | null = null;
  muted = false;
  held = false;
  recording = false;
  weather: Weather = 'fine';
  seconds: Second[] = [];
  readonly startedAt = Date.now();
  readonly #random: () => number;
  #timers: (() => void)[] = [];

  constructor(
    readonly world: World,
    readonly id: CallId,
    readonly way: 'in' | 'out',
    readonly trunk: string,
    readonly other: string,
    readonly did: string,
    readonly name: string | null = null,
  ) {
    this.#random = chance(id * 977 + 13);
  }

  get callId(): string {
    return this.way === 'in' ? `in-${this.id}@203.0.113.5` : `${this.id}@192.0.2.17`;
  }

  get #codec(): string | null {
    return this.answeredAt === null ? null : 'PCMA';
  }

  dial(): void {
    const refusal = REFUSALS[this.other.slice(-2)];
    this.#later(90, () => this.#progress(100, 'Trying'));
    this.#later(500, () => !refusal && this.#progress(180, 'Ringing'));
    if (refusal) this.#later(900, () => this.end('rejected', 'remote', ...refusal));
    else if (!this.other.endsWith('99')) this.#later(1900, () => this.up());
  }

  #progress(code: number, reason: string): void {
    this.world.tell({ event: 'progress', call: this.id, code, reason, early_media: false, at_ms: Date.now() - this.startedAt });
  }

  ring(secure = true, headers: [string, string][] = []): void {
    this.phase = 'incoming';
    this.world.tell({
      event: 'incoming', call: this.id, trunk: this.trunk, from: this.other, name: this.name, did: this.did,
      call_id: this.callId, secure, headers, sdp: null,
    });
  }

  up(): void {
    this.phase = 'up';
    this.answeredAt = Date.now();
    this.world.tell({
      event: 'answered', call: this.id, codec: 'PCMA', remote: '203.0.113.8:24600', secure: 'sdes', dtmf: true, headers: [],
      sdp: 'v=0\r\nm=audio 24600 RTP/SAVP 8 101\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:***\r\n',
      session_expires: 1800, refresher: 'local',
    });
    this.#tick();
    this.#meter();
  }

  /** As if it had been up for so long. */
  resumeFrom(count: number, weather: Weather): void {
    this.phase = 'up';
    this.weather = weather;
    this.answeredAt = Date.now() - count * 1000;
    this.seconds = seconds(count, this.id + 3, weather === 'their-loss' ? 'fine' : weather);
    this.#tick();
    this.#meter();
  }

  #tick(): void {
    this.#later(1000, () => {
      if (!this.held) {
        const media = second(this.#random, this.weather, this.muted);
        this.seconds.push({ at_ms: Date.now() - this.answeredAt!, figures: media });
        this.world.tell({ event: 'quality', call: this.id, media });
      }
      this.#tick();
    });
  }

  #meter(): void {
    this.#later(120, () => {
      const loud = (quiet: boolean) => (quiet ? -100 : -18 - this.#random() * 26);
      const in_dbov = loud(this.held || this.weather === 'silent');
      this.world.tellShell({ shell: 'levels', call: this.id, in_dbov, out_dbov: loud(this.held || this.muted) });
      this.#meter();
    });
  }

  take(command: Command): void {
    switch (command.command) {
      case 'answer':
        this.#later(120, () => this.up());
        break;
      case 'reject':
        this.end('rejected', 'local', command.code, 'Busy Here', null);
        break;
      case 'hang-up':
        this.end(this.phase === 'up' ? 'answered' : 'cancelled', 'local', this.phase === 'up' ? 200 : 487, null, null);
        break;
      case 'hold':
      case 'resume':
        this.held = command.command === 'hold';
        this.#later(60, () => this.world.tell({ event: 'held', call: this.id, local: this.held, remote: false, refused: null }));
        break;
      case 'mute':
        this.muted = command.on;
        break;
      case 'send-dtmf':
        this.#later(300, () => this.world.tell({ event: 'dtmf-sent', call: this.id }));
    }
  }

  end(outcome: Outcome, by: 'local' | 'remote', code: number | null, reason: string | null, advice: string | null): void {
    if (this.phase === 'ended') return;
    this.phase = 'ended';
    for (const forget of this.#timers) forget();
    const now = Date.now();
    const out = this.way === 'out';
    const shared = {
      trunk: this.trunk, way: this.way, outcome, code, reason, cause: null, call_id: this.callId,
      from: out ? this.did : this.other, to: out ? this.other : this.did, did: this.did,
      codec: this.#codec, remote: null, hangup_by: by, advice,
    };
    const media = this.seconds.at(-1)?.figures ?? NO_MEDIA;
    const timing = { trying: 40, ringing: 500, answered: this.answeredAt && this.answeredAt - this.startedAt, first_rtp: 50, total: now - this.startedAt };
    this.world.kept({
      ...shared, id: null, started_at_ms: this.startedAt, answered_at_ms: this.answeredAt, ended_at_ms: now, state: 'ended',
      timing, secure: 'sdes', media, findings: null, recording: null,
    });
    this.world.tell({
      event: 'ended',
      report: {
        ...shared, call: this.id, secure: 'sdes', authentication_refused: false, unreachable: false, timing_ms: timing,
        media, dtmf_received: '', findings: [],
      },
    });
  }

  snapshot(): RunningCall {
    return {
      call: this.id, trunk: this.trunk, call_id: this.callId, way: this.way, number: this.other, name: this.name, headers: [], did: this.did,
      phase: this.phase === 'ended' ? 'up' : this.phase, started_at_ms: this.startedAt - (this.answeredAt === null ? 0 : 6000),
      answered_at_ms: this.answeredAt, codec: this.#codec, secure: true, sound: this.answeredAt === null ? null : 'sdes', early: false, dtmf: true, digits: '',
      muted: this.muted, held: this.held, held_by_them: false, recording: this.recording, seconds: [...this.seconds], markers: [],
    };
  }

  #later(ms: number, act: () => void): void {
    this.#timers.push(this.world.later(ms, () => this.phase !== 'ended' && act()));
    if (this.#timers.length > 400) this.#timers = this.#timers.slice(-20);
  }
}
