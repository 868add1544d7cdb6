import type { Messages } from '..';

export const book: Pick<Messages, 'history' | 'page' | 'contacts'> = {
  history: {
    title: 'Anrufe', search: 'Anrufe suchen', filters: 'Filter', all: 'Alle', missed: 'Verpasst', failed: 'Gescheitert', bad: 'Schlechte Qualität',
    line: 'Leitung', did: 'Eigene Rufnummer', anyLine: 'Jede Leitung', anyDid: 'Jede Rufnummer', today: 'Heute', yesterday: 'Gestern',
    empty: 'Hier erscheinen Anrufe', emptyHint: 'Abgehende, angenommene und verpasste Anrufe bleiben auf diesem Computer.', place: 'Anruf beginnen',
    noMatch: 'Kein Anruf passt', noMatchHint: 'Suche oder Filter ändern.', reset: 'Alle Anrufe zeigen',
    trouble: 'Die Anrufliste kann nicht gelesen werden', in: 'Eingehend', out: 'Abgehend', callBack: (name) => `${name} anrufen`,
    recorded: 'Aufgenommen', pick: 'Einen Anruf wählen, um zu sehen, wie er verlief.', more: 'Ältere Anrufe',
  },
  page: {
    when: 'Wann', way: 'Richtung', line: 'Leitung', did: 'Eigene Rufnummer', duration: 'Dauer', setup: 'Angenommen nach', codec: 'Codec',
    secure: 'Verschlüsselung', outcome: 'Antwort', callId: 'Call-ID', graphs: 'Qualität',
    ladder: 'SIP-Ablauf', play: 'Aufnahme abspielen', stop: 'Anhalten', noGraphs: 'In diesem Anruf wurde kein Ton gemessen.',
    noLadder: 'Zu diesem Anruf sind keine Nachrichten gespeichert.', us: 'Dieses Telefon', them: 'Anbieter', retransmission: 'wiederholt', sent: 'gesendet', received: 'empfangen',
    cut: 'Einige Nachrichten dieses Anrufs sind nicht gespeichert.', raw: 'Nachricht', copyLadder: 'Ablauf kopieren', advice: 'Was zu tun ist',
  },
  contacts: {
    title: 'Kontakte', search: 'Kontakte suchen', add: 'Kontakt hinzufügen', import: 'Importieren', export: 'Exportieren', csv: 'CSV', vcard: 'vCard',
    empty: 'Noch keine Kontakte', emptyHint: 'Von einem anderen Telefon übernehmen, oder den ersten hinzufügen.', noMatch: 'Kein Kontakt passt',
    favourites: 'Favoriten', others: 'Alle', favourite: 'Favorit', name: 'Name', company: 'Firma', number: 'Rufnummer', label: 'Art',
    addNumber: 'Rufnummer hinzufügen', removeNumber: 'Diese Rufnummer entfernen', did: 'Diese eigene Rufnummer zeigen', didUsual: 'Wie üblich',
    imported: (count) => (count === 1 ? '1 Kontakt importiert' : `${count} Kontakte importiert`), importNone: 'Diese Datei enthält keinen neuen Kontakt.',
    importFailed: 'Diese Datei kann nicht gelesen werden', exported: 'Kontakte exportiert', edit: 'Kontakt bearbeiten', remove: 'Kontakt entfernen', removeAsk: (name) => `${name} mit allen Rufnummern entfernen?`, new: 'Neuer Kontakt',
    needName: 'Ein Kontakt braucht einen Namen und eine Rufnummer.', further: (count) => `Mehr zeigen (noch ${count})`, pick: 'Einen Kontakt wählen.', trouble: 'Die Kontakte können nicht gelesen werden',
  },
};
