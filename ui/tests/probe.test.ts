// @vitest-environment jsdom
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Host } from '../src/host';
import { Mock } from '../src/host/mock';
import { begin } from '../src/host/mock/scenario';
import { App } from '../src/state/app.svelte';
import Window from '../src/Window.svelte';

let app: App;
let shown: Record<string, unknown>;

beforeEach(async () => {
  vi.useFakeTimers();
  location.hash = '';
  const mock = new Mock(1);
  begin(mock, 'first-run');
  app = new App(mock.host());
  await app.load();
  shown = mount(Window, { target: document.body, props: { app } });
  flushSync();
});
afterEach(async () => {
  await unmount(shown);
  vi.useRealTimers();
});

const button = (text: string) => [...document.querySelectorAll('button')].find((one) => one.textContent!.trim().startsWith(text));
const field = (label: string) => [...document.querySelectorAll('input')].find((one) => one.labels?.[0]?.textContent === label)!;
const said = () => document.querySelector('main')!.textContent!;

/** Presses a button and waits until all that follows is over. */
async function press(text: string): Promise<void> {
  button(text)!.click();
  await vi.advanceTimersByTimeAsync(5000);
  flushSync();
}

/** Enters an account by hand, over TLS, and looks at it. */
async function look(domain: string, user: string): Promise<void> {
  await press('Enter details');
  for (const [label, text] of [['Name of the line', 'office'], ['Domain', domain], ['User', user], ['Password', 'hunter2']] as const) {
    field(label).value = text;
    field(label).dispatchEvent(new Event('input', { bubbles: true }));
  }
  await press('Check this line');
}

test('codecs that will be offered are a note, which is nothing to mend', async () => {
  await look('example.net', 'alice');
  expect(said()).toMatch(/Sound\s*Note/);
  expect(said()).toContain('PCMA, PCMU will be offered to the provider in this order with the first call.');
  expect(said()).toContain('The line works.');
  expect(said()).not.toContain('Read the warnings');
});

test('a transport on which the trunk answers is one press away', async () => {
  await look('tcp.example.net', 'alice');
  expect(said()).toContain('does not work yet');
  await press('Use TCP');
  expect(said()).toContain('TCP connected');
  expect(said()).toContain('The line works.');
});

test('a refused log-in leads back to the password', async () => {
  await look('example.net', 'wrong');
  expect(said()).toContain('SIP 403');
  await press('Enter the password again');
  expect(button('Check this line')).toBeDefined();
  const password = field('Password');
  expect(document.activeElement).toBe(password);
  // What is typed takes the place of what was refused.
  expect([password.value, password.selectionStart, password.selectionEnd]).toEqual(['hunter2', 0, 7]);
});

test('a step that fails without a change that would help leads back to the details', async () => {
  const probe: Host['probe'] = async (_trunk, _password, told) => told({ step: 'dns', state: 'bad', said: [], code: null, fix: null });
  app.host.probe = probe;
  await look('nowhere.example.net', 'alice');
  const edit = document.querySelectorAll<HTMLButtonElement>('main ol.card button');
  expect([...edit].map((one) => one.textContent)).toEqual(['Edit']);
  edit[0]!.click();
  flushSync();
  expect(button('Check this line')).toBeDefined();
});

test('providers that could not be read are asked for again', async () => {
  const { profiles } = app.host;
  app.host.profiles = () => Promise.reject(new Error('the image is malformed'));
  await press('Use a provider');
  expect(said()).toContain('the image is malformed');
  app.host.profiles = profiles;
  await press('Try again');
  expect(said()).not.toContain('malformed');
  expect(said()).toContain('Telnyx');
});
