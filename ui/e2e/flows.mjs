// The ways through the window that a person walks.
import { strict as assert } from 'node:assert';

const commands = (page, kind) => page.evaluate((of) => window.mock.commands.filter((one) => one.command === of), kind);
const until = (page, test, argument) => page.waitForFunction(test, argument);
const go = (page, at) => page.evaluate((hash) => (location.hash = `#/${hash}`), at);
const button = (of, name) => of.getByRole('button', { name, exact: true });
const rows = (page, css, count) => until(page, ([of, wanted]) => document.querySelectorAll(of).length === wanted, [css, count]);
const lineOf = (page, name) => page.evaluate((of) => window.mock.lines.find((one) => one.settings.trunk.name === of)?.settings, name);

/** Ends the call that was placed as the nth, goes on from its card, and answers whom it went to. */
async function dialled(page, nth, next = 'Dismiss') {
  await until(page, (wanted) => window.mock.commands.filter((one) => one.command === 'dial').length === wanted, nth);
  await button(page, 'Hang up').first().click();
  await button(page.getByRole('article', { name: 'Call ended' }), next).click();
  return (await commands(page, 'dial'))[nth - 1].dial.to;
}

export const FLOWS = [
  {
    name: 'a call by keyboard alone',
    async walk(open) {
      const page = await open('usual', 'history');
      await page.keyboard.press('Control+K');
      await page.keyboard.type('020 7946 0732');
      await page.getByText('+44 20 7946 0732').first().waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Chidi Okafor' }).waitFor();
      await page.getByRole('button', { name: 'Hold', exact: true }).and(page.locator(':enabled')).waitFor();
      await page.keyboard.press('Control+M');
      await page.getByRole('button', { name: 'Muted' }).waitFor();
      await page.keyboard.type('12#');
      await until(page, () => window.mock.commands.filter((one) => one.command === 'send-dtmf').length === 3);
      await page.keyboard.press('Alt+2');
      await page.getByRole('heading', { name: 'History' }).waitFor();
      await page.keyboard.press('Alt+1');
      await page.getByRole('heading', { name: 'Chidi Okafor' }).waitFor();
      await page.keyboard.type('3');
      await until(page, () => window.mock.commands.filter((one) => one.command === 'send-dtmf').length === 4);
      await page.keyboard.press('Control+H');
      await page.getByRole('button', { name: 'Resume' }).waitFor();
      await page.keyboard.press('Control+Shift+D');
      await page.getByRole('article', { name: 'Call ended' }).waitFor();
      const [dial] = await commands(page, 'dial');
      assert.deepEqual([dial.dial.to, dial.dial.from], ['+442079460732', '+442079460018']);
    },
  },
  {
    name: 'an incoming call in a call, answered and swapped',
    async walk(open) {
      const page = await open('incoming-in-call', 'settings');
      await page.getByRole('article', { name: 'Incoming call' }).waitFor();
      await page.getByText('Incoming call from').waitFor({ state: 'attached' });
      await page.keyboard.press('Control+Shift+A');
      await page.getByRole('button', { name: /Talk to Chidi Okafor/ }).waitFor();
      await page.keyboard.press('Control+1');
      await until(page, () => window.mock.calls.map((one) => one.held).join() === 'false,true');
    },
  },
  {
    name: 'Enter takes a call where the user wants that, and nowhere else',
    async walk(open) {
      const page = await open('incoming', 'settings');
      await page.getByRole('article', { name: 'Incoming call' }).waitFor();
      await page.getByRole('button', { name: 'Change: Answer', exact: true }).focus();
      await page.keyboard.press('Enter');
      await page.getByText('Press the new keys').waitFor();
      await page.keyboard.press('Enter');
      await until(page, () => window.mock.settings.shortcuts.answer === 'Enter');
      await page.getByLabel('Name', { exact: true }).press('Enter');
      assert.equal((await commands(page, 'answer')).length, 0);
      await page.evaluate(() => document.activeElement.blur());
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Hang up', exact: true }).first().waitFor();
      assert.equal((await commands(page, 'answer')).length, 1);
    },
  },
  {
    name: 'a dialog gives the focus back',
    async walk(open) {
      const page = await open('usual', 'settings');
      const button = page.getByRole('button', { name: 'Support bundle' });
      await button.focus();
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await page.locator('button:focus', { hasText: 'Support bundle' }).waitFor();
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
      await page.getByRole('button', { name: 'Close' }).click();
      await page.locator('button:focus', { hasText: 'Support bundle' }).waitFor();
    },
  },
  {
    name: 'the table of figures is read by key',
    async walk(open) {
      const page = await open('call', 'phone');
      await page.getByRole('button', { name: 'Show graphs' }).click();
      await page.getByText('Figures as a table').focus();
      await page.keyboard.press('Enter');
      await page.getByRole('columnheader', { name: 'Time' }).waitFor();
      await page.keyboard.press('Tab');
      await page.keyboard.press('PageDown');
      await until(page, () => document.activeElement.matches('.scroll') && document.activeElement.scrollTop > 0);
    },
  },
  {
    name: 'calls of years are in the history',
    async walk(open) {
      const page = await open('years', 'history');
      const rows = page.locator('.list [data-row]');
      await rows.nth(499).waitFor();
      assert.equal(await rows.count(), 500);
      await page.getByRole('button', { name: 'Older calls' }).click();
      await rows.nth(699).waitFor();
      assert.ok(await rows.nth(500).evaluate((row) => row === document.activeElement), 'the focus is on the first of the older ones');
      assert.equal(await page.getByRole('button', { name: 'Older calls' }).count(), 0);
    },
  },
  {
    name: 'lines that wait for a network say when they are tried again, and are tried at once',
    async walk(open) {
      const page = await open('offline', 'phone');
      const strip = page.getByRole('contentinfo', { name: 'Lines' });
      await strip.getByText('No network').waitFor();
      await strip.getByText(/^Next try in 1\d s$/).first().waitFor();
      await go(page, 'lines/sipgate');
      await page.getByText(/^Registered until /).waitFor();
      const waiting = await page.evaluate(() => window.mock.lines.filter((one) => one.registration.state === 'failed').map((one) => one.settings.trunk.name));
      await button(strip, 'Try again').click();
      await until(page, (names) => window.mock.commands.filter((one) => one.command === 'register').map((one) => one.trunk).join() === names.join(), waiting);
    },
  },
  {
    name: 'ringtones of the phone and of one line',
    async walk(open) {
      const page = await open('usual', 'settings');
      const ringtone = page.getByLabel('Ringtone');
      await ringtone.selectOption('Pulse');
      await button(page, 'Listen').click();
      await until(page, () => window.mock.tried === 'pulse');
      await button(page, 'Add a sound…').click();
      await until(page, () => window.mock.settings.ringtones[''] === 'Birds.wav');
      assert.equal(await ringtone.locator('option:checked').textContent(), 'Birds');
      await go(page, 'lines/sipgate');
      await page.getByText('That of the settings').waitFor({ state: 'attached' });
      assert.equal(await ringtone.locator('option:checked').textContent(), 'That of the settings');
      await button(page, 'Listen').click();
      await until(page, () => window.mock.tried === 'Birds.wav');
      await ringtone.selectOption('Chime');
      await until(page, () => window.mock.settings.ringtones.sipgate === 'chime');
      await go(page, 'settings');
      await button(page, 'Remove').click();
      await until(page, () => JSON.stringify(window.mock.settings.ringtones) === '{"sipgate":"chime"}' && window.mock.ringtones.length === 0);
      assert.equal(await ringtone.locator('option:checked').textContent(), 'Bell');
    },
  },
  {
    name: 'first run through the built-in trunk',
    async walk(open) {
      const page = await open('first-run', '');
      await page.getByRole('button', { name: /Try it now/ }).click();
      await page.getByRole('article', { name: 'Call', exact: true }).waitFor();
      await page.getByText('Built-in trunk').first().waitFor();
      await page.getByRole('meter', { name: 'Level we hear' }).waitFor();
      await page.getByRole('button', { name: 'Show graphs' }).click();
      await page.locator('.u-wrap canvas').nth(3).waitFor();
    },
  },
  {
    name: 'first run with a provider, a failure, its fix and the numbers',
    async walk(open) {
      const page = await open('first-run', '');
      await page.getByRole('button', { name: /Use a provider/ }).click();
      await page.getByLabel('Search providers').fill('telnyx');
      await page.getByRole('button', { name: /Telnyx/ }).click();
      await page.getByLabel('Domain').fill('udp.example.net');
      await page.getByLabel('Transport').selectOption('udp');
      await page.getByLabel('User', { exact: true }).fill('mw');
      await page.getByLabel('Password').fill('not to be seen');
      await page.getByRole('button', { name: 'Check this line' }).click();
      await page.getByText('does not work yet').waitFor();
      await page.getByRole('button', { name: 'Use TLS' }).click();
      await page.getByText('The line works').waitFor();
      await page.getByRole('button', { name: 'Use this line' }).click();
      await page.getByLabel('Numbers').fill('+44 20 7946 0018, +44 20 7946 0019');
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByRole('button', { name: 'Finish' }).click();
      await page.getByText('+44 20 7946 0018').first().waitFor();
      const kept = await page.evaluate(() => JSON.stringify([window.mock.lines, window.mock.settings]));
      assert.ok(!kept.includes('not to be seen'));
      assert.equal(JSON.parse(kept)[0][0].settings.trunk.transport, 'tls');
    },
  },
  {
    name: 'an emergency call is held up by no dialog',
    async walk(open) {
      const page = await open('offline', 'phone');
      await page.getByLabel('Number, name or address').fill('112');
      await page.getByText('Emergency number').waitFor();
      await page.keyboard.press('Enter');
      await until(page, () => window.mock.commands.some((one) => one.command === 'emergency' && one.to === '112'));
      assert.equal(await page.locator('dialog').count(), 0);
    },
  },
  {
    name: 'a first call abroad asks, Escape says no, Call says yes',
    async walk(open) {
      const page = await open('usual', 'phone');
      await page.getByLabel('Number, name or address').fill('+33 1 55 50 10 10');
      await page.keyboard.press('Enter');
      await page.getByText('First call to this country').waitFor();
      await page.keyboard.press('Escape');
      await page.locator('dialog').waitFor({ state: 'detached' });
      assert.equal((await commands(page, 'dial')).length, 0);
      await page.getByLabel('Number, name or address').press('Enter');
      await page.getByRole('dialog').getByRole('button', { name: 'Call' }).click();
      await until(page, () => window.mock.commands.some((one) => one.command === 'dial'));
    },
  },
  {
    name: 'links fill the field and dial nothing',
    async walk(open) {
      const page = await open('usual', 'contacts');
      for (const uri of ['tel:112', 'tel:+19005550100?dial=1', 'sip:a@example.net?Route=x', 'tel:<script>']) {
        await page.evaluate((link) => window.mock.tellShell({ shell: 'link', uri: link }), uri);
      }
      await page.getByLabel('Number, name or address').waitFor();
      assert.equal(await page.getByLabel('Number, name or address').inputValue(), 'sip:a@example.net');
      assert.equal((await commands(page, 'dial')).length, 0);
    },
  },
  {
    name: 'hostile text on every screen is text',
    async walk(open) {
      const page = await open('hostile', 'phone');
      await page.getByRole('article', { name: 'Incoming call' }).first().waitFor();
      for (const at of ['history/900', 'history/905', 'contacts/0', 'contacts/5', 'lines/sipgate', 'settings', 'trace', 'check', 'phone']) {
        await page.evaluate((hash) => (location.hash = `#/${hash}`), at);
        await page.waitForTimeout(120);
      }
      const found = await page.evaluate(() => ({
        owned: '__owned' in window,
        markup: document.querySelectorAll('#app script, iframe, img, [onerror], [onload], a[href^="http"]').length,
        text: document.body.innerText,
      }));
      assert.equal(found.owned, false);
      assert.equal(found.markup, 0);
      assert.match(found.text, /<script>/);
      assert.doesNotMatch(found.text, /[\u202a-\u202e\u2066-\u2069\u200b-\u200f\ufeff\u001b]/);
    },
  },
  {
    name: 'the trace is live, masked, narrowed and saved',
    async walk(open) {
      const page = await open('usual', 'trace');
      await page.getByText(/sip:\+\*+732@/).first().waitFor();
      assert.equal(await page.getByText('sip:+442079460732@').count(), 0);
      await page.getByLabel('Hide telephone numbers').uncheck();
      await page.getByText('sip:+442079460732@').first().waitFor();
      await page.evaluate(() => window.mock.trace.add('received', 'OPTIONS sip:new-one@192.0.2.17 SIP/2.0', 'live-1'));
      await page.getByRole('button', { name: /new-one/ }).click();
      await page.getByText('Call-ID: live-1').waitFor();
      await page.getByRole('button', { name: 'Only this call' }).click();
      await page.getByText('1 message', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Save as pcap' }).click();
      await until(page, () => window.mock.saved?.text === '{"trunk":null,"call_id":"live-1"}');
    },
  },
  {
    name: 'a message that is open is closed when numbers are hidden again',
    async walk(open) {
      const page = await open('usual', 'trace');
      await page.getByLabel('Hide telephone numbers').uncheck();
      await page.getByText('sip:+442079460732@').first().click();
      await button(page, 'Copy message').waitFor();
      await page.getByLabel('Hide telephone numbers').check();
      await button(page, 'Copy message').waitFor({ state: 'detached' });
      await page.getByText(/sip:\+\*+\d{3}@/).first().click();
      await button(page, 'Copy message').waitFor();
      assert.doesNotMatch(await page.locator('pre').innerText(), /sip:\+?\d{4,}@/);
    },
  },
  {
    name: 'thousands of messages by keyboard, drawn a screenful at a time',
    async walk(open) {
      const page = await open('night', 'trace');
      await page.getByText('5000 messages').waitFor();
      await page.locator('[data-at="4999"]').focus();
      await page.keyboard.press('Home');
      await page.locator('[data-at="0"]:focus').waitFor();
      await page.keyboard.press('PageDown');
      await page.keyboard.press('ArrowDown');
      await page.locator('[data-at="11"]:focus').waitFor();
      assert.ok((await page.locator('[data-at]').count()) < 80);
      await page.getByRole('button', { name: 'Newest message' }).click();
      await page.locator('[data-at="4999"]').waitFor();
    },
  },
  {
    name: 'checks: the cost is agreed to, the run is stopped, the next one goes on elsewhere',
    async walk(open) {
      // A run that is slow enough to be stopped.
      const page = await open('usual', 'lines/Telnyx London', { speed: 0.5 });
      await page.getByRole('button', { name: 'Check this line' }).click();
      await page.getByText('Before going live').click();
      await page.getByRole('button', { name: 'Start…' }).click();
      await page.getByRole('dialog').getByText('4 calls to +44 20 7946 0018').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Start…' }).click();
      await page.getByRole('button', { name: 'Start and accept the cost' }).click();
      await page.getByRole('button', { name: 'Stop' }).click();
      await page.getByText('Stopped before the end').waitFor();
      await page.getByRole('button', { name: 'Another choice' }).click();
      await page.getByText('Choose single checks').click();
      await page.getByLabel('the trunk answers OPTIONS').check();
      await page.getByRole('button', { name: 'Start', exact: true }).click();
      await page.keyboard.press('Alt+2');
      await page.waitForTimeout(2600);
      await page.keyboard.press('Alt+5');
      await page.getByText('Fit for use', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Save as JUnit' }).click();
      await until(page, () => window.mock.saved?.name === 'report-1.junit');
    },
  },
  {
    name: 'graphs write their words whole',
    async walk(open) {
      const prepare = (page) => page.addInitScript(() => {
        window.written = [];
        const write = CanvasRenderingContext2D.prototype.fillText;
        CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {
          if (this.textAlign === 'center') window.written.push({ text, beside: this.canvas.width - x, half: this.measureText(text).width / 2 });
          return write.call(this, text, x, y, ...rest);
        };
      });
      const page = await open('call', 'phone', { prepare });
      await page.getByRole('button', { name: 'Show graphs' }).click();
      // The call goes on until a time stands at the end of its line.
      await until(page, () => window.written.some(({ beside }) => beside <= 25));
      assert.deepEqual(await page.evaluate(() => window.written.filter(({ beside, half }) => beside < half)), []);
    },
  },
  {
    name: 'a system of LANG=C draws the window and its graphs',
    async walk(open) {
      const prepare = (page) => page.addInitScript(() => {
        Object.defineProperty(Navigator.prototype, 'language', { configurable: true, get: () => 'C' });
        Object.defineProperty(Navigator.prototype, 'languages', { configurable: true, get: () => ['C'] });
      });
      const page = await open('call', 'phone', { prepare });
      await page.getByRole('button', { name: 'Show graphs' }).click();
      await page.locator('.u-wrap canvas').nth(3).waitFor();
    },
  },
  {
    name: 'a German system speaks German, and another language is chosen in a call',
    async walk(open) {
      const prepare = (page) => page.addInitScript(() => {
        Object.defineProperty(Navigator.prototype, 'language', { configurable: true, get: () => 'de-AT' });
        Object.defineProperty(Navigator.prototype, 'languages', { configurable: true, get: () => ['de-AT', 'en'] });
      });
      const page = await open('call', 'phone', { prepare, lang: '' });
      await page.getByRole('button', { name: 'Auflegen', exact: true }).waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
      await page.keyboard.press('Control+,');
      await page.getByLabel('Sprache').selectOption('en');
      await page.getByRole('heading', { name: 'Settings' }).waitFor();
      await page.locator('select:focus').waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
      assert.equal(await page.evaluate(() => window.mock.settings.language), 'en');
      await page.keyboard.press('Alt+1');
      await page.getByRole('button', { name: 'Hang up', exact: true }).waitFor();
      assert.equal(await page.evaluate(() => window.mock.calls.length), 1);
    },
  },
  {
    name: 'another call from a narrow window, and back',
    async walk(open) {
      const page = await open('call', 'phone');
      await page.setViewportSize({ width: 380, height: 760 });
      await page.getByRole('button', { name: 'Add call' }).click();
      await page.getByRole('button', { name: /Back to the call/ }).click();
      await page.getByRole('heading', { name: 'Chidi Okafor' }).waitFor();
      await page.getByRole('button', { name: 'Add call' }).click();
      await page.keyboard.type('020 7946 0120');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Dana Whitfield' }).waitFor();
      await page.getByRole('button', { name: /Talk to Chidi/ }).waitFor();
    },
  },
  {
    name: 'a line from a file, its name and password entered',
    async walk(open) {
      const page = await open('usual', 'lines');
      const file = (text) => page.locator('input[type=file]').setInputFiles({ name: 'a.json', mimeType: 'application/json', buffer: Buffer.from(text) });
      await file('no line');
      await page.getByText('There is no line in this file').waitFor();
      await file('{"trunk":{"name":"sipgate","domain":"sip.example.net","user":"mw","transport":"tls"},"numbers":{"dids":["+442079460055"]}}');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Another line has this name').waitFor();
      await page.getByLabel('Name of the line').fill('Third');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('heading', { name: 'Third' }).waitFor();
      assert.equal(await page.evaluate(() => window.mock.lines.at(-1).settings.numbers.dids[0]), '+442079460055');
    },
  },
  {
    name: 'a number has a label and a colour, wherever it is chosen',
    async walk(open) {
      const page = await open('usual', 'lines/Telnyx London');
      await page.getByLabel('Label of +44 20 7946 0018').fill('Sales');
      await page.getByLabel('Colour of +44 20 7946 0018').fill('#aa3300');
      await until(page, () => window.mock.settings.numbers['+442079460018']?.colour === '#aa3300');
      await page.evaluate(() => (location.hash = '#/phone'));
      await page.getByRole('button', { name: /Sales · \+44 20 7946 0018/ }).waitFor();
    },
  },
  {
    name: 'a check that may not call is let, in the line’s settings',
    async walk(open) {
      const page = await open('usual', 'check/sipgate');
      await page.getByText('Everything', { exact: true }).click();
      await page.getByText('This cannot run').waitFor();
      await page.getByRole('button', { name: 'Open the line' }).click();
      await page.getByRole('button', { name: 'Edit', exact: true }).click();
      await page.getByText('Checks of this line').click();
      await page.getByLabel('Numbers that checks may call').fill('+4930555012340, +49*');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.locator('dialog').waitFor({ state: 'detached' });
      assert.deepEqual(await page.evaluate(() => window.mock.lines.find((one) => one.settings.trunk.name === 'sipgate').settings.test.allow), ['+4930555012340', '+49*']);
      await page.getByRole('button', { name: 'Check this line' }).click();
      await page.getByRole('button', { name: 'Start…' }).waitFor();
    },
  },
  {
    name: 'devices under a name, and what is done to the sound',
    async walk(open) {
      const page = await open('usual', 'settings');
      await page.getByRole('button', { name: 'Desk', exact: true }).click();
      await until(page, () => window.mock.settings.devices.microphone === 'mic-2');
      await page.getByLabel('Name', { exact: true }).fill('Headset');
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByRole('button', { name: 'Headset', exact: true }).and(page.locator('[aria-pressed=true]')).waitFor();
      await page.getByLabel('Noise suppression').selectOption('very-high');
      await page.getByLabel('Take the echo out').uncheck();
      await until(page, () => window.mock.settings.cleaning.noise === 'very-high' && !window.mock.settings.cleaning.echo && window.mock.settings.profiles.length === 2);
    },
  },
  {
    name: 'the ring is silenced by key',
    async walk(open) {
      const page = await open('incoming', 'history');
      await page.getByRole('article', { name: 'Incoming call' }).waitFor();
      await page.keyboard.press('Control+Shift+S');
      await page.getByRole('button', { name: 'Ring silenced' }).waitFor();
    },
  },
  {
    name: 'the support bundle is seen, then copied',
    async walk(open) {
      const page = await open('usual', 'settings');
      await page.getByRole('button', { name: 'Support bundle' }).click();
      // It says so for two seconds.
      await Promise.all([page.getByRole('button', { name: 'Copied' }).waitFor(), page.getByRole('button', { name: 'Copy support bundle' }).click()]);
      assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^Milliwatt 0\.1\.0\nLines: Telnyx/);
    },
  },
  {
    name: 'contacts go out and come back',
    async walk(open) {
      const page = await open('empty', 'contacts');
      await page.locator('input[type=file]').first().setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from('Name,Phone\n=Ada,+46 8 505 550 12\n') });
      await page.getByRole('button', { name: /^=Ada/ }).waitFor();
      await page.getByRole('button', { name: 'CSV Export' }).click();
      await until(page, () => window.mock.saved !== null);
      assert.match((await page.evaluate(() => window.mock.saved)).text, /"'=Ada"/);
    },
  },
  {
    name: 'the dial pad, redial and each way to call back',
    async walk(open) {
      const [chidi, dana] = ['+442079460732', '+442079460120'];
      const page = await open('usual', 'phone');
      const field = page.getByLabel('Number, name or address');
      const pad = page.getByRole('group', { name: 'Dial pad' });
      const key = (digit) => pad.getByRole('button', { name: new RegExp(`^Key ${digit}`) });
      await key('0').click({ delay: 800 });
      for (const digit of '4420794601205') await key(digit).click();
      await button(page, 'Erase last digit').click();
      assert.equal(await field.inputValue(), dana);
      await button(page, 'Call').click();
      assert.equal(await dialled(page, 1, 'Call again'), dana);
      assert.equal(await dialled(page, 2), dana);
      await page.getByRole('button', { name: /^Redial.*0120/ }).click();
      assert.equal(await dialled(page, 3), dana);
      await field.fill('dana');
      await page.getByRole('button', { name: /^Call.*Dana Whitfield/ }).first().click();
      assert.equal(await dialled(page, 4), dana);
      await go(page, 'history');
      await button(page, 'Call Chidi Okafor').first().click();
      assert.equal(await dialled(page, 5), chidi);
      await go(page, 'history/897');
      await button(page.locator('.detail'), 'Call').click();
      assert.equal(await dialled(page, 6), dana);
      await go(page, 'contacts');
      await button(page, 'Call Chidi Okafor').first().click();
      assert.equal(await dialled(page, 7), chidi);
      await go(page, 'contacts/4');
      await button(page.locator('.detail'), 'Call').click();
      assert.equal(await dialled(page, 8), dana);
    },
  },
  {
    name: 'a contact is added, found, made a favourite, changed and removed',
    async walk(open) {
      const page = await open('usual', 'contacts');
      const dialog = page.getByRole('dialog');
      const search = page.getByLabel('Search contacts');
      await button(page, 'Add contact').click();
      await dialog.getByLabel('Name', { exact: true }).fill('Inês Duarte');
      await button(dialog, 'Save').click();
      await dialog.getByText('A contact needs a name and a number.').waitFor();
      await dialog.getByLabel('Number', { exact: true }).fill('+351 21 555 0120');
      await button(dialog, 'Save').click();
      await dialog.waitFor({ state: 'detached' });
      await search.fill('2079460120');
      await rows(page, '.list .list-row', 1);
      await page.getByRole('button', { name: /^Dana Whitfield/ }).waitFor();
      await search.fill('ines DUARTE');
      await rows(page, '.list .list-row', 1);
      await page.getByRole('button', { name: /^Inês Duarte/ }).click();
      await page.getByRole('heading', { name: 'Inês Duarte' }).waitFor();
      await button(page, 'Favourite').click();
      await page.locator('[aria-label=Favourite][aria-pressed=true]').waitFor();
      await search.fill('');
      // Among the favourites, and among all.
      await page.getByRole('button', { name: /^Inês Duarte/ }).nth(1).waitFor();
      await button(page, 'Edit contact').click();
      await dialog.getByLabel('Company').fill('Azulejo');
      await button(dialog, 'Save').click();
      await dialog.waitFor({ state: 'detached' });
      const kept = () => page.evaluate(() => window.mock.contacts.filter((one) => one.name === 'Inês Duarte').map(({ company, favourite, numbers }) => [company, favourite, numbers[0].number]));
      assert.deepEqual(await kept(), [['Azulejo', true, '+351 21 555 0120']]);
      await button(page, 'Remove').click();
      await button(dialog, 'Cancel').click();
      await dialog.waitFor({ state: 'detached' });
      assert.equal((await kept()).length, 1);
      await button(page, 'Remove').click();
      await button(dialog, 'Remove').click();
      await page.getByText('Choose a contact.').waitFor();
      assert.deepEqual(await kept(), []);
    },
  },
  {
    name: 'the codecs, identity and numbers of a line',
    async walk(open) {
      const page = await open('usual', 'lines/Telnyx London');
      const dialog = page.getByRole('dialog');
      const before = (await lineOf(page, 'Telnyx London')).numbers.dids;
      await button(page, 'Add to this line').click();
      await until(page, () => window.mock.lines.some((one) => one.settings.numbers.dids.includes('+442079460027')));
      await button(page, 'Edit').click();
      await page.getByText('More settings').click();
      await button(dialog, 'Move PCMA up').click();
      await dialog.getByLabel('PAI', { exact: true }).check();
      await dialog.getByLabel('From', { exact: true }).uncheck();
      await dialog.locator('input[type=file]').setInputFiles({ name: 'dids.csv', mimeType: 'text/csv', buffer: Buffer.from('+44 20 7946 0100,Desk\n+442079460018,Door\n') });
      await until(page, () => document.querySelector('dialog textarea').value.includes('+442079460100'));
      await button(dialog, 'Save').click();
      await dialog.waitFor({ state: 'detached' });
      const { media, numbers } = await lineOf(page, 'Telnyx London');
      assert.deepEqual(media.codecs, ['PCMA', 'PCMU']);
      assert.deepEqual(numbers.identity, ['pai']);
      assert.deepEqual(numbers.dids, [...before, '+442079460027', '+442079460100']);
      await button(page, 'Export without password').click();
      await until(page, () => window.mock.saved?.name === 'Telnyx-London.json');
    },
  },
  {
    name: 'a line is switched off and on, used first, and removed',
    async walk(open) {
      const page = await open('usual', 'lines/Telnyx London');
      const dialog = page.getByRole('dialog');
      await button(page, 'Switch off').click();
      await button(page, 'Switch on').click();
      await button(page, 'Register now').and(page.locator(':enabled')).waitFor();
      assert.deepEqual([await commands(page, 'unregister'), await commands(page, 'register')].map((all) => all.map((one) => one.trunk)), [['Telnyx London'], ['Telnyx London']]);
      await go(page, 'lines/sipgate');
      await page.getByLabel('Use first for calls').check();
      await until(page, () => window.mock.settings.trunk === 'sipgate');
      await button(page, 'Remove line').click();
      await button(dialog, 'Cancel').click();
      await dialog.waitFor({ state: 'detached' });
      assert.notEqual(await lineOf(page, 'sipgate'), undefined);
      await button(page, 'Remove line').click();
      await button(dialog, 'Remove').click();
      await page.locator('footer').getByText('sipgate').waitFor({ state: 'detached' });
      assert.equal(await lineOf(page, 'sipgate'), undefined);
    },
  },
  {
    name: 'the history by line, number, outcome and name',
    async walk(open) {
      const page = await open('usual', 'history');
      const shown = (count) => rows(page, '.list [data-row]', count);
      await shown(10);
      await page.getByLabel('Line', { exact: true }).selectOption('sipgate');
      await page.getByText('No call fits').waitFor();
      await button(page, 'Show all calls').click();
      await shown(10);
      await page.getByLabel('Line', { exact: true }).selectOption('Telnyx London');
      await page.getByLabel('Your number', { exact: true }).selectOption('+442079460018');
      await shown(9);
      await button(page, 'Missed').click();
      await shown(2);
      await button(page, 'Failed').click();
      await shown(3);
      await button(page, 'All').click();
      await page.getByLabel('Search calls').fill('chidi');
      await shown(2);
      await page.getByLabel('Search calls').fill('busy here');
      await shown(1);
    },
  },
  {
    name: 'the look, the volume and what the phone keeps of its settings',
    async walk(open) {
      const page = await open('usual', 'settings');
      const look = (wanted) => until(page, (name) => document.documentElement.dataset.look === name, wanted);
      for (const [chip, name] of [['Dark', 'dark'], ['High contrast', 'contrast'], ['Light', 'light']]) {
        await button(page, chip).click();
        await look(name);
        assert.equal(await page.evaluate(() => window.mock.settings.look), name);
      }
      await button(page, 'As the system').click();
      await page.emulateMedia({ colorScheme: 'dark' });
      await look('dark');
      await page.emulateMedia({ contrast: 'more' });
      await look('contrast');
      await page.emulateMedia({ colorScheme: 'light', contrast: 'no-preference' });
      await look('light');
      await page.getByLabel('Volume of the speaker').fill('130');
      await page.getByLabel('Speaker', { exact: true }).selectOption('spk-2');
      await page.getByLabel('Country that numbers are read in').selectOption('DE');
      await button(page, 'Move PCMU up').click();
      await page.getByLabel('Start when I log in').check();
      await until(page, () => window.mock.settings.autostart);
      const kept = await page.evaluate(() => window.mock.settings);
      assert.deepEqual([kept.look, kept.volumes.speaker, kept.devices.speaker, kept.country, kept.codecs.join()], ['system', 130, 'spk-2', 'DE', 'PCMU,PCMA']);
      await page.evaluate(() => window.mock.tellShell({ shell: 'network', text: 'The network is gone.', online: false }));
      await page.locator('footer').getByText('No network').waitFor();
      await page.evaluate(() => window.mock.tellShell({ shell: 'network', text: 'The network is there.', online: true }));
      await page.locator('footer').getByText('No network').waitFor({ state: 'detached' });
    },
  },
  {
    name: 'another key for mute works in a call, and a country is asked about again',
    async walk(open) {
      const page = await open('usual', 'settings');
      await button(page, 'Change: Mute').click();
      await page.keyboard.press('j');
      await page.getByText('These keys are needed for typing').waitFor();
      await page.keyboard.press('Control+H');
      await page.getByText('These keys belong to “Hold”.').waitFor();
      await page.keyboard.press('F8');
      await until(page, () => window.mock.settings.shortcuts.mute === 'F8');
      await page.keyboard.press('Control+K');
      await page.getByLabel('Number, name or address').fill('+33 1 55 50 10 10');
      await page.keyboard.press('Enter');
      await button(page.getByRole('dialog'), 'Call').click();
      await button(page, 'Hold').and(page.locator(':enabled')).waitFor();
      await page.keyboard.press('F8');
      await button(page, 'Muted').waitFor();
      await page.keyboard.press('Control+M');
      assert.equal((await commands(page, 'mute')).length, 1);
      assert.equal(await dialled(page, 1), '+33155501010');
      await go(page, 'settings');
      await button(page, 'Ask again').click();
      await until(page, () => window.mock.settings.agreed.length === 0);
      await button(page, 'Reset all').click();
      await until(page, () => Object.keys(window.mock.settings.shortcuts).length === 0);
    },
  },
  {
    name: 'the trace is copied as it is shown',
    async walk(open) {
      // All pages share one clipboard.
      const prepare = (page) => page.addInitScript(() => {
        Clipboard.prototype.writeText = async (text) => void (window.copied = text);
      });
      const page = await open('usual', 'trace', { prepare });
      const calls = async () => [...new Set((await page.evaluate(() => window.copied)).match(/Call-ID: \S+/g))];
      await page.getByText(/sip:\+\*+732@/).first().waitFor();
      await button(page, 'Copy').click();
      await until(page, () => window.copied !== undefined);
      assert.equal((await calls()).length, 10);
      assert.match(await page.evaluate(() => window.copied), /sip:\+\*+732@/);
      assert.doesNotMatch(await page.evaluate(() => window.copied), /sip:\+?\d{4,}@/);
      await page.getByLabel('Call', { exact: true }).selectOption({ index: 1 });
      await until(page, () => location.hash.startsWith('#/trace/'));
      await button(page, 'Copy').click();
      const [only, ...others] = await calls();
      assert.deepEqual(others, []);
      assert.equal(await page.evaluate(() => decodeURIComponent(location.hash)), `#/trace/${only.slice('Call-ID: '.length)}`);
      await page.locator('[data-at="0"]').click();
      await button(page, 'Copy message').click();
      await until(page, () => window.copied.match(/Call-ID: /g).length === 1);
      await page.getByLabel('Line', { exact: true }).selectOption('sipgate');
      await page.getByText('No message fits').waitFor();
    },
  },
  {
    name: 'text of twice the size fits',
    async walk(open) {
      for (const at of ['phone', 'history', 'contacts', 'lines', 'check', 'trace', 'settings']) {
        const page = await open('usual', at);
        await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(over <= 0, `${at} is ${over} px too wide`);
        await page.close();
      }
    },
  },
];
