// @vitest-environment jsdom
// The host of the real window, on commands that are held back.
import { expect, test, vi } from 'vitest';

const asked = vi.hoisted(() => ({ commands: [] as string[], listening: [] as (() => void)[] }));

vi.mock('@tauri-apps/api/core', () => ({
  Channel: class {},
  invoke: (command: string) => Promise.resolve(void asked.commands.push(command)),
}));
vi.mock('@tauri-apps/api/event', () => ({
  listen: () => new Promise((resolve) => asked.listening.push(() => resolve(() => undefined))),
}));

test('the state is asked for when nothing can be missed any more', async () => {
  const { tauriHost } = await import('../src/host/tauri');
  const host = tauriHost();
  host.onEvent(() => undefined);
  host.onShell(() => undefined);
  const start = host.start();
  asked.listening[0]!();
  await Promise.resolve();
  await new Promise((wait) => setTimeout(wait));
  expect(asked.commands).toEqual([]);
  asked.listening[1]!();
  await start;
  expect(asked.commands).toEqual(['start']);
});
