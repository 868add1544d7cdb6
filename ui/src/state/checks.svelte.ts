import type { CheckBook, CheckEntry, CheckOrder, CheckPlan, CheckReport, Host } from '../host';
import { sentence } from './calls.svelte';

/** The run of checks; it goes on while another screen is in front. */
export class Checks {
  book = $state.raw<CheckBook | null>(null);
  trunk = $state('');
  suite = $state('smoke');
  /** Checks chosen one by one; when there are some, they take the place of the suite. */
  only = $state<string[]>([]);
  plan = $state.raw<CheckPlan | null>(null);
  running = $state(false);
  stopping = $state(false);
  step = $state<{ text: string; left: number } | null>(null);
  entries = $state.raw<CheckEntry[]>([]);
  report = $state.raw<CheckReport | null>(null);
  /** Why there is no list, no plan or no result, for people. */
  trouble = $state<string | null>(null);
  /** How many checks the run that goes on, or was last, holds. */
  expected = $state(0);
  #stop: AbortController | null = null;
  #asked = 0;

  constructor(readonly host: Host) {}

  /** Ids of what would run. */
  get chosen(): string[] {
    if (this.only.length > 0) return this.only;
    return this.book?.suites.find((one) => one.name === this.suite)?.checks ?? [];
  }

  order(yes_billed: boolean): CheckOrder {
    return { trunk: this.trunk, suite: this.suite, only: [...this.only], yes_billed };
  }

  async load(): Promise<void> {
    if (this.book !== null) return;
    this.trouble = null;
    try {
      this.book = await this.host.suites();
    } catch (error) {
      this.trouble = sentence(error);
    }
  }

  /** Asks what the choice would do; the answer to the newest question counts. */
  async ask(order: CheckOrder): Promise<void> {
    const asked = ++this.#asked;
    this.plan = null;
    if (order.trunk === '') return;
    try {
      const plan = await this.host.plan(order);
      if (asked === this.#asked) this.plan = plan;
    } catch (error) {
      if (asked === this.#asked) this.trouble = sentence(error);
    }
  }

  async start(yes_billed: boolean): Promise<void> {
    if (this.running) return;
    const stop = (this.#stop = new AbortController());
    this.running = true;
    this.stopping = false;
    this.expected = this.chosen.length;
    this.entries = [];
    this.report = this.step = this.trouble = null;
    try {
      this.report = await this.host.check(
        this.order(yes_billed),
        (told) => {
          if (told.told === 'step') this.step = told;
          else this.entries = [...this.entries, told.entry];
        },
        stop.signal,
      );
      this.entries = this.report.checks;
    } catch (error) {
      this.trouble = sentence(error);
    } finally {
      this.running = false;
      this.step = null;
    }
  }

  stop(): void {
    this.stopping = true;
    this.#stop?.abort();
  }

  /** The program tells of its checks anew, in another language. */
  forget(): void {
    this.book = this.plan = null;
  }

  /** Back to the choice. */
  clear(): void {
    this.entries = [];
    this.report = this.trouble = null;
  }
}
