// @vitest-environment jsdom
import { expect, test } from 'vitest';
import type { Call, Contact, Host } from '../src/host';
import { contacts, history } from '../src/host/mock/seed';
import { Book } from '../src/state/book.svelte';
import { Log } from '../src/state/log.svelte';

test('an older answer about the history does not undo a newer one', async () => {
  const answers: ((calls: Call[]) => void)[] = [];
  const log = new Log({ history: () => new Promise((answer) => answers.push(answer)) } as unknown as Host);
  const loads = [log.load(), log.load()];
  const newer = history(0).slice(0, 1);
  answers[1]!(newer);
  answers[0]!([]);
  await Promise.all(loads);
  expect(log.recent).toEqual(newer);
});

test('a contact that is kept while the others are read stays', async () => {
  let answer!: (all: Contact[]) => void;
  const host = { contacts: () => new Promise((told) => (answer = told)), saveContacts: async (all: Contact[]) => all };
  const book = new Book(host as unknown as Host);
  const read = book.load();
  const kept = book.save(contacts().slice(0, 1));
  answer([]);
  await Promise.all([kept, read]);
  expect(book.all.map((one) => one.name)).toEqual([contacts()[0]!.name]);
});
