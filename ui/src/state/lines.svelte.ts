import type { Event, Host, Trunk, TrunkLine } from '../host';
import { type Did } from '../lib/dids';
import { inOrder, lineState } from '../lib/trunks';

/** The trunks as the window shows them. */
export class Lines {
  all = $state<TrunkLine[]>([]);
  /** When a failed registration is tried again, by trunk, ms since 1970. */
  retryAt = $state<Record<string, number>>({});
  /** When a registration is refreshed, by trunk, ms since 1970. */
  refreshAt = $state<Record<string, number>>({});
  readonly #host: Host;
  /** What is told while a line is asked for. */
  readonly #meanwhile = new Set<Event[]>();

  constructor(host: Host) {
    this.#host = host;
  }

  load(lines: TrunkLine[]): void {
    this.all = lines;
    for (const line of lines) this.#times(line);
  }

  take(event: Event): void {
    if (!('trunk' in event)) return;
    for (const told of this.#meanwhile) told.push(event);
    const line = this.named(event.trunk);
    if (!line) return;
    switch (event.event) {
      case 'trunk-ready':
        line.trouble = null;
        break;
      case 'trunk-failed':
        line.trouble = event.why;
        break;
      case 'registration':
        if (event.registration.state === 'registered') line.lost_at_ms = null;
        else if (line.registration.state === 'registered') line.lost_at_ms = Date.now();
        line.registration = event.registration;
        line.rtt_ms = event.rtt_ms;
        line.refresh_in_ms = event.refresh_in_ms;
        this.#times(line);
        break;
      case 'public-address':
        line.public_address = event.seen;
    }
  }

  #times({ settings, registration, refresh_in_ms }: TrunkLine): void {
    const name = settings.trunk.name;
    delete this.retryAt[name];
    delete this.refreshAt[name];
    if (registration.state === 'failed') this.retryAt[name] = Date.now() + registration.retry_in_ms;
    if (refresh_in_ms !== null) this.refreshAt[name] = Date.now() + refresh_in_ms;
  }

  /** Seconds until a failed registration is tried again. */
  retryIn(name: string, now: number): number | null {
    const at = this.retryAt[name];
    return at === undefined ? null : Math.max(0, Math.ceil((at - now) / 1000));
  }

  /** Tries all that wait for their next try, now. */
  async retry(): Promise<void> {
    await Promise.all(Object.keys(this.retryAt).map((name) => this.register(name)));
  }

  named(name: string): TrunkLine | undefined {
    return this.all.find((line) => line.settings.trunk.name === name);
  }

  /** Lines in the order in which a call would try them. */
  inOrder(preferred: string | null): TrunkLine[] {
    return inOrder(this.all, preferred);
  }

  /** Our numbers on lines that can be used. */
  dids(preferred: string | null): Did[] {
    return this.inOrder(preferred)
      .filter((line) => ['up', 'direct', 'busy'].includes(lineState(line)))
      .flatMap(({ settings }) => settings.numbers.dids.map((number) => ({ number, trunk: settings.trunk.name })));
  }

  save(trunk: Trunk, password: string | null): Promise<TrunkLine> {
    return this.add(this.#host.saveTrunk(trunk, password));
  }

  /** Adds a line that is asked for. What is told of it before the answer comes may be newer than the answer. */
  async add(asked: Promise<TrunkLine>): Promise<TrunkLine> {
    const told: Event[] = [];
    this.#meanwhile.add(told);
    const line = await asked.finally(() => this.#meanwhile.delete(told));
    this.put(line);
    for (const event of told) this.take(event);
    return line;
  }

  put(line: TrunkLine): void {
    const at = this.all.findIndex((one) => one.settings.trunk.name === line.settings.trunk.name);
    if (at < 0) this.all.push(line);
    else this.all[at] = line;
    this.#times(line);
  }

  async remove(name: string): Promise<void> {
    await this.#host.removeTrunk(name);
    this.all = this.all.filter((line) => line.settings.trunk.name !== name);
    delete this.retryAt[name];
    delete this.refreshAt[name];
  }

  register(name: string): Promise<void> {
    return this.#host.command({ command: 'register', trunk: name });
  }

  unregister(name: string): Promise<void> {
    return this.#host.command({ command: 'unregister', trunk: name });
  }
}
