// A call to a phone that nobody here wrote, with sound both ways through a sound card that is made of software.
import { strict as assert } from 'node:assert';
import test from 'node:test';
import { Baresip, NEEDED as PHONE } from './baresip.mjs';
import { RATE, Recording, amplitude, levels, tones } from './hearing.mjs';
import { until } from './machine.mjs';
import { NEEDED as SOUND, RHYTHM, speak, startSound } from './sound-server.mjs';
import { LANGUAGES, keepLine, lineIs, onDesktop, skipWithout } from './steps.mjs';

const TONE = 1000;
const SECOND = 1 / 0.05;

/** How much of the sound swells and fades so many times a second: 0 for an even one, 1.6 for a sine's half waves. */
function swell(samples, hertz) {
  const loudness = levels(samples).map((level) => 10 ** (level / 20));
  const mean = loudness.reduce((sum, one) => sum + one, 0) / loudness.length;
  return amplitude(loudness, hertz, SECOND) / mean;
}

const isSpeech = (speech, other) => speech > 0.25 && speech > 3 * other;

/** How much of what baresip heard of late has the rhythm of the speech, and at most another. */
function lately(phone) {
  const heard = phone.heard();
  assert.ok(heard.length > 12 * RATE, `${heard.length / RATE} s are heard`);
  const last = heard.subarray(-6 * RATE);
  return [swell(last, RHYTHM), Math.max(...[0.5, 0.67, 1.33, 1.67].map((part) => swell(last, part * RHYTHM)))];
}

for (const [language, says] of LANGUAGES) {
  test(`a tone of baresip is heard at the speaker, and what is spoken arrives there (LANG=${language})`, { skip: skipWithout(...PHONE, ...SOUND), timeout: 300_000 }, () => {
    let phone;
    return onDesktop(
      language,
      async (window, machine) => {
        await window.shows(lineIs('direct', says.ready));
        const ear = new Recording(machine, 'ear.monitor');
        await until('the speaker is silent before the call', () => levels(ear.samples()).length > SECOND);
        assert.ok(Math.max(...levels(ear.samples())) < -60);
        await window.type('textbox', says.number, `sip:b@${phone.address}\uE007`);
        await window.find('button', says.hold);
        await until('the tone is heard, and little else', () => {
          const last = ear.samples().subarray(-2 * RATE);
          const pure = tones(last, TONE).filter((level, at) => level > -40 && level > levels(last)[at] - 1);
          assert.ok(pure.length > 1.5 * SECOND, `${pure.length} of ${2 * SECOND} pieces`);
          return true;
        });
        await until('baresip hears no rhythm, once the beginning of the call is past', () => {
          const [speech, other] = lately(phone);
          assert.ok(!isSpeech(speech, other), `${speech} at the rhythm, ${other} beside`);
          return true;
        });
        speak(machine);
        await until('baresip hears the rhythm of the speech', () => {
          const [speech, other] = lately(phone);
          assert.ok(isSpeech(speech, other), `${speech} at the rhythm, ${other} beside`);
          return true;
        });
        await window.click('button', says.hangUp);
        await window.shows(says.over);
      },
      [],
      async (machine) => {
        await startSound(machine);
        phone = await Baresip.start(machine, TONE);
        keepLine(machine, 'direct', { domain: phone.address, user: 'alice', register: false });
      },
    );
  });
}
