import { expect, test, vi } from 'vitest';
import type { Contact } from '../src/host';
import { contactIndex, suggest } from '../src/lib/suggest';
import { contacts, history } from '../src/host/mock/seed';

const asked = vi.hoisted(() => ({ times: 0 }));
vi.mock('libphonenumber-js/min', async (original) => {
  const real = await original<typeof import('libphonenumber-js/min')>();
  const parsePhoneNumberFromString = (...args: Parameters<typeof real.parsePhoneNumberFromString>) => {
    asked.times += 1;
    return real.parsePhoneNumberFromString(...args);
  };
  return { ...real, parsePhoneNumberFromString };
});

/** How often the number plan is asked. */
function count(work: () => unknown): number {
  asked.times = 0;
  work();
  return asked.times;
}

const one = contacts()[0]!;
const of = (name: string, ...numbers: string[]): Contact => ({ ...one, id: name, name, numbers: numbers.map((number) => ({ label: '', number })) });
const MANY = Array.from({ length: 3000 }, (_, at) => of(`Person ${at}`, `+1212555${String(at).padStart(4, '0')}`, `020 7946 ${String(at).padStart(4, '0')}`));

test('a contact is found by every spelling of a number', () => {
  const find = contactIndex([of('Ada', '020 7946 0732'), of('Bo', 'sip:Echo@example.com'), of('Cy', '+39 06 5550 1234'), of('Dee', '112')]);
  const name = (number: string, country: string | null = 'GB') => find(number, country)?.name;
  expect(['+442079460732', '02079460732', 'sip:+442079460732@carrier.example;user=phone', 'tel:+44-20-7946-0732'].map((number) => name(number))).toEqual(['Ada', 'Ada', 'Ada', 'Ada']);
  expect([name('echo'), name('+390655501234'), name('06 5550 1234', 'IT'), name('112')]).toEqual(['Bo', 'Cy', 'Cy', 'Dee']);
  expect([name('+442079460733'), name('+15550732'), name('')]).toEqual([undefined, undefined, undefined]);
});

test('thousands of contacts are not asked for their numbers one by one', () => {
  const find = contactIndex(MANY);
  expect(count(() => expect(find('+12125550321', 'US')?.name).toBe('Person 321'))).toBeLessThan(10);
  const calls = history(Date.now());
  for (const text of ['person', '2999', '']) expect(count(() => suggest(text, MANY, calls, 'US'))).toBeLessThan(calls.length + 30);
});

test('who is called often comes first, once', () => {
  const call = { ...history(Date.now())[0]!, way: 'out' as const };
  const calls = ['+12125550002', '+12125550002', '+12125550001', '+12125559999'].map((to) => ({ ...call, to }));
  const found = suggest('212555', MANY, calls, 'US').map((entry) => entry.name || entry.number);
  expect([found.slice(0, 3), found.at(-1)]).toEqual([['Person 2', 'Person 1', 'Person 0'], 'Person 7']);
  expect(['00', '05'].map((text) => suggest(text, MANY, [], 'US').length)).toEqual([0, 0]);
  expect(suggest('5559999', MANY, calls, 'US').map((entry) => entry.number)).toEqual(['+12125559999']);
});
