// The real program on a screen of its own: from the first start to a call that is in the history.
import { strict as assert } from 'node:assert';
import test from 'node:test';
import { goesOn, onDesk, withCall } from './desk.mjs';
import { until } from './machine.mjs';
import { Screen } from './screen.mjs';
import { LANGUAGES, goTo, holdsAndHangsUp, onDesktop, padKey, screen, skip, tryNow } from './steps.mjs';
import { Window } from './window.mjs';

// In the page: of each graph whether more than one colour is on it, and whether a line in a colour of lines is.
const GRAPHS = `
  const style = getComputedStyle(document.documentElement);
  const inks = [1, 2, 3].map((n) => style.getPropertyValue('--series-' + n).match(/[0-9a-f]{2}/gi).map((two) => parseInt(two, 16)));
  const isInk = (pixel) => inks.some((ink) => ink.every((one, n) => Math.abs(one - pixel[n]) < 24));
  return [...document.querySelectorAll('.u-wrap canvas')].map((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Map();
    for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 127) colours.set(data.subarray(at, at + 3).join(), data.subarray(at, at + 3));
    return { painted: colours.size > 1, line: [...colours.values()].some(isInk) };
  });
`;

/** All four graphs are drawn. A line is at least in those of quality and delay: silence has no level. */
async function drawn(window) {
  const graphs = await window.run(GRAPHS);
  const [quality, , delay] = graphs;
  return graphs.length === 4 && graphs.every(({ painted }) => painted) && quality.line && delay.line;
}

for (const [language, says] of LANGUAGES) {
  test(`a first call with live figures, held, resumed, hung up and kept (LANG=${language})`, { skip, timeout: 300_000 }, () =>
    onDesktop(language, async (window) => {
      await until('the window speaks', async () => (await window.run('return document.documentElement.lang')) === says.tag);
      await tryNow(window, says);
      await window.shows(/MOS [1-4][.,]\d\d/);
      await window.click('button', says.open);
      await until('the graphs are drawn', () => drawn(window));
      await window.click('button', says.close);
      await window.click('button', says.keypad);
      await window.click('button', padKey(says, 5));
      await until('the digit is shown', () => window.run("return document.querySelector('output.digits').textContent.includes('5')"));
      await holdsAndHangsUp(window, says);
      await goTo(window, 'history');
      // The history alone: the window shows the number elsewhere too.
      await until('the call is in the history', async () => (await screen(window)).includes('9000'));
      await goTo(window, 'check');
      await window.shows(says.step);
    }),
  );

  test(`a refusal is told in words, with its code (LANG=${language})`, { skip, timeout: 300_000 }, () =>
    onDesktop(language, async (window) => {
      await tryNow(window, says);
      await window.click('button', says.hangUp);
      await window.shows(says.over);
      await window.type('textbox', says.number, '9005\uE007');
      await window.shows(says.busy);
      await window.shows(/SIP 486/);
      await window.shows(says.busyAdvice);
    }),
  );
}

test('a call outlives a reload of the window, and another window is where the last one was', { skip, timeout: 300_000 }, () =>
  onDesktop('C.UTF-8', async (window) => {
    await tryNow(window);
    await window.shows(/MOS [1-4]\.\d\d/);
    await window.click('button', /^Show graphs$/);
    await window.click('button', /^Hold$/);
    await window.click('button', /^Resume$/);
    await window.type('textbox', /^Number, name or address/, '0207');
    await window.reload();
    await window.find('button', /^Hold$/);
    await window.shows(/MOS [1-4]\.\d\d/);
    await window.find('button', /^Hide graphs$/);
    await window.shows(/Events\s[\s\S]*Hold/);
    assert.equal(await window.run("return document.querySelector('.dial input').value"), '0207');
    await goTo(window, 'history');
    await window.shows(/Going on|Still going on/);
    // As one opens that was closed: without a place in its address.
    await window.run('location.href = location.pathname');
    await until('it is where it was', () => window.run("return document.readyState === 'complete' && location.hash === '#/history'"));
    await window.shows(/Going on|Still going on/);
  }),
);

test('a call outlives a crash of the window, which comes back to it', { skip, timeout: 300_000 }, () =>
  onDesk(async (machine, carrier) => {
    const [window, screen] = [await Window.open(machine), await Screen.of(machine)];
    await until('it is registered', () => carrier.contact);
    const call = await carrier.ring();
    await window.click('button', /^Answer$/);
    await until('the call is up', () => call.up && call.heard);
    await withCall(screen);
    const phone = machine.phone();
    const [drawing] = machine.webProcesses();
    process.kill(drawing, 'SIGKILL');
    // The driver lost its session with the process.
    window.lost = true;
    await until('another process draws the window', () => machine.webProcesses().some((one) => one !== drawing));
    assert.equal(machine.phone(), phone, 'the phone goes on');
    await goesOn(call);
    // What the lost process drew last may stand for a while: only the new one moves the clock of the call.
    const left = Buffer.from(screen.look().buffer);
    await until('the new window shows the call', async () => !left.equals(Buffer.from((await withCall(screen)).buffer)));
    await goesOn(call);
    screen.end();
  }),
);

test('a link fills the dial field and dials nothing', { skip, timeout: 300_000 }, () =>
  onDesktop(
    'C.UTF-8',
    async (window) => {
      await until('the field is filled', () => window.run("return [...document.querySelectorAll('input')].some((one) => one.value.includes('15550100'))"));
      assert.doesNotMatch(await window.text(), /Calling/);
    },
    ['tel:+15550100'],
  ),
);

test('the window goes nowhere else and runs nothing that is not its own', { skip, timeout: 300_000 }, () =>
  onDesktop('C.UTF-8', async (window) => {
    await window.find('button', /^Try it now/);
    await window.run("location.href = 'http://127.0.0.1:1/'");
    await window.run("window.open('http://127.0.0.1:1/')");
    await window.find('button', /^Try it now/);
    assert.match(await window.run('return location.href'), /^tauri:\/\/localhost/);
    const ran = await window.wait(`
      const done = arguments[0];
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      document.body.append(script);
      setTimeout(() => done(window.ran === true), 100);
    `);
    assert.equal(ran, false);
    assert.equal(await window.run('return typeof window.__TAURI__'), 'undefined');
  }),
);
