// The real program with a sound card that is made of software: what is said in the room moves the meters
// of a call, devices come and go, and the sound check hears the room.
import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { until } from './machine.mjs';
import { NEEDED, ask, speak, startSound, unplug } from './sound-server.mjs';
import { goTo, onDesktop, skipWithout, tryNow } from './steps.mjs';

const skip = skipWithout(...NEEDED);

const level = (window, of) => window.run("return Number(document.querySelector(`[role=meter][aria-label='${arguments[0]}']`)?.getAttribute('aria-valuenow'))", of);
const options = (window) => window.run("return [...document.querySelectorAll('option')].map((one) => one.textContent.trim())");

/** A voice is heard in a meter: loud at one time, silent at another. */
async function moves(window, meter) {
  let [low, high] = [0, -60];
  await until(`the meter "${meter}" moves`, async () => {
    const now = await level(window, meter);
    assert.notEqual(now, null, 'there is no such meter');
    [low, high] = [Math.min(low, now), Math.max(high, now)];
    assert.ok(high > -45 && high - low > 6, `${low} to ${high} dBov`);
    return true;
  });
}

/** How much of a WAV file's two sides is not silence. */
function sides(path) {
  const bytes = readFileSync(path);
  const data = bytes.indexOf('data') + 8;
  assert.equal(bytes.readUInt16LE(22), 2, 'two channels');
  const loud = [0, 0];
  for (let at = data; at + 4 <= bytes.length; at += 4) [0, 1].forEach((side) => (loud[side] += Math.abs(bytes.readInt16LE(at + 2 * side)) > 100));
  return loud;
}

/** Makes a WAV file say all that it says so many times: a slow computer too has the time to stop it before its end. */
function repeat(path, times) {
  const bytes = readFileSync(path);
  const data = bytes.indexOf('data') + 8;
  const whole = Buffer.concat([bytes, ...Array(times - 1).fill(bytes.subarray(data))]);
  whole.writeUInt32LE(whole.length - 8, 4);
  whole.writeUInt32LE(whole.length - data, data - 4);
  writeFileSync(path, whole);
}

test('a voice goes through the sound card, both ways, and is recorded', { skip, timeout: 300_000 }, () =>
  onDesktop(
    'C.UTF-8',
    async (window, machine) => {
      speak(machine);
      await tryNow(window);
      await moves(window, 'Level we send');
      await moves(window, 'Level we hear');
      await window.click('button', /^Record$/);
      await window.find('button', /^Recording$/);
      const folder = join(machine.data, 'recordings');
      const file = await until('there is a file', () => readdirSync(folder).map((name) => join(folder, name))[0]);
      await until('both sides are in the file', () => {
        const loud = sides(file);
        assert.ok(loud.every((samples) => samples > 1000), `${loud} loud samples`);
        return true;
      });
      await window.click('button', /^Recording$/);
      await window.find('button', /^Record$/);
      unplug(machine);
      await window.shows(/There is no microphone|Mouth is gone|microphone is/);
      await window.click('button', /^Hang up$/);
      await window.shows(/You hung up/);
      repeat(file, 50);
      await goTo(window, 'history');
      await window.click('button', /9000/);
      await window.click('button', /^Play recording$/);
      await window.find('button', /^Stop$/);
      await until('it is heard', () => ask(machine, 'list', 'sink-inputs').includes('cpal-pulseaudio-'));
      await window.click('button', /^Stop$/);
      await window.find('button', /^Play recording$/);
      await until('it is silent', () => !ask(machine, 'list', 'sink-inputs').includes('cpal-pulseaudio-'));
    },
    [],
    startSound,
  ),
);

test('devices are listed and the sound check hears the room', { skip, timeout: 300_000 }, () =>
  onDesktop(
    'C.UTF-8',
    async (window, machine) => {
      await tryNow(window);
      await window.click('button', /^Hang up$/);
      await window.shows(/You hung up/);
      await goTo(window, 'settings');
      await until('the devices are listed', async () => {
        const names = await options(window);
        assert.ok(['Mouth', 'Ear', 'Bell'].every((name) => names.includes(name)), names.join());
        return true;
      });
      const run = await window.find('button', /^Run the sound check$/);
      await window.run('arguments[0].scrollIntoView({ block: "center" })', run);
      await window.click('button', /^Run the sound check$/);
      await window.shows(/Echo delay \d+\sms/);
      await window.shows(/Echo removed \d+\sdB/);
      await goTo(window, 'check');
      const measure = await window.find('button', /^Measure the delay$/);
      await window.run('arguments[0].scrollIntoView({ block: "center" })', measure);
      await window.click('button', /^Measure the delay$/);
      const told = /From mouth to ear: (\d+)\sms/;
      await window.shows(told);
      const ms = Number(told.exec(await window.text())[1]);
      // Packets and what is kept against jitter alone take more than the least; the most is for a busy computer.
      assert.ok(ms > 20 && ms < 200, `${ms} ms`);
      ask(machine, 'load-module', 'module-null-sink', 'sink_name=headset', 'sink_properties=device.description=Headset');
      await window.shows(/Headset is there/);
    },
    [],
    startSound,
  ),
);
