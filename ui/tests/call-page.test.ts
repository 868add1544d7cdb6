// @vitest-environment jsdom
// The page of one call: what it says of what was kept.
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
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

test.each([false, true])('the ladder of a call says that messages are missing: %s', async (cut) => {
  const mock = new Mock(1);
  begin(mock, 'usual');
  const app = new App(mock.host());
  await app.load();
  const host = { ...app.host };
  Object.assign(app.host, { callPage: async (id: number) => ({ ...(await host.callPage(id)), cut }) });
  const drawn = mount(Window, { target: document.body, props: { app } });
  app.route.go('history', '895');
  const ladder = () => [...document.querySelectorAll('section')].find((one) => one.querySelector('h2')?.textContent === t.page.ladder);
  await vi.waitFor(() => {
    flushSync();
    expect(ladder()).toBeDefined();
  });
  expect(ladder()!.textContent!.includes(t.page.cut)).toBe(cut);
  await unmount(drawn);
});
