export const trace = {
  trace: {
    title: 'Trace', messages: 'Messages', search: 'Search in messages', line: 'Line', call: 'Call', anyCall: 'Every call',
    count: (count: number) => (count === 1 ? '1 message' : `${count} messages`), waits: 'newer ones wait below', newest: 'Newest message',
    masked: 'Hide telephone numbers', save: 'Save as pcap', saved: 'Trace saved', copyOne: 'Copy message', onlyCall: 'Only this call',
    empty: 'No message yet', emptyHint: 'Each SIP message that this phone sends and receives appears here as it happens. Passwords and keys are always hidden.',
    noLineHint: 'Messages appear when there is a line. Passwords and keys are always hidden.', noMatch: 'No message fits',
    noMatchHint: 'Messages of this choice may be older than what is kept.', reset: 'Show all messages', trouble: 'The trace cannot be read',
    open: 'SIP messages',
  },
};
