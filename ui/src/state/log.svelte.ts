import type { Call, Filter, Host } from '../host';
import { missed } from '../lib/advice';
import { sentence } from './calls.svelte';

/** The line of the built-in trunk. */
const EMBEDDED = 'built-in-trunk';

export const EVERYTHING: Filter = {
  missed: false, failed: false, poor: false, did: null, trunk: null, text: null, numbers: [], since_ms: null, before_ms: null, id: null, limit: 200,
};

/** The newest calls, for the dial field, the badge and redial; the history screen asks for its own. */
export class Log {
  recent = $state.raw<Call[]>([]);
  loading = $state(true);
  trouble = $state<string | null>(null);
  /** Rises whenever the history changed. */
  version = $state(0);
  readonly #host: Host;
  /** How often it was asked for: only the last answer counts. */
  #asked = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  async load(): Promise<void> {
    const asked = ++this.#asked;
    try {
      const recent = await this.#host.history(EVERYTHING);
      if (asked !== this.#asked) return;
      this.recent = recent;
      this.trouble = null;
      this.version += 1;
    } catch (error) {
      this.trouble = sentence(error);
    } finally {
      this.loading = false;
    }
  }

  missedSince(ms: number): number {
    return this.recent.filter((call) => missed(call) && call.started_at_ms > ms).length;
  }

  /** The last number that was dialled out of this program. */
  get lastDialled(): string | null {
    return this.recent.find((call) => call.way === 'out' && call.trunk !== EMBEDDED)?.to ?? null;
  }
}

/** A call that did not come about. */
export function failed(call: Call): boolean {
  return call.outcome === 'failed' || call.outcome === 'rejected' || call.outcome === 'timed-out';
}

/** The other end of a call. */
export function other(call: Call): string {
  return call.way === 'in' ? call.from : call.to;
}
