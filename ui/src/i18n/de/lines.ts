import type { Messages } from '..';

export const lines: Pick<Messages, 'line' | 'form' | 'welcome' | 'probe' | 'dids' | 'sound'> = {
  line: {
    up: 'Angemeldet', direct: 'Bereit', busy: 'Meldet sich an', down: 'Gestört', off: 'Aus', embedded: 'Eingebaute Leitung',
    why: {
      up: 'Der Anbieter weiß, wo dieses Telefon ist, und schickt Anrufe hierher.',
      direct: 'Anrufe gehen ohne Anmeldung hinaus; der Anbieter erkennt dieses Telefon an seiner Adresse.',
      busy: 'Die Anmeldung läuft.', off: 'Nicht angemeldet: auf dieser Leitung kommt kein Anruf an.',
    },
    word: { refused: 'Abgelehnt', failed: 'Nicht erreichbar' },
    refused: (code, reason) => `Der Anbieter lehnt die Anmeldung ab: ${code} ${reason}.`,
    failed: (why) => `Der Anbieter ist nicht erreichbar: ${why}.`,
    retryIn: (seconds) => `Nächster Versuch in ${seconds} s`, refreshIn: (time) => `Auffrischung in ${time}`,
    title: 'Leitungen', add: 'Leitung hinzufügen', empty: 'Noch keine Leitung', emptyHint: 'Eine Leitung ist ein Zugang bei einem Anbieter von SIP-Trunks.',
    state: 'Zustand', rtt: 'Umlaufzeit', domain: 'Domain', transport: 'Transport', user: 'Benutzer', numbers: 'Rufnummern', seen: 'Von außen',
    register: 'Jetzt anmelden', unregister: 'Ausschalten', switchOn: 'Einschalten', edit: 'Leitung bearbeiten', noNumbers: 'Keine Rufnummern',
    noNumbersHint: 'Die Rufnummern einfügen, die der Anbieter vergeben hat.', details: 'Einzelheiten', clear: 'nicht verschlüsselt',
    remove: 'Leitung entfernen', removeAsk: (name) => `${name} entfernen? Die Anrufe bleiben in der Anrufliste.`,
    export: 'Ohne Passwort exportieren', exported: 'Leitung exportiert', preferred: 'Anrufe gehen zuerst hier hinaus', prefer: 'Für Anrufe zuerst benutzen', codecs: 'Codecs', learnt: 'Ein Anruf kam an', learn: 'Zu dieser Leitung hinzufügen',
  },
  form: {
    name: 'Name der Leitung', nameHint: 'So erscheint sie in diesem Fenster.',
    domain: 'Domain', domainHint: 'Der Teil nach @ in der SIP-Adresse. Portale nennen ihn „SIP-Domain“, „SIP-Server“ oder „Realm“.',
    registrar: 'Registrar', registrarHint: 'Nur, wenn der Anbieter einen anderen Server als die Domain nennt.',
    proxy: 'Outbound-Proxy', proxyHint: 'Nur, wenn der Anbieter einen nennt.', user: 'Benutzer', userHint: 'Portale nennen ihn „SIP-Benutzer“, „SIP-ID“ oder „Benutzername“.',
    authUser: 'Benutzer für die Anmeldung', authUserHint: 'Nur, wenn er vom Benutzer abweicht.', password: 'Passwort',
    passwordHint: 'Kommt in den Schlüsselbund dieses Computers, nie in eine Datei.', passwordKept: 'Leer lassen, um das im Schlüsselbund zu behalten.',
    transport: 'Transport', register: 'Beim Anbieter anmelden', registerHint: 'Aus bei Anbietern, die dieses Telefon an der Adresse erkennen.',
    country: 'Land der Rufnummern', more: 'Weitere Einstellungen', srtp: 'Verschlüsselung des Tons', dtmf: 'Ziffern', identity: 'Rufnummer steht in',
    srtpWords: { off: 'Aus', optional: 'Wenn möglich', required: 'Immer' }, transports: { tls: 'TLS (verschlüsselt)', tcp: 'TCP', udp: 'UDP', ws: 'WebSocket', wss: 'WebSocket (verschlüsselt)' },
    dtmfWords: { rfc4733: 'Telefonereignisse (RFC 4733)', info: 'SIP INFO', inband: 'Töne im Gespräch' }, unknownCountry: 'Nicht festgelegt',
    lacking: {
      name: 'Der Leitung einen Namen aus Buchstaben und Ziffern geben.', taken: 'Eine andere Leitung heißt schon so.', domain: 'Die Domain eingeben, etwa sip.example.net.',
      user: 'Den Benutzer eingeben, ohne @ und Leerzeichen.', host: 'Registrar und Proxy als Host oder Host:Port angeben.',
    },
    portal: 'Was das Portal dieses Anbieters zeigt', unverified: 'nicht geprüft', source: 'Quelle', check: 'Diese Leitung prüfen',
  },
  welcome: {
    title: 'Willkommen bei Milliwatt', lead: 'Ein Telefon für den SIP-Trunk, und das Messgerät, das zeigt, ob er funktioniert.',
    provider: 'Anbieter wählen', providerHint: 'Aus der Liste wählen; die Einstellungen sind dann ausgefüllt.', details: 'Daten eingeben',
    detailsHint: 'Domain, Benutzer und Passwort liegen vor.', tryNow: 'Jetzt ausprobieren', tryHint: 'Ohne Zugang: eine Leitung in diesem Programm antwortet mit einem Echo.',
    later: 'Später', steps: ['Anbieter', 'Daten', 'Prüfung', 'Rufnummern', 'Ton'], step: (at, of) => `Schritt ${at} von ${of}`,
    search: 'Anbieter suchen', noProvider: 'Kein Anbieter passt', noProviderHint: 'Die Daten von Hand eingeben.', encrypted: 'Verschlüsselung', nat: 'Erkannt durch',
    enc: { both: 'Signalisierung und Ton verschlüsselt', signalling: 'Signalisierung verschlüsselt', sound: 'Ton verschlüsselt', none: 'Verschlüsselung nicht bekannt' }, asOf: (date) => `Stand ${date}`,
    starting: 'Die eingebaute Leitung startet …', finish: 'Fertig', skip: 'Überspringen', echo: 'Echo anrufen', unknownUser: 'Anmeldung', facts: (count) => `${count} Angaben`,
  },
  probe: {
    title: 'Die Leitung wird geprüft', steps: { dns: 'Server finden', transport: 'Server erreichen', tls: 'Verschlüsselung', register: 'Anmeldung', nat: 'Weg zurück', codecs: 'Ton' },
    states: { running: 'Läuft', good: 'Gut', warn: 'Hinweis', bad: 'Gescheitert', skipped: 'Nicht ausgeführt' }, waiting: 'Wartet',
    again: 'Erneut prüfen', stop: 'Anhalten', good: 'Die Leitung funktioniert.', warn: 'Die Leitung funktioniert. Bitte die Hinweise lesen.', bad: 'Die Leitung funktioniert noch nicht.', keep: 'Leitung trotzdem behalten',
    use: 'Diese Leitung benutzen', copy: 'Bericht kopieren', code: (code) => `SIP ${code}`,
  },
  dids: {
    title: 'Eigene Rufnummern', lead: 'Die Rufnummern dieser Leitung einfügen, eine je Zeile, oder eine Datei importieren. Weitere werden aus eingehenden Anrufen gelernt.',
    label: 'Rufnummern', import: 'Datei importieren', found: (count) => (count === 1 ? '1 Rufnummer' : `${count} Rufnummern`), refused: (text) => `Keine Rufnummer: ${text}`,
    first: 'Die erste wird gezeigt, wenn keine andere gewählt ist.',
  },
  sound: {
    title: 'Tonprüfung', lead: 'Sprechen und die Anzeige beobachten. Die Prüfung spielt einen Ton und hört ihn ab.', run: 'Ton prüfen', running: 'Hört zu …',
    heard: 'Der Ton wurde gehört.', notHeard: 'Der Ton wurde nicht gehört. Ein anderes Mikrofon oder einen anderen Lautsprecher wählen, oder lauter stellen.',
    delay: 'Echo nach', erle: 'Echo gedämpft um',
  },
};
