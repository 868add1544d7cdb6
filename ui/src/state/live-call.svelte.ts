import type { CallId, CallReport, Event, Marker, RunningCall, Second, Secure, Way } from '../host';
import { keepNewest } from '../lib/figures';
import { MARKED } from '../lib/notices';

/** What the provider says of a caller's number: it belongs to the caller, in part, it does not, or nothing. */
export type Verified = 'passed' | 'partly' | 'failed' | 'unchecked';

export type Phase = 'calling' | 'ringing' | 'incoming' | 'up' | 'ended';

/** One call while it is in the window. */
export class LiveCall {
  readonly id: CallId;
  readonly way: Way;
  readonly trunk: string;
  readonly number: string;
  readonly name: string | null;
  readonly did: string;
  readonly startedAt: number;
  /** SIP Call-ID, where it is known already. */
  callId: string | null = null;
  phase = $state<Phase>('calling');
  answeredAt = $state<number | null>(null);
  codec = $state<string | null>(null);
  /** The signalling is encrypted. */
  secure = $state(false);
  sound = $state<Secure | null>(null);
  early = $state(false);
  canDtmf = $state(true);
  muted = $state(false);
  heldByUs = $state(false);
  heldByThem = $state(false);
  /** Code with which the last hold or resume was refused. */
  holdRefused = $state<number | null>(null);
  recording = $state(false);
  verified = $state<Verified>('unchecked');
  digits = $state('');
  seconds = $state.raw<Second[]>([]);
  markers = $state.raw<Marker[]>([]);
  levels = $state({ in_dbov: -100, out_dbov: -100 });
  report = $state<CallReport | null>(null);

  constructor(call: Pick<RunningCall, 'call' | 'way' | 'trunk' | 'number' | 'name' | 'did' | 'started_at_ms'>, phase: Phase) {
    this.id = call.call;
    this.way = call.way;
    this.trunk = call.trunk;
    this.number = call.number;
    this.name = call.name;
    this.did = call.did;
    this.startedAt = call.started_at_ms;
    this.phase = phase;
  }

  static running(call: RunningCall): LiveCall {
    const live = new LiveCall(call, call.phase);
    live.answeredAt = call.answered_at_ms;
    live.codec = call.codec;
    live.secure = call.secure;
    live.sound = call.sound;
    live.muted = call.muted;
    live.heldByUs = call.held;
    live.recording = call.recording;
    live.seconds = call.seconds;
    live.markers = call.markers;
    live.callId = call.call_id || null;
    live.verified = verstat(call.headers);
    live.early = call.early;
    live.canDtmf = call.dtmf;
    live.digits = call.digits;
    live.heldByThem = call.held_by_them;
    return live;
  }

  get held(): boolean {
    return this.heldByUs || this.heldByThem;
  }

  take(event: Event): void {
    switch (event.event) {
      case 'progress':
        this.phase = event.code >= 180 ? 'ringing' : this.phase;
        this.early ||= event.early_media;
        break;
      case 'answered':
        this.phase = 'up';
        this.answeredAt ??= Date.now();
        this.codec = event.codec;
        this.canDtmf = event.dtmf;
        this.sound = event.secure;
        break;
      case 'held':
        if (event.refused === null) this.mark('hold', event.local || event.remote ? 'hold' : 'resume');
        this.holdRefused = event.refused;
        this.heldByUs = event.local;
        this.heldByThem = event.remote;
        break;
      case 'digit':
        this.mark('dtmf', event.digit);
        break;
      case 'quality':
        this.seconds = keepNewest(this.seconds, { at_ms: this.#sinceAnswer(), figures: event.media });
        break;
      case 'notice':
        this.mark(MARKED[event.kind] ?? 'notice', event.text);
        break;
      case 'ended':
        this.phase = 'ended';
        this.report = event.report;
    }
  }

  mark(kind: Marker['kind'], text: string): void {
    this.markers = keepNewest(this.markers, { at_ms: this.#sinceAnswer(), kind, text });
  }

  #sinceAnswer(): number {
    const last = this.seconds.at(-1)?.at_ms ?? 0;
    return Math.max(last, this.answeredAt === null ? 0 : Date.now() - this.answeredAt);
  }
}

/**
 * What the provider says of the caller's number (`verstat`, 3GPP TS 24.229); the worst of it counts. With the
 * attestations B and C the signature is right, but nobody vouches for the number (RFC 8588 §4).
 */
export function verstat(headers: readonly (readonly [string, string])[]): Verified {
  const said = headers
    .filter(([name]) => ['p-asserted-identity', 'from'].includes(name.toLowerCase()))
    // A name in quotes is the caller's own.
    .flatMap(([, value]) => [...value.replace(/"(?:\\.|[^"\\])*"/g, '').matchAll(/;verstat=TN-Validation-(Failed|Passed(?:-[BC])?)/gi)])
    .map(([, word]) => word!.toLowerCase());
  if (said.includes('failed')) return 'failed';
  if (said.includes('passed-b') || said.includes('passed-c')) return 'partly';
  return said.includes('passed') ? 'passed' : 'unchecked';
}
