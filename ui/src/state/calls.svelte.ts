import type { CallId, Dtmf, Event, Host, Sound } from '../host';
import type { Lines } from './lines.svelte';
import { LiveCall, verstat } from './live-call.svelte';

/** A person's call: microphone and speaker, not recorded at the start. */
export const PERSON: Sound = { source: 'port', record: null, listen: [] };
const TONE_MS = { on_ms: 160, off_ms: 80 };
const BUSY_HERE = 486;

/** All calls in the window, and what a person can do with them. */
export class Calls {
  list = $state<LiveCall[]>([]);
  selectedId = $state<CallId | null>(null);
  /** The call that ended last, until its card is put away. */
  ended = $state<LiveCall | null>(null);
  ringSilenced = $state(false);
  /** What could not be done, for people. */
  trouble = $state<string | null>(null);
  readonly #host: Host;
  readonly #lines: Lines;
  /** The id of the next call, so that a click on Call has one question less to wait for. */
  #spare: CallId | null = null;

  constructor(host: Host, lines: Lines) {
    this.#host = host;
    this.#lines = lines;
    void this.#reserve();
  }

  async #reserve(): Promise<void> {
    // Without one, the next call asks for its own.
    this.#spare = await this.#host.nextCall().catch(() => null);
  }

  get selected(): LiveCall | null {
    return this.list.find((call) => call.id === this.selectedId) ?? this.talking[0] ?? null;
  }

  /** Calls that a person is in or waits for. */
  get talking(): LiveCall[] {
    return this.list.filter((call) => call.phase !== 'incoming');
  }

  get incoming(): LiveCall[] {
    return this.list.filter((call) => call.phase === 'incoming');
  }

  named(id: CallId | null): LiveCall | undefined {
    return this.list.find((call) => call.id === id);
  }

  take(event: Event): void {
    if (event.event === 'incoming') {
      // The state of the phone may have told of it already.
      if (this.named(event.call)) return;
      const call = new LiveCall({ ...event, way: 'in', number: event.from, started_at_ms: Date.now() }, 'incoming');
      call.secure = event.secure;
      call.callId = event.call_id;
      call.verified = verstat(event.headers);
      this.list.push(call);
      this.ringSilenced = false;
      return;
    }
    const id = event.event === 'ended' ? event.report.call : 'call' in event ? event.call : null;
    const call = this.named(id);
    if (!call) return;
    call.take(event);
    if (event.event === 'ended') this.#gone(call);
  }

  #gone(call: LiveCall): void {
    this.list = this.list.filter((one) => one !== call);
    this.ended = call;
    if (this.selectedId === call.id) this.selectedId = this.talking[0]?.id ?? null;
  }

  /** Shows a call that is on its way. */
  placed(call: CallId, trunk: string, number: string, did = '', name: string | null = null): void {
    this.ended = null;
    this.selectedId = call;
    // The state of the phone may have told of it already.
    if (!this.named(call)) this.list.push(new LiveCall({ call, trunk, way: 'out', number, name, did, started_at_ms: Date.now() }, 'calling'));
  }

  /** Places a call and shows it; another one that is up goes on hold. One for help goes on by other `lines`. */
  async dial(to: string, trunk: string, from: string | null, name: string | null, lines?: string[]): Promise<LiveCall | null> {
    try {
      const call = this.#spare ?? (await this.#host.nextCall());
      this.#spare = null;
      this.#holdOthers(null);
      const dial = {
        to, from, private: false, diversion: null, codecs: [], late_offer: false, ring_timeout_ms: null, sound: PERSON,
        headers: [], unattended: false,
      };
      // On its way before the page draws anything.
      const sent = lines ? this.#host.emergency(call, to, lines) : this.#host.command({ command: 'dial', call, trunk, dial });
      void this.#reserve();
      this.placed(call, trunk, to, from ?? '', name);
      await sent;
      return this.named(call) ?? null;
    } catch (error) {
      this.trouble = sentence(error);
      return null;
    }
  }

  async answer(call: LiveCall): Promise<void> {
    this.#holdOthers(call);
    this.selectedId = call.id;
    await this.#do({ command: 'answer', call: call.id, sound: PERSON, codecs: [] });
  }

  decline(call: LiveCall, code = BUSY_HERE): Promise<void> {
    return this.#do({ command: 'reject', call: call.id, code, headers: [] });
  }

  /** The phone goes on ringing without a sound. */
  async silence(): Promise<void> {
    this.ringSilenced = true;
    try {
      await this.#host.silenceRing();
    } catch (error) {
      this.trouble = sentence(error);
    }
  }

  hangUp(call: LiveCall): Promise<void> {
    return this.#do({ command: 'hang-up', call: call.id });
  }

  async mute(call: LiveCall): Promise<void> {
    call.muted = !call.muted;
    await this.#do({ command: 'mute', call: call.id, on: call.muted });
  }

  hold(call: LiveCall): Promise<void> {
    return this.#do({ command: call.heldByUs ? 'resume' : 'hold', call: call.id });
  }

  /** Shows a call and talks to it; the others wait. */
  async swapTo(call: LiveCall): Promise<void> {
    this.selectedId = call.id;
    if (call.phase !== 'up') return;
    this.#holdOthers(call);
    if (call.heldByUs) await this.#do({ command: 'resume', call: call.id });
  }

  #holdOthers(but: LiveCall | null): void {
    for (const call of this.list) {
      if (call !== but && call.phase === 'up' && !call.heldByUs) void this.#do({ command: 'hold', call: call.id });
    }
  }

  async press(call: LiveCall, digits: string): Promise<void> {
    call.digits = (call.digits + digits).slice(-64);
    call.mark('dtmf', digits);
    await this.#do({ command: 'send-dtmf', call: call.id, digits, mode: this.#digitsOf(call), ...TONE_MS });
  }

  /** How digits are sent: as the line says, and as tones where the far end takes no telephone events. */
  #digitsOf(call: LiveCall): Dtmf {
    const said = this.#lines.named(call.trunk)?.settings.media.dtmf;
    if (said === 'info' || said === 'inband') return said;
    return call.canDtmf ? 'rfc4733' : 'inband';
  }

  async record(call: LiveCall): Promise<void> {
    try {
      await this.#host.setRecording(call.id, !call.recording);
    } catch (error) {
      this.trouble = sentence(error);
    }
  }

  async #do(command: Parameters<Host['command']>[0]): Promise<void> {
    try {
      await this.#host.command(command);
    } catch (error) {
      this.trouble = sentence(error);
    }
  }
}

/** A refusal of the host, for people. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
