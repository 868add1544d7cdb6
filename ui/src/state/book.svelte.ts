import type { Contact, Host } from '../host';
import { contactIndex, fold } from '../lib/suggest';
import { sentence } from './calls.svelte';

/** The contacts. */
export class Book {
  all = $state.raw<Contact[]>([]);
  loading = $state(true);
  trouble = $state<string | null>(null);
  readonly #find = $derived(contactIndex(this.all));
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  /** There once they are read: what is saved before would be overwritten by what was there. */
  ready: Promise<void> = Promise.resolve();

  load(): Promise<void> {
    return (this.ready = this.#load());
  }

  async #load(): Promise<void> {
    try {
      this.#take(await this.#host.contacts());
      this.trouble = null;
    } catch (error) {
      this.trouble = sentence(error);
    } finally {
      this.loading = false;
    }
  }

  of(number: string, country: string | null): Contact | null {
    return this.#find(number, country);
  }

  async save(contacts: Contact[]): Promise<void> {
    await this.ready;
    this.#take(await this.#host.saveContacts(contacts));
  }

  async remove(id: string): Promise<void> {
    await this.ready;
    await this.#host.removeContact(id);
    this.all = this.all.filter((one) => one.id !== id);
  }

  #take(contacts: Contact[]): void {
    const named = contacts.map((contact) => ({ name: fold(contact.name), contact }));
    this.all = named.sort((a, b) => a.name.localeCompare(b.name)).map(({ contact }) => contact);
  }
}
