export const settings = {
  settings: {
    title: 'Settings', sound: 'Sound', look: 'Look', language: 'Language', languageSystem: 'As the system', phone: 'Phone', keys: 'Keyboard', about: 'About',
    microphone: 'Microphone', speaker: 'Speaker', ring: 'Ring on', volume: { microphone: 'Volume of the microphone', speaker: 'Volume of the speaker', ring: 'Volume of the ring' }, system: 'As the system chooses', gone: 'not there', noDevice: 'No device found. Plug one in: it appears here by itself.',
    looks: { system: 'As the system', light: 'Light', dark: 'Dark', contrast: 'High contrast' },
    country: 'Country that numbers are read in', countryLine: 'That of the line', codecs: 'Codecs of new lines, best first', up: (codec: string) => `Move ${codec} up`, down: (codec: string) => `Move ${codec} down`,
    autostart: 'Start when I log in', global: 'Hot keys work while other programs are in front', globalHint: 'Answer, hang up, mute and hold.', agreed: 'Countries and numbers that you agreed to',
    forget: 'Ask again', agreedNone: 'None yet. Premium, satellite and first calls to a country ask once.', rebind: 'Change', press: 'Press the new keys', reset: 'Reset all',
    refused: 'These keys are needed for typing. Use Ctrl, Alt or a function key.', taken: (action: string) => `These keys belong to “${action}”.`,
    version: (version: string) => `Version ${version}`, licence: 'Free under the MIT or Apache-2.0 licence.', welcome: 'Open the first steps again',
    network: 'Network', online: 'There is a network.', networkHint: 'Addresses and encryption are set for each line.', echo: 'Take the echo out', gain: 'Bring the level to that of a handset', noise: 'Noise suppression',
    noises: { off: 'Off', low: 'Low', moderate: 'Moderate', high: 'High', 'very-high': 'Very high' }, profiles: 'Named devices', profilesHint: 'Such as “Headset”. The devices chosen above are kept under this name.',
    ringtone: 'Ringtone', tones: { bell: 'Bell', chime: 'Chime', pulse: 'Pulse' }, usualTone: 'That of the settings', hear: 'Listen', addTone: 'Add a sound…',
    profileName: 'Name', profileForget: (name: string) => `Remove ${name}`,
    licences: 'Licences of the parts', licencesLead: (count: number) => `Milliwatt holds ${count} free parts:`, licencesWindow: 'Window', licencesProgram: 'Program',
    support: 'Support bundle', supportLead: 'This is what is copied. Passwords, keys and telephone numbers are hidden.', supportCopy: 'Copy support bundle', supportFailed: 'The support bundle could not be made',
  },
  device: {
    appeared: (name: string) => `${name} is there.`, gone: (name: string) => `${name} is gone.`,
    busy: (name: string) => `${name} is used by another program.`, invalid: (name: string) => `${name} does not work.`,
    refused: (name: string) => `${name} may not be used: the system gave no leave.`, preferred: (role: string, name: string) => `${role} of the system: ${name}.`,
    none: { microphone: 'There is no microphone: the other side hears silence.', speaker: 'There is no speaker: you hear nothing.', ring: 'There is no device to ring with.' },
  },
  shortcuts: {
    title: 'Keyboard shortcuts', digits: 'Digits in a call', digitsKeys: '0–9 * #', switch: 'Switch to a call',
    actions: {
      'dial-field': 'Go to the dial field', answer: 'Answer', silence: 'Silence the ring', 'hang-up': 'Hang up or decline', mute: 'Mute', hold: 'Hold', record: 'Record',
      drawer: 'Graphs of the call', ladder: 'SIP messages of the call', shortcuts: 'This table', phone: 'Phone', history: 'History', contacts: 'Contacts',
      lines: 'Lines', check: 'Check', trace: 'Trace', settings: 'Settings',
    },
  },
};
