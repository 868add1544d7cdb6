import { expect, test } from 'vitest';
import { profiles } from '../src/host/mock/profiles';
import { line, trunk } from '../src/host/mock/seed';
import { profileWords } from '../src/lib/profile-words';
import { blankTrunk, fromProfile, inOrder, lacking, lineState } from '../src/lib/trunks';
import { lineWhy } from '../src/lib/line-words';
import type { Event, Host, TrunkLine } from '../src/host';
import { Lines } from '../src/state/lines.svelte';

test('a line is filled with what its profile knows, never with guesses', () => {
  const all = profiles();
  expect(all.length).toBeGreaterThanOrEqual(12);
  const sipgate = fromProfile(all.find((one) => one.name === 'sipgate')!, ['PCMU', 'PCMA']);
  expect(sipgate.trunk).toMatchObject({ domain: 'sipconnect.sipgate.de', expires: 600, profile: 'sipgate' });
  // G722 is what the provider likes best, and what this phone lacks.
  expect(sipgate.media.codecs).toEqual(['PCMA', 'PCMU']);
  for (const profile of all) expect(profileWords(profile).encryption).toMatch(/both|signalling|sound|none/);
});

test('what a line lacks is named', () => {
  const made = trunk('A', 'sip.example.net', [], 'GB');
  expect(lacking(made, [])).toBeNull();
  expect(lacking(made, ['A'])).toBe('taken');
  const changed = (part: object) => lacking({ ...made, trunk: { ...made.trunk, ...part } }, []);
  expect(changed({ name: '' })).toBe('name');
  expect(changed({ domain: 'a b' })).toBe('domain');
  expect(changed({ domain: 'http://x' })).toBe('domain');
  expect(changed({ user: 'a@b' })).toBe('user');
  expect(changed({ user: '', register: false })).toBeNull();
  expect(changed({ proxy: '[2001:db8::1]:5060' })).toBeNull();
  expect(changed({ registrar: 'x y' })).toBe('host');
  expect(lacking(blankTrunk(), [])).toBe('name');
});

test('calls try usable lines first, the preferred one among equals', () => {
  const named = (name: string, part: object) => line(trunk(name, 'x', [], 'GB'), part);
  const lines = [
    named('down', { trouble: 'no address' }),
    named('off', { registration: { state: 'unregistered' } }),
    named('one', {}),
    named('two', {}),
  ];
  expect(inOrder(lines, 'two').map((one) => one.settings.trunk.name)).toEqual(['two', 'one', 'off', 'down']);
  expect(lines.map(lineState)).toEqual(['down', 'off', 'up', 'up']);
});

test('what is told of a line while it is kept is newer than the answer', async () => {
  let answer: (line: TrunkLine) => void = () => undefined;
  const lines = new Lines({ saveTrunk: () => new Promise<TrunkLine>((told) => (answer = told)) } as unknown as Host);
  const made = trunk('a', 'x', [], 'GB');
  const registration = (state: object) => lines.take({ event: 'registration', trunk: 'a', registration: state } as Event);
  const kept = lines.save(made, null);
  registration({ state: 'registering' });
  registration({ state: 'registered', expires: 60, contact: '', contacts: [], associated: [], path: [], took_ms: 4 });
  answer(line(made, { registration: { state: 'registering' }, rtt_ms: null }));
  await kept;
  expect(lineState(lines.named('a')!)).toBe('up');
  expect(lines.refreshAt['a']).toBeGreaterThan(Date.now());
  registration({ state: 'unregistered' });
  expect(lineState(lines.named('a')!)).toBe('off');
});

test('every state of a line says why', () => {
  const states = [
    line(trunk('a', 'x', [], 'GB')), line(trunk('a', 'x', [], 'GB'), { trouble: 'port taken' }),
    line(trunk('a', 'x', [], 'GB'), { registration: { state: 'refused', code: 403, reason: 'Forbidden', advice: 'Ask.' } }),
    line(trunk('a', 'x', [], 'GB'), { registration: { state: 'failed', code: null, why: 'no way', retry_in_ms: 1 } }),
    line(trunk('a', 'x', [], 'GB'), { registration: { state: 'registering' } }),
  ];
  for (const one of states) expect(lineWhy(one).text.length).toBeGreaterThan(5);
  expect(lineWhy(states[2]!)).toEqual({ text: 'The trunk refused the registration: 403 Forbidden.', advice: 'Ask.' });
});
