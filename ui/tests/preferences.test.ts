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

test('a number of ours is shown behind its label', async () => {
  const preferences = new Preferences(new Mock(1).host());
  expect(preferences.own('+442079460018')).toBe('+44 20 7946 0018');
  await preferences.change({ numbers: { '+442079460018': { label: 'Sales', colour: '#ff8800' } } });
  expect(preferences.own('+442079460018')).toBe('Sales · +44 20 7946 0018');
});
