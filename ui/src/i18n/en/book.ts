export const book = {
  history: {
    title: 'History', search: 'Search calls', filters: 'Filters', all: 'All', missed: 'Missed', failed: 'Failed', bad: 'Bad quality',
    line: 'Line', did: 'Your number', anyLine: 'Every line', anyDid: 'Every number', today: 'Today', yesterday: 'Yesterday',
    empty: 'Your calls will be here', emptyHint: 'Calls that you place, take and miss are kept on this computer.', place: 'Place a call',
    noMatch: 'No call fits', noMatchHint: 'Change the search or the filters.', reset: 'Show all calls',
    trouble: 'The history cannot be read', in: 'Incoming', out: 'Outgoing', callBack: (name: string) => `Call ${name}`,
    recorded: 'Recorded', pick: 'Choose a call to see how it went.', more: 'Older calls',
  },
  page: {
    when: 'When', way: 'Direction', line: 'Line', did: 'Your number', duration: 'Duration', setup: 'Answered after', codec: 'Codec',
    secure: 'Encryption', outcome: 'Answer', callId: 'Call-ID', graphs: 'Quality',
    ladder: 'SIP ladder', play: 'Play recording', stop: 'Stop', noGraphs: 'No sound was measured in this call.',
    noLadder: 'No messages are kept for this call.', us: 'This phone', them: 'Trunk', retransmission: 'sent again', sent: 'sent', received: 'received',
    cut: 'Some messages of this call were not kept.', raw: 'Message', copyLadder: 'Copy ladder', advice: 'What to do',
  },
  contacts: {
    title: 'Contacts', search: 'Search contacts', add: 'Add contact', import: 'Import', export: 'Export', csv: 'CSV', vcard: 'vCard',
    empty: 'No contacts yet', emptyHint: 'Bring them from another phone, or add the first one.', noMatch: 'No contact fits',
    favourites: 'Favourites', others: 'All', favourite: 'Favourite', name: 'Name', company: 'Company', number: 'Number', label: 'Label',
    addNumber: 'Add a number', removeNumber: 'Remove this number', did: 'Show this number of yours', didUsual: 'The usual choice',
    imported: (count: number) => (count === 1 ? '1 contact imported' : `${count} contacts imported`), importNone: 'There is no new contact in this file.',
    importFailed: 'This file cannot be read', exported: 'Contacts exported', edit: 'Edit contact', remove: 'Remove contact', removeAsk: (name: string) => `Remove ${name} and all of their numbers?`, new: 'New contact',
    needName: 'A contact needs a name and a number.', further: (count: number) => `Show more (${count} left)`, pick: 'Choose a contact.', trouble: 'The contacts cannot be read',
  },
};
