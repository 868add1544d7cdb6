import type { Messages } from '..';

export const phone: Pick<Messages, 'rail' | 'common' | 'dial' | 'did' | 'ask' | 'strip' | 'app'> = {
  rail: {
    label: 'Ansichten', phone: 'Telefon', history: 'Anrufe', contacts: 'Kontakte', lines: 'Leitungen', check: 'Prüfung', trace: 'Trace', settings: 'Optionen',
    missed: (count) => (count === 1 ? '1 verpasster Anruf' : `${count} verpasste Anrufe`),
    skip: 'Zum Inhalt springen',
  },
  common: {
    cancel: 'Abbrechen', close: 'Schließen', save: 'Speichern', remove: 'Entfernen', edit: 'Bearbeiten', back: 'Zurück', next: 'Weiter', retry: 'Erneut versuchen',
    copy: 'Kopieren', copied: 'Kopiert', copyFailed: 'Das konnte nicht kopiert werden', call: 'Anrufen', loading: 'Wird geladen …', dismiss: 'Ausblenden', undo: 'Rückgängig', tooLarge: 'Diese Datei ist zu groß: höchstens 16 MB.',
  },
  dial: {
    label: 'Rufnummer, Name oder Adresse', clear: 'Leeren', redial: 'Wahlwiederholung',
    pad: 'Wähltasten', key: (key) => `Taste ${key}`, erase: 'Letzte Ziffer löschen',
    will: 'Wählt', asTyped: 'Wählt wie eingegeben', service: 'Dienst oder Nebenstelle, wird wie eingegeben gewählt', address: 'Ruft die Adresse an',
    emergency: 'Notruf: wird sofort gewählt', words: 'Noch keine Rufnummer: unten einen Kontakt wählen',
    empty: 'Rufnummer mit Ländervorwahl oder Name eingeben',
    nothing: 'Es gibt nichts zu wählen. Rufnummer eingeben, oder einen Namen eingeben und den Kontakt wählen.',
    noLine: 'Es gibt keine Leitung für den Anruf. Leitung hinzufügen oder die eingebaute Leitung ausprobieren.', addLine: 'Leitung hinzufügen',
    recents: 'Zuletzt', suggestions: 'Vorschläge', favourite: 'Favorit', fromHistory: 'schon angerufen',
    noMatch: 'Kein Kontakt und kein Anruf passt.',
    noRecents: 'Hier erscheinen Anrufe.', noRecentsHint: 'Oben eine Rufnummer eingeben, um den ersten zu beginnen.',
  },
  did: {
    show: 'Zeigt', none: 'Keine eigene Rufnummer', down: 'Keine Leitung ist bereit', change: 'Angezeigte Rufnummer wählen',
    title: 'Diese Rufnummer zeigen', via: (line) => `über ${line}`,
    why: {
      picked: 'für diesen Anruf gewählt', contact: 'beim Kontakt hinterlegt', 'contact-last': 'zuletzt für diesen Kontakt benutzt', 'country-last': 'zuletzt für dieses Land benutzt',
      local: 'eigene Rufnummer in diesem Land', line: 'zuletzt auf dieser Leitung benutzt', first: 'erste Rufnummer der Leitung',
    },
    automatic: 'Automatisch wählen',
  },
  ask: {
    premium: { title: 'Diese Rufnummer kann Aufpreis kosten', text: (to) => `${to} ist eine Sonderrufnummer. Eine Minute kann ein Vielfaches des Üblichen kosten.` },
    satellite: { title: 'Diese Rufnummer gehört zu einem Satellitennetz', text: (to) => `${to} gehört zu einem Satelliten- oder internationalen Netz. Solche Anrufe sind teuer.` },
    country: { title: 'Erster Anruf in dieses Land', text: (to, country) => `${to} liegt in: ${country}. Dorthin wurde von diesem Telefon noch nicht angerufen.` },
    once: 'Diese Frage kommt nur einmal.',
  },
  strip: { label: 'Leitungen', none: 'Noch keine Leitung', add: 'Leitung hinzufügen', offline: 'Kein Netz', why: 'Warum?' },
  app: {
    name: 'Milliwatt', failed: 'Das Telefon konnte nicht gestartet werden', reload: 'Neu starten',
    inCall: 'Zurück zum Anruf', notices: 'Hinweise',
  },
};
