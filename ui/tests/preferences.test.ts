// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { Mock } from '../src/host/mock';
import { Preferences } from '../src/state/preferences.svelte';

test('a change leaves what the shell has changed meanwhile', async () => {
  const mock = new Mock(1);
  const preferences = new Preferences(mock.host());
  mock.settings.devices = { ...mock.settings.devices, speaker: 'headset' };
  await preferences.change({ autostart: true });
  expect(mock.settings).toMatchObject({ autostart: true, devices: { speaker: 'headset' } });
});
