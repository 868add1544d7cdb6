import type { Messages } from '..';

export const call: Pick<Messages, 'call' | 'secure' | 'quality' | 'banner' | 'incoming' | 'after' | 'reason'> = {
  call: {
    label: 'Anruf', calling: 'Wählt', ringing: 'Es klingelt', early: 'Verbindung im Aufbau, Ton vor der Annahme', ended: 'Beendet', onHold: 'Gehalten',
    heldByThem: 'Die Gegenseite hält den Anruf', present: (number) => `Zeigt ${number}`, presentNone: 'Zeigt die Rufnummer der Leitung', called: (number) => `Angerufen: ${number}`,
    on: (line) => `über ${line}`, calls: 'Anrufe', swap: 'Sprechen mit',
    mute: 'Stumm', muted: 'Stumm ein', hold: 'Halten', resume: 'Fortsetzen', keypad: 'Tasten', record: 'Aufnehmen', recording: 'Aufnahme',
    devices: 'Geräte', add: 'Neuer Anruf', hangUp: 'Auflegen', sent: 'Gesendete Ziffern', holdRefused: (code) => `Die Gegenseite lehnt das Halten oder Fortsetzen ab (${code}).`,
      },
  secure: {
    dtls: 'Ton verschlüsselt (DTLS-SRTP)', sdes: 'Ton verschlüsselt (SRTP, Schlüssel vom Anbieter)', none: 'Ton nicht verschlüsselt',
    unknown: 'Verschlüsselung noch nicht bekannt', signalling: 'Signalisierung verschlüsselt', clear: 'Signalisierung nicht verschlüsselt',
  },
  quality: {
    label: 'Tonqualität', open: 'Verläufe zeigen', close: 'Verläufe ausblenden', mos: 'MOS',
    words: { excellent: 'Ausgezeichnet', good: 'Gut', fair: 'Mäßig', poor: 'Schwach', bad: 'Schlecht', unusable: 'Unbrauchbar', unknown: 'Nicht gemessen' },
    charts: { quality: 'Qualität (MOS)', loss: 'Verlust', delay: 'Verzögerung', level: 'Pegel' },
    series: {
      mos: 'MOS', loss: 'Verlust hierher', remote: 'Verlust dorthin', concealed: 'überbrückt', jitter: 'Jitter', rtt: 'Umlaufzeit',
      buffer: 'Puffer', in: 'empfangen', out: 'gesendet',
    },
    loss: 'Verlust', jitter: 'Jitter', rtt: 'Umlaufzeit', codec: 'Codec', table: 'Werte als Tabelle', second: 'Zeit', markers: 'Ereignisse',
    hear: 'Empfangener Pegel', send: 'Gesendeter Pegel', least: 'niedrigster',
  },
  banner: {
    'no-microphone': (_) => 'Kein Mikrofon: Die Gegenseite hört nichts.', 'no-speaker': (_) => 'Kein Lautsprecher: Es ist nichts zu hören.',
    'no-sound': (value) => `Seit ${Math.round(value)} s kommt kein Ton. Pakete: 0. Halten und Fortsetzen kann den Weg wieder öffnen.`,
    'they-lose': (value) => `Die Gegenseite verliert ${Math.round(value)} % des Gesprochenen, wie sie selbst meldet.`,
    'we-lose': (value) => `${Math.round(value)} % des Tons der Gegenseite gehen auf dem Weg hierher verloren.`,
    'mic-silent': (_) => 'Das Mikrofon ist still. Unter „Geräte“ ein anderes wählen.',
    'they-hear-nothing': (_) => 'Die Gegenseite hört vielleicht nichts: sie meldet, dass kein Ton ankommt.',
  },
  incoming: {
    label: 'Eingehender Anruf', waiting: 'Anklopfen', to: (did) => `an ${did}`, on: (line) => `über ${line}`, answer: 'Annehmen', decline: 'Ablehnen',
    reason: 'Mit Grund ablehnen', busy: 'Besetzt', unavailable: 'Zurzeit nicht erreichbar', never: 'Nicht mehr anrufen', silence: 'Klingeln stummschalten',
    silenced: 'Klingeln ist stumm', passed: 'Rufnummer vom Anbieter geprüft', failed: 'Rufnummer besteht die Prüfung des Anbieters nicht', partly: 'Rufnummer nur teilweise geprüft', unchecked: 'Rufnummer nicht geprüft',
    told: (name, did) => `Eingehender Anruf von ${name} an ${did}`,
    holds: 'Beim Annehmen wird der laufende Anruf gehalten.',
  },
  after: {
    label: 'Anruf beendet', duration: 'Dauer', mos: 'MOS niedrigster / Mittel', byUs: 'hier aufgelegt', byThem: 'Gegenseite hat aufgelegt', page: 'Anruf öffnen',
    again: 'Erneut anrufen',
  },
  reason: {
    goesOn: 'Läuft noch', answered: 'Angenommen', elsewhere: 'Anderswo angenommen', missed: 'Verpasst', cancelled: 'Vor der Annahme beendet', interrupted: 'Das Programm endete während des Anrufs',
    wrongPassword: 'Passwort oder Benutzer ist falsch', 403: 'Der Anbieter verweigert diesen Anruf', 404: 'Die Rufnummer ist nicht bekannt',
    408: 'Keine Antwort vom Anbieter', 480: 'Nicht erreichbar', 486: 'Besetzt', 487: 'Abgebrochen', 488: 'Kein gemeinsamer Codec',
    503: 'Der Anbieter ist ausgelastet', 600: 'Überall besetzt', 603: 'Abgelehnt', 607: 'Als unerwünscht markiert',
    noAnswer: 'Niemand hat angenommen', unreachable: 'Der Anbieter war nicht erreichbar', failed: 'Der Anruf kam nicht zustande',
    refused: 'Der Anruf wurde abgelehnt', code: (code, reason) => `SIP ${code}${reason === '' ? '' : ` ${reason}`}`,
    next: {
      403: 'Eine andere Rufnummer dieser Leitung zeigen, oder beim Anbieter nachfragen.', 404: 'Ziffern und Ländervorwahl prüfen.',
      408: 'Eine Firewall verwirft vielleicht UDP: für diese Leitung TCP oder TLS versuchen.', 480: 'Später erneut versuchen.', 486: 'In einigen Minuten erneut versuchen.',
      488: 'Der Leitung einen Codec hinzufügen, oder die Reihenfolge ändern.', 503: 'Eine andere Leitung kommt vielleicht durch.',
      failed: 'Den Anruf öffnen: dort steht, wo er stehen blieb.',
    },
  },
};
