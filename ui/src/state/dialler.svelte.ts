import { asksFirst, type Ask } from '../lib/cost';
import { chooseDid, type Did } from '../lib/dids';
import { linkText } from '../lib/links';
import { preview } from '../lib/numbers';
import { isEmergency } from '../lib/emergency';
import type { Book } from './book.svelte';
import type { Calls } from './calls.svelte';
import type { Lines } from './lines.svelte';
import type { Preferences } from './preferences.svelte';

/** The dial field: what is typed, which number is shown, and what stands between it and a call. */
export class Dialler {
  text = $state('');
  /** Our number as picked by hand for the next call. */
  picked = $state<Did | null>(null);
  /** The question that waits for an answer. */
  asking = $state<{ ask: Ask; to: string; did: Did | null } | null>(null);
  /** Rises when the field should take the focus. */
  focus = $state(0);
  trouble = $state<'no-line' | 'nothing-to-dial' | null>(null);

  constructor(
    readonly calls: Calls,
    readonly lines: Lines,
    readonly book: Book,
    readonly preferences: Preferences,
  ) {}

  preview = $derived.by(() => preview(this.text, this.country));
  choice = $derived.by(() => {
    if (this.picked) return { did: this.picked, why: 'picked' as const };
    return this.#choose(this.preview.dial, this.preview.country);
  });

  /** The country that numbers are read in. */
  get country(): string | null {
    return this.preferences.now.country ?? this.#first?.settings.numbers.country ?? null;
  }

  get dids(): Did[] {
    return this.lines.dids(this.preferences.now.trunk);
  }

  get #first() {
    return this.lines.inOrder(this.preferences.now.trunk)[0];
  }

  #choose(to: string, country: string | null) {
    const contact = to === '' ? null : this.book.of(to, this.country);
    const { trunk, dids } = this.preferences.now;
    // A preferred line that is not tried first cannot be used, or not yet.
    const preferred = this.#first?.settings.trunk.name === trunk ? trunk : null;
    return chooseDid({
      all: this.dids, preferred, contact: contact?.did ?? null, contactId: contact?.id ?? null, remembered: dids, country,
    });
  }

  /** A link fills the field; only a person dials. */
  fill(link: string): boolean {
    const text = linkText(link);
    if (text === null) return false;
    this.text = text;
    this.focus += 1;
    return true;
  }

  /** Dials what is in the field, or asks first. */
  async dial(): Promise<void> {
    const { dial } = this.preview;
    if (dial === '') {
      this.trouble = 'nothing-to-dial';
      return;
    }
    await this.dialNumber(dial, this.choice?.did ?? null);
  }

  /** Dials a number from anywhere; an emergency number at once. One of a trial, by its line `on`, is a number there only. */
  async dialNumber(number: string, did: Did | null = null, on: string | null = null): Promise<void> {
    this.trouble = null;
    if (isEmergency(number, this.country)) return this.#emergency(number);
    const trial = on === null ? null : this.lines.named(on);
    if (trial?.embedded) return this.#place(number, { number: trial.settings.numbers.dids[0]!, trunk: on! }, null);
    const { dial, country } = preview(number, this.country);
    const to = dial === '' ? number : dial;
    // Without a line there is nothing to agree to.
    const ask = this.#first ? asksFirst(to, this.country, this.preferences.now.agreed) : null;
    const from = did ?? this.#choose(to, country)?.did ?? null;
    if (ask) this.asking = { ask, to, did: from };
    else await this.#place(to, from, country);
  }

  /** The user agreed: remembered, and dialled. */
  async agree(): Promise<void> {
    const waiting = this.asking;
    if (!waiting) return;
    this.asking = null;
    await this.preferences.change({ agreed: [...this.preferences.now.agreed, waiting.ask.agree] });
    await this.#place(waiting.to, waiting.did, waiting.ask.country);
  }

  async #place(to: string, did: Did | null, country: string | null): Promise<void> {
    const trunk = did?.trunk ?? this.#first?.settings.trunk.name;
    if (trunk === undefined) {
      this.trouble = 'no-line';
      return;
    }
    const contact = this.book.of(to, this.country);
    const placed = this.calls.dial(to, trunk, did?.number ?? null, contact?.name ?? null);
    this.text = '';
    this.picked = null;
    await placed;
    if (!did) return;
    const dids = { ...this.preferences.now.dids, [`trunk:${trunk}`]: did.number };
    if (country) dids[`country:${country}`] = did.number;
    if (contact) dids[`contact:${contact.id}`] = did.number;
    await this.preferences.change({ dids });
  }

  /** Nothing may hold this up: no question, no setting, no state of a line. */
  async #emergency(number: string): Promise<void> {
    const lines = this.lines.inOrder(this.preferences.now.trunk).map((line) => line.settings.trunk.name);
    this.asking = null;
    this.text = '';
    if (lines.length > 0) await this.calls.dial(number, lines[0]!, null, null, lines);
    else this.trouble = 'no-line';
  }
}
