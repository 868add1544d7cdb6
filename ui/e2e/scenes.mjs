// Every screen in every state that a person can meet, for pictures and for the look at accessibility.
const type = (text) => async (page) => {
  const field = page.getByLabel('Number, name or address');
  await field.fill(text);
};

/** A button is pressed, and the window says what that did. */
const pressed = (name, said) => async (page) => {
  await page.getByRole('button', { name, exact: true }).click();
  await page.getByText(said).first().waitFor();
};

/** The phone tells of something that happened, to its call where it has one, and the window says so. */
const told = (event, said) => async (page) => {
  await page.evaluate((one) => window.mock.tell({ call: window.mock.calls[0]?.id ?? null, ...one }), event);
  await page.getByText(said).first().waitFor();
};

const progress = (code, reason, early_media = false) => ({ event: 'progress', code, reason, early_media, at_ms: 500 });

/** A device goes and another one takes its place. */
const moved = async (page) => {
  await page.evaluate(async () => {
    const { devices } = await window.mock.host().start();
    const chosen = { microphone: null, speaker: 'spk-2', ring: null };
    window.mock.tellShell({ shell: 'devices', devices, chosen, news: [{ news: 'moved', role: 'speaker', name: 'Built-in speakers' }] });
  });
  // The offer to undo it stays while the focus is in it.
  await page.getByRole('button', { name: 'Undo' }).focus();
};

export const SCENES = [
  { name: 'phone', scenario: 'usual', at: 'phone' },
  { name: 'phone-typing', scenario: 'usual', at: 'phone', act: type('020 7946 0732') },
  { name: 'phone-emergency', scenario: 'usual', at: 'phone', act: type('112') },
  { name: 'phone-empty', scenario: 'empty', at: 'phone' },
  { name: 'phone-offline', scenario: 'offline', at: 'phone' },
  { name: 'phone-locked', scenario: 'locked', at: 'phone', act: async (page) => {
    await page.getByLabel('Passphrase').fill('wrong');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('does not open the file').waitFor();
  } },
  { name: 'phone-asked', scenario: 'asked', at: 'phone' },
  { name: 'phone-loading', scenario: 'slow', at: 'phone', act: (page) => page.getByText('Loading…').waitFor() },
  { name: 'phone-warning', scenario: 'usual', at: 'phone', act: told({
    event: 'notice', kind: 'history',
    text: 'The call history cannot be written (another program holds it): calls go on, their records are kept in memory and written as soon as it works again.',
  }, 'cannot be written') },
  { name: 'phone-undo', scenario: 'usual', at: 'phone', act: moved },
  { name: 'phone-broken', scenario: 'broken', at: 'phone' },
  { name: 'phone-none', scenario: 'usual', at: 'phone', act: async (page) => { await type('zzz')(page); await page.getByText('No contact and no call fits').waitFor(); } },
  { name: 'call-calling', scenario: 'calling', at: 'phone' },
  { name: 'call-ringing', scenario: 'calling', at: 'phone', act: told(progress(180, 'Ringing'), 'Ringing') },
  { name: 'call-early', scenario: 'calling', at: 'phone', act: told(progress(183, 'Session Progress', true), 'sound before the answer') },
  { name: 'call', scenario: 'call', at: 'phone' },
  { name: 'call-muted', scenario: 'call', at: 'phone', act: pressed('Mute', 'Muted') },
  { name: 'call-undo', scenario: 'call', at: 'phone', act: moved },
  { name: 'call-held', scenario: 'call', at: 'phone', act: pressed('Hold', 'On hold') },
  { name: 'call-held-by-them', scenario: 'call', at: 'phone', act: told({ event: 'held', local: false, remote: true, refused: null }, 'They put you on hold') },
  { name: 'call-hold-refused', scenario: 'call', at: 'phone', act: told({
    event: 'held', local: false, remote: false, refused: 488,
  }, 'refused to change the hold') },
  { name: 'call-recorded', scenario: 'call', at: 'phone', act: pressed('Record', 'Recording') },
  { name: 'call-graphs', scenario: 'call', at: 'phone', act: (page) => page.getByRole('button', { name: 'Show graphs' }).click() },
  { name: 'call-graphs-table', scenario: 'call', at: 'phone', act: async (page) => {
    await page.getByRole('button', { name: 'Show graphs' }).click();
    await page.getByText('Figures as a table').click();
    await page.getByRole('columnheader', { name: 'Time' }).waitFor();
    await page.getByRole('button', { name: 'Hang up', exact: true }).scrollIntoViewIfNeeded();
  } },
  { name: 'call-recording-torn', scenario: 'call', at: 'phone', act: told({
    event: 'notice', kind: 'disk-full', text: 'call.wav is cut short: the disk is full. The call goes on.',
  }, 'the disk is full') },
  { name: 'call-keypad', scenario: 'call', at: 'phone', act: (page) => page.getByRole('button', { name: 'Keypad' }).click() },
  { name: 'call-devices', scenario: 'call', at: 'phone', act: (page) => page.getByRole('button', { name: 'Devices' }).click() },
  { name: 'call-bad', scenario: 'bad-call', at: 'phone' },
  { name: 'call-silent', scenario: 'silent-call', at: 'phone', act: (page) => page.getByText('No sound received').first().waitFor() },
  { name: 'call-their-loss', scenario: 'their-loss', at: 'phone', act: (page) => page.getByText('of what you say').first().waitFor() },
  { name: 'call-no-device', scenario: 'call', at: 'phone', act: async (page) => {
    await page.evaluate(() => window.mock.tellShell({ shell: 'devices', devices: [], chosen: { microphone: null, speaker: null, ring: null }, news: [] }));
    await page.getByText('No microphone: they hear nothing.').first().waitFor();
    await page.getByText('No speaker: you hear nothing.').first().waitFor();
  } },
  { name: 'calls', scenario: 'calls', at: 'phone' },
  { name: 'call-elsewhere', scenario: 'call', at: 'contacts' },
  { name: 'incoming', scenario: 'incoming', at: 'phone', act: (page) => page.getByRole('button', { name: 'Answer', exact: true }).waitFor() },
  { name: 'incoming-partly', scenario: 'incoming-partly', at: 'phone', act: (page) => page.getByText('checked only in part').waitFor() },
  { name: 'incoming-failed', scenario: 'incoming-failed', at: 'phone', act: (page) => page.getByText('Number failed').waitFor() },
  { name: 'incoming-in-call', scenario: 'incoming-in-call', at: 'phone', act: (page) => page.getByRole('button', { name: 'Decline with' }).click() },
];

const step = (...names) => async (page) => {
  for (const name of names) await page.getByRole('button', { name }).first().click();
};

async function entered(page, user = 'mw-4711', domain = 'sip.example.net') {
  await step('Enter details')(page);
  await page.getByLabel('Name of the line').fill('Example');
  await page.getByLabel('Domain').fill(domain);
  await page.getByLabel('User', { exact: true }).fill(user);
  await page.getByRole('button', { name: 'Check this line' }).click();
}

const begin = (page) => page.getByRole('button', { name: 'Start', exact: true }).click();

async function single(page) {
  await page.getByText('Choose single checks').click();
  await page.getByLabel('the trunk lets us log in').check();
}

async function allChecks(page) {
  await page.getByText('Before going live').click();
  await page.getByRole('button', { name: 'Start…' }).click();
  await page.getByRole('button', { name: 'Start and accept the cost' }).click();
}

SCENES.push(
  { name: 'history', scenario: 'usual', at: 'history' },
  { name: 'history-empty', scenario: 'empty', at: 'history' },
  { name: 'history-broken', scenario: 'broken', at: 'history' },
  { name: 'history-none', scenario: 'usual', at: 'history', act: async (page) => { await page.getByLabel('Search calls').fill('zzz'); await page.getByText('No call fits').waitFor(); } },
  { name: 'history-loading', scenario: 'slow', at: 'history', act: (page) => page.getByText('Loading…').waitFor() },
  { name: 'history-offline', scenario: 'offline', at: 'history' },
  { name: 'call-page', scenario: 'usual', at: 'history/900', act: (page) => page.locator('.u-wrap').first().waitFor() },
  { name: 'call-page-ladder', scenario: 'usual', at: 'history/895', act: (page) => page.getByRole('button', { name: 'Authentication' }).click() },
  { name: 'call-page-loading', scenario: 'slow', at: 'history/900', act: (page) => page.locator('.detail').getByText('Loading…').waitFor() },
  { name: 'call-page-broken', scenario: 'dead', at: 'history/900', act: (page) => page.locator('.detail').getByText('malformed').waitFor() },
  { name: 'contacts', scenario: 'usual', at: 'contacts' },
  { name: 'contact', scenario: 'usual', at: 'contacts/3' },
  { name: 'contact-edit', scenario: 'usual', at: 'contacts/1', act: step('Edit contact') },
  { name: 'contacts-empty', scenario: 'empty', at: 'contacts' },
  { name: 'contacts-broken', scenario: 'dead', at: 'contacts', act: (page) => page.getByText('The contacts cannot be read').waitFor() },
  { name: 'contacts-loading', scenario: 'slow', at: 'contacts', act: (page) => page.getByText('Loading…').waitFor() },
  { name: 'contacts-offline', scenario: 'offline', at: 'contacts' },
  { name: 'contacts-none', scenario: 'usual', at: 'contacts', act: async (page) => { await page.getByLabel('Search contacts').fill('zzz'); await page.getByText('No contact fits').waitFor(); } },
  { name: 'contact-remove', scenario: 'usual', at: 'contacts/3', act: async (page) => { await page.getByRole('button', { name: 'Remove', exact: true }).click(); await page.getByRole('dialog').waitFor(); } },
  { name: 'contacts-large', scenario: 'usual', at: 'contacts', act: async (page) => { await page.locator('input[type=file]').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.alloc(2 ** 24 + 1) }); await page.getByText('too large').waitFor(); } },
  { name: 'lines', scenario: 'usual', at: 'lines/Telnyx London' },
  { name: 'line-trouble', scenario: 'usual', at: 'lines/sipgate' },
  { name: 'line-refused', scenario: 'refused', at: 'lines/sipgate' },
  { name: 'line-built-in', scenario: 'built-in', at: 'lines/Built-in trunk' },
  { name: 'line-remove', scenario: 'usual', at: 'lines/sipgate', act: async (page) => { await step('Remove line')(page); await page.getByRole('dialog').waitFor(); } },
  { name: 'line-edit', scenario: 'usual', at: 'lines/Telnyx London', act: async (page) => { await step('Edit')(page); await page.getByText('More settings').click(); await page.getByText('Checks of this line').click(); } },
  { name: 'line-import', scenario: 'usual', at: 'lines', act: async (page) => { await page.locator('input[type=file]').setInputFiles({ name: 'a.json', mimeType: 'application/json', buffer: Buffer.from('{"trunk":{"name":"From a file","domain":"sip.example.net"}}') }); await page.getByRole('dialog').waitFor(); } },
  { name: 'call-another', scenario: 'call', at: 'phone', act: (page) => page.getByRole('button', { name: 'Add call' }).click() },
  { name: 'lines-offline', scenario: 'offline', at: 'lines/sipgate' },
  { name: 'lines-empty', scenario: 'no-line', at: 'lines' },
  { name: 'trace', scenario: 'usual', at: 'trace', act: (page) => page.getByText('INVITE').first().waitFor() },
  { name: 'trace-message', scenario: 'usual', at: 'trace', act: async (page) => { await page.getByRole('button', { name: /486/ }).first().click(); await page.getByRole('button', { name: 'Copy message' }).waitFor(); } },
  { name: 'trace-call', scenario: 'call', at: 'phone', act: async (page) => { await page.keyboard.press('Control+Shift+L'); await page.getByText('1 message').waitFor(); } },
  { name: 'trace-many', scenario: 'night', at: 'trace', act: (page) => page.getByText('5000 messages').waitFor() },
  { name: 'trace-empty', scenario: 'empty', at: 'trace', act: (page) => page.getByText('No message yet').waitFor() },
  { name: 'trace-no-line', scenario: 'no-line', at: 'trace', act: (page) => page.getByText('when there is a line').waitFor() },
  { name: 'trace-broken', scenario: 'broken', at: 'trace', act: (page) => page.getByText('cannot be read').waitFor() },
  { name: 'trace-loading', scenario: 'slow', at: 'trace', act: (page) => page.getByText('Loading…').waitFor() },
  { name: 'trace-none', scenario: 'usual', at: 'trace', act: async (page) => { await page.getByLabel('Search in messages').fill('zzz'); await page.getByText('No message fits').waitFor(); } },
  { name: 'trace-offline', scenario: 'offline', at: 'trace', act: (page) => page.getByText('No message yet').waitFor() },
  { name: 'trace-hostile', scenario: 'hostile', at: 'trace', act: async (page) => { await page.getByRole('button', { name: /INVITE sip:<script>/ }).first().click(); } },
  { name: 'check', scenario: 'usual', at: 'check' },
  { name: 'check-free', scenario: 'usual', at: 'check', act: async (page) => { await single(page); await page.getByText('No call is placed').waitFor(); } },
  { name: 'check-billed', scenario: 'usual', at: 'check', act: async (page) => { await page.getByText('Before going live').click(); await page.getByRole('button', { name: 'Start…' }).click(); await page.getByRole('dialog').waitFor(); } },
  { name: 'check-refused', scenario: 'usual', at: 'check/sipgate', act: async (page) => { await page.getByText('Everything', { exact: true }).click(); await page.getByText('This cannot run').waitFor(); } },
  { name: 'check-running', scenario: 'usual', at: 'check', speed: 0.5, act: async (page) => { await allChecks(page); await page.getByText('steps to go').waitFor(); await page.getByText('Passed').first().waitFor(); } },
  { name: 'check-done', scenario: 'usual', at: 'check', act: async (page) => { await allChecks(page); await page.getByText('Not fit for use').waitFor(); await page.getByText('sound flows both ways').last().click(); } },
  { name: 'check-good', scenario: 'usual', at: 'check', act: async (page) => { await single(page); await begin(page); await page.getByText('Fit for use', { exact: true }).waitFor(); } },
  { name: 'check-silent', scenario: 'silent', at: 'check', act: async (page) => { await begin(page); await page.getByText('does not answer').waitFor(); } },
  { name: 'check-failed', scenario: 'faulty', at: 'check', act: async (page) => { await begin(page); await page.getByText('could not run').waitFor(); } },
  { name: 'check-no-line', scenario: 'no-line', at: 'check', act: (page) => page.getByText('No line to check').waitFor() },
  { name: 'check-broken', scenario: 'broken', at: 'check', act: (page) => page.getByText('cannot be listed').waitFor() },
  { name: 'check-loading', scenario: 'slow', at: 'check', act: (page) => page.getByText('Loading…').waitFor() },
  { name: 'check-offline', scenario: 'offline', at: 'check' },
  { name: 'check-in-call', scenario: 'call', at: 'check', act: (page) => page.getByText('A call is up').waitFor() },
  { name: 'check-delay', scenario: 'usual', at: 'check', act: async (page) => { await page.getByRole('button', { name: 'Measure the delay' }).click(); await page.getByText('From mouth to ear: 71').waitFor(); } },
  { name: 'check-hostile', scenario: 'hostile', at: 'check' },
  { name: 'settings', scenario: 'usual', at: 'settings' },
  { name: 'settings-licences', scenario: 'usual', at: 'settings', act: async (page) => { await step('Licences of the parts')(page); await page.getByText('Milliwatt holds').waitFor(); } },
  { name: 'settings-licences-broken', scenario: 'dead', at: 'settings', act: async (page) => { await step('Licences of the parts')(page); await page.getByText('malformed').waitFor(); } },
  { name: 'settings-support', scenario: 'usual', at: 'settings', act: async (page) => { await step('Support bundle')(page); await page.getByText('Lines: Telnyx London').waitFor(); } },
  { name: 'settings-support-failed', scenario: 'broken', at: 'settings', act: async (page) => { await step('Support bundle')(page); await page.getByText('could not be made').waitFor(); } },
  { name: 'settings-support-loading', scenario: 'slow', at: 'settings', act: async (page) => { await step('Support bundle')(page); await page.getByText('Loading…').waitFor(); } },
  { name: 'settings-offline', scenario: 'offline', at: 'settings', act: (page) => page.locator('footer').getByText('No network').waitFor() },
  { name: 'settings-ringtone', scenario: 'usual', at: 'settings', act: pressed('Add a sound…', 'Remove') },
  { name: 'settings-keys', scenario: 'usual', at: 'settings', act: async (page) => { await page.getByRole('button', { name: 'Change: Mute' }).click(); } },
  { name: 'shortcuts', scenario: 'usual', at: 'phone', act: (page) => page.keyboard.press('F1') },
  { name: 'ask', scenario: 'usual', at: 'phone', act: async (page) => { await type('+33 1 55 50 10 10')(page); await page.keyboard.press('Enter'); await page.getByText('First call to this country').waitFor(); } },
  { name: 'no-line', scenario: 'no-line', at: 'phone', act: async (page) => { await type('+442079460000')(page); await page.keyboard.press('Enter'); await page.getByText('There is no line').waitFor(); } },
  { name: 'did', scenario: 'usual', at: 'phone', act: step('Show') },
  { name: 'after-failed', scenario: 'usual', at: 'phone', act: async (page) => { await type('+442079460103')(page); await page.keyboard.press('Enter'); await page.getByText('refuses this call').first().waitFor(); } },
  { name: 'after-answered', scenario: 'call', at: 'phone', act: async (page) => {
    await page.keyboard.press('Control+Shift+D');
    // It stays while the focus is in it.
    await page.getByRole('button', { name: 'Call again' }).focus();
  } },
  { name: 'settings-german', scenario: 'usual', at: 'settings', act: async (page) => { await page.getByLabel('Language').selectOption('de'); await page.getByRole('heading', { name: 'Einstellungen' }).waitFor(); } },
  { name: 'welcome', scenario: 'first-run', at: '' },
  { name: 'welcome-offline', scenario: 'offline', at: 'welcome' },
  { name: 'welcome-providers', scenario: 'first-run', at: '', act: async (page) => { await step('Use a provider')(page); await page.getByText('Telnyx').waitFor(); } },
  { name: 'welcome-providers-loading', scenario: 'slow', at: 'welcome', act: async (page) => { await step('Use a provider')(page); await page.getByText('Loading…').waitFor(); } },
  { name: 'welcome-providers-broken', scenario: 'dead', at: 'welcome', act: async (page) => { await step('Use a provider')(page); await page.getByText('malformed').waitFor(); } },
  { name: 'welcome-providers-none', scenario: 'first-run', at: '', act: async (page) => { await step('Use a provider')(page); await page.getByLabel('Search providers').fill('zzz'); await page.getByText('No provider fits').waitFor(); } },
  { name: 'welcome-details', scenario: 'first-run', at: '', act: step('Use a provider', /Telnyx/) },
  { name: 'welcome-lacking', scenario: 'first-run', at: '', act: step('Enter details', 'Check this line') },
  { name: 'welcome-probe', scenario: 'first-run', at: '', act: async (page) => { await entered(page); await page.getByText('The line works').waitFor(); } },
  { name: 'welcome-refused', scenario: 'first-run', at: '', act: async (page) => { await entered(page, 'wrong'); await page.getByText('does not work yet').waitFor(); } },
  { name: 'welcome-numbers', scenario: 'first-run', at: '', act: async (page) => { await entered(page); await step('Use this line')(page); await page.getByLabel('Numbers').fill('+44 20 7946 0018\nabc'); } },
  { name: 'welcome-sound', scenario: 'first-run', at: '', act: async (page) => { await entered(page); await step('Use this line', 'Skip', 'Run the sound check')(page); await page.getByText('was heard').waitFor(); } },
  { name: 'hostile', scenario: 'hostile', at: 'phone', act: (page) => page.getByRole('button', { name: 'Answer', exact: true }).first().waitFor() },
  { name: 'failed', scenario: 'stopped', at: 'phone', act: (page) => page.getByText('The phone could not be started').waitFor() },
);
