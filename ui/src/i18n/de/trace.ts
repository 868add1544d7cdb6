import type { Messages } from '..';

export const trace: Pick<Messages, 'trace'> = {
  trace: {
    title: 'Trace', messages: 'Nachrichten', search: 'In Nachrichten suchen', line: 'Leitung', call: 'Anruf', anyCall: 'Jeder Anruf',
    count: (count) => (count === 1 ? '1 Nachricht' : `${count} Nachrichten`), waits: 'neuere stehen unten', newest: 'Neueste Nachricht',
    masked: 'Rufnummern verbergen', save: 'Als pcap speichern', saved: 'Trace gespeichert', copyOne: 'Nachricht kopieren', onlyCall: 'Nur dieser Anruf',
    empty: 'Noch keine Nachricht', emptyHint: 'Jede SIP-Nachricht, die dieses Telefon sendet oder empfängt, erscheint hier sofort. Passwörter und Schlüssel sind immer verborgen.',
    noLineHint: 'Nachrichten erscheinen, sobald es eine Leitung gibt. Passwörter und Schlüssel sind immer verborgen.', noMatch: 'Keine Nachricht passt',
    noMatchHint: 'Die gesuchten Nachrichten sind vielleicht älter als die gespeicherten.', reset: 'Alle Nachrichten zeigen', trouble: 'Der Trace kann nicht gelesen werden',
    open: 'SIP-Nachrichten',
  },
};
