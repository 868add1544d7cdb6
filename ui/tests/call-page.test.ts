// @vitest-environment jsdom
// The page of one call: what it says of what was kept.
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Host } from '../src/host';
import { Mock } from '../src/host/mock';
import { begin } from '../src/host/mock/scenario';
import { t } from '../src/i18n';
import { App } from '../src/state/app.svelte';
import Window from '../src/Window.svelte';

// jsdom cannot draw.
vi.mock('uplot', () => ({ default: class { setData() {} setSize() {} destroy() {} } }));

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} });
  location.hash = '';
});
afterEach(() => vi.useRealTimers());

/** Draws the page of a call in a window whose phone answers some questions otherwise. */
async function draw(id: string, otherwise: (host: Host) => Partial<Host>) {
  const mock = new Mock(1);
  begin(mock, 'usual');
  const app = new App(mock.host());
  await app.load();
  Object.assign(app.host, otherwise({ ...app.host }));
  const drawn = mount(Window, { target: document.body, props: { app } });
  app.route.go('history', id);
  return { app, drawn };
}

const until = (holds: () => void) =>
  vi.waitFor(() => {
    flushSync();
    holds();
  });

const said = () => document.querySelector('.detail')!.textContent!;
const button = (name: string) => [...document.querySelectorAll<HTMLButtonElement>('.detail button')].find((one) => one.textContent!.trim() === name);

test.each([false, true])('the ladder of a call says that messages are missing: %s', async (cut) => {
  const { drawn } = await draw('895', (host) => ({ callPage: async (id) => ({ ...(await host.callPage(id)), cut }) }));
  const ladder = () => [...document.querySelectorAll('section')].find((one) => one.querySelector('h2')?.textContent === t.page.ladder);
  await until(() => expect(ladder()).toBeDefined());
  expect(ladder()!.textContent!.includes(t.page.cut)).toBe(cut);
  await unmount(drawn);
});

test('the page of a call that goes on is read again when the call is over, and its recording plays on', async () => {
  let over = false;
  const stopRecording = vi.fn(async () => undefined);
  const { app, drawn } = await draw('900', (host) => ({
    callPage: async (id) => {
      const page = await host.callPage(id);
      return over ? page : { ...page, call: { ...page.call, state: 'answered', outcome: null } };
    },
    playRecording: () => new Promise(() => undefined),
    stopRecording,
  }));
  await until(() => expect(said()).toContain(t.reason.goesOn));
  button(t.page.play)!.click();
  over = true;
  await app.log.load();
  await until(() => expect(said()).not.toContain(t.reason.goesOn));
  expect(stopRecording).not.toHaveBeenCalled();
  await unmount(drawn);
  expect(stopRecording).toHaveBeenCalledOnce();
});

test('a page that could not be read is asked for again', async () => {
  let broken = true;
  const { drawn } = await draw('900', (host) => ({ callPage: (id) => (broken ? Promise.reject(new Error('malformed')) : host.callPage(id)) }));
  await until(() => expect(said()).toContain('malformed'));
  broken = false;
  button(t.common.retry)!.click();
  await until(() => expect(button(t.page.play)).toBeDefined());
  expect(said()).not.toContain('malformed');
  await unmount(drawn);
});
