import type { Host, TraceLine } from '../host';
import { sentence } from './calls.svelte';

/** So many messages stay in the window; the host and its capture file keep more. */
const KEPT = 5000;
/** While a person reads further up, rows must not slip away under them. */
const KEPT_WHILE_READING = 20_000;
const DRAW_MS = 200;

/** The messages that the trace screen shows while it is open. */
export class Trace {
  lines = $state.raw<TraceLine[]>([]);
  /** The first batch is here. */
  ready = $state(false);
  trouble = $state<string | null>(null);
  /** The newest message stays in sight. */
  following = $state(true);
  #waiting: TraceLine[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;
  #stop: AbortController | null = null;

  constructor(readonly host: Host) {}

  /** Reads from the beginning, telephone numbers shown or not, until `close`. */
  open(numbers: boolean): void {
    this.close();
    const stop = (this.#stop = new AbortController());
    this.lines = [];
    this.ready = false;
    this.trouble = null;
    const told = (lines: TraceLine[]) => {
      if (stop.signal.aborted) return;
      this.#waiting.push(...lines);
      if (this.ready) this.#timer ??= setTimeout(() => this.#draw(), DRAW_MS);
      else this.#timer ??= setTimeout(() => this.#draw());
    };
    this.host.trace(numbers, told, stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted) this.trouble = sentence(error);
    });
  }

  close(): void {
    this.#stop?.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#waiting = [];
  }

  #draw(): void {
    this.#timer = null;
    this.ready = true;
    const all = this.lines.concat(this.#waiting);
    this.#waiting = [];
    this.lines = all.slice(-(this.following ? KEPT : KEPT_WHILE_READING));
  }
}
