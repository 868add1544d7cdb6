export const phone = {
  rail: {
    label: 'Screens', phone: 'Phone', history: 'History', contacts: 'Contacts', lines: 'Lines', check: 'Check', trace: 'Trace', settings: 'Settings',
    missed: (count: number) => (count === 1 ? '1 missed call' : `${count} missed calls`),
    skip: 'Skip to the content',
  },
  common: {
    cancel: 'Cancel', close: 'Close', save: 'Save', remove: 'Remove', edit: 'Edit', back: 'Back', next: 'Next', retry: 'Try again',
    copy: 'Copy', copied: 'Copied', copyFailed: 'This could not be copied', call: 'Call', loading: 'Loading…', dismiss: 'Dismiss', undo: 'Undo', tooLarge: 'This file is too large: 16 MB at most.',
  },
  dial: {
    label: 'Number, name or address', clear: 'Clear', redial: 'Redial',
    pad: 'Dial pad', key: (key: string) => `Key ${key}`, erase: 'Erase last digit',
    will: 'Dials', asTyped: 'Dials as typed', service: 'Service number or extension, dialled as typed', address: 'Dials the address',
    emergency: 'Emergency number: dialled at once', words: 'No number yet: choose a contact below',
    empty: 'Type a number with its country code, or a name',
    nothing: 'There is nothing to dial. Type a number, or a name and choose a contact.',
    noLine: 'There is no line to call on. Add one, or try the built-in trunk.', addLine: 'Add a line',
    recents: 'Recent', suggestions: 'Suggestions', favourite: 'Favourite', fromHistory: 'called before',
    noMatch: 'No contact and no call fits.',
    noRecents: 'Your calls will be here.', noRecentsHint: 'Type a number above to place the first one.',
  },
  did: {
    show: 'Show', none: 'No number of yours', down: 'No line is up', change: 'Choose the number that is shown',
    title: 'Show this number', via: (line: string) => `via ${line}`,
    why: {
      picked: 'chosen for this call', contact: 'kept with this contact', 'contact-last': 'used last for this contact', 'country-last': 'used last for this country',
      local: 'your number in this country', line: 'used last on this line', first: 'first number of the line',
    },
    automatic: 'Choose by itself',
  },
  ask: {
    premium: { title: 'This number may cost extra', text: (to: string) => `${to} is in a premium range. The price of a minute can be many times the usual one.` },
    satellite: { title: 'This is a satellite number', text: (to: string) => `${to} belongs to a satellite or international network. Such calls are expensive.` },
    country: { title: 'First call to this country', text: (to: string, country: string) => `${to} is in ${country}. You have not called there yet from this phone.` },
    once: 'You are asked only once.',
  },
  strip: {
    label: 'Lines', none: 'No line yet', add: 'Add a line', offline: 'No network', why: 'Why?',
  },
  app: {
    name: 'Milliwatt', failed: 'The phone could not be started', reload: 'Start again',
    inCall: 'Back to the call', notices: 'Notices',
  },
};
