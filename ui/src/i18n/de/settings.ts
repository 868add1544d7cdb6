import type { Messages } from '..';

export const settings: Pick<Messages, 'settings' | 'device' | 'shortcuts'> = {
  settings: {
    title: 'Einstellungen', sound: 'Ton', look: 'Aussehen', language: 'Sprache', languageSystem: 'Wie das System', phone: 'Telefon', keys: 'Tastatur', about: 'Über Milliwatt',
    microphone: 'Mikrofon', speaker: 'Lautsprecher', ring: 'Klingeln auf', volume: { microphone: 'Lautstärke des Mikrofons', speaker: 'Lautstärke des Lautsprechers', ring: 'Lautstärke des Klingelns' }, system: 'Wie das System wählt', gone: 'nicht vorhanden', noDevice: 'Kein Gerät gefunden. Nach dem Einstecken erscheint es hier von selbst.',
    looks: { system: 'Wie das System', light: 'Hell', dark: 'Dunkel', contrast: 'Hoher Kontrast' },
    country: 'Land, in dem Rufnummern gelesen werden', countryLine: 'Das der Leitung', codecs: 'Codecs neuer Leitungen, der beste zuerst', up: (codec) => `${codec} nach oben`, down: (codec) => `${codec} nach unten`,
    autostart: 'Beim Anmelden starten', global: 'Tastenkürzel wirken auch in anderen Programmen', globalHint: 'Annehmen, Auflegen, Stumm und Halten.', agreed: 'Bestätigte Länder und Rufnummern',
    forget: 'Wieder fragen', agreedNone: 'Noch keine. Vor teuren Rufnummern und dem ersten Anruf in ein Land wird einmal gefragt.', rebind: 'Ändern', press: 'Neue Tasten drücken', reset: 'Alle zurücksetzen',
    refused: 'Diese Tasten werden zum Schreiben gebraucht. Strg, Alt oder eine Funktionstaste benutzen.', taken: (action) => `Diese Tasten gehören zu „${action}“.`,
    version: (version) => `Version ${version}`, licence: 'Frei unter der MIT- oder der Apache-2.0-Lizenz.', welcome: 'Erste Schritte erneut öffnen',
    network: 'Netz', online: 'Das Netz ist da.', networkHint: 'Adressen und Verschlüsselung gehören zu jeder Leitung.', echo: 'Echo entfernen', gain: 'Pegel wie bei einem Handapparat', noise: 'Geräusche unterdrücken',
    noises: { off: 'Aus', low: 'Wenig', moderate: 'Mäßig', high: 'Stark', 'very-high': 'Sehr stark' }, profiles: 'Benannte Geräte', profilesHint: 'Etwa „Headset“. Unter diesem Namen stehen die oben gewählten Geräte.',
    ringtone: 'Klingelton', tones: { bell: 'Glocke', chime: 'Gong', pulse: 'Puls' }, usualTone: 'Der aus den Einstellungen', hear: 'Anhören', addTone: 'Klang hinzufügen…',
    profileName: 'Name', profileForget: (name) => `${name} entfernen`,
    licences: 'Lizenzen der Bestandteile', licencesLead: (count) => `Milliwatt enthält ${count} freie Bestandteile:`, licencesWindow: 'Fenster', licencesProgram: 'Programm',
    support: 'Bericht für den Support', supportLead: 'Dies wird kopiert. Passwörter, Schlüssel und Rufnummern sind verborgen.', supportCopy: 'Bericht kopieren', supportFailed: 'Der Bericht konnte nicht erstellt werden',
  },
  device: {
    appeared: (name) => `${name} ist da.`, gone: (name) => `${name} ist weg.`,
    busy: (name) => `${name} wird von einem anderen Programm benutzt.`, invalid: (name) => `${name} funktioniert nicht.`,
    refused: (name) => `${name} ist vom System nicht freigegeben.`, preferred: (role, name) => `${role} des Systems: ${name}.`,
    none: { microphone: 'Es gibt kein Mikrofon: die Gegenseite hört Stille.', speaker: 'Es gibt keinen Lautsprecher: es ist nichts zu hören.', ring: 'Es gibt kein Gerät zum Klingeln.' },
  },
  shortcuts: {
    title: 'Tastenkürzel', digits: 'Ziffern im Anruf', digitsKeys: '0–9 * #', switch: 'Zu einem Anruf wechseln',
    actions: {
      'dial-field': 'Zum Wählfeld', answer: 'Annehmen', silence: 'Klingeln stummschalten', 'hang-up': 'Auflegen oder ablehnen', mute: 'Stumm', hold: 'Halten', record: 'Aufnehmen',
      drawer: 'Verläufe des Anrufs', ladder: 'SIP-Nachrichten des Anrufs', shortcuts: 'Diese Tabelle', phone: 'Telefon', history: 'Anrufe', contacts: 'Kontakte',
      lines: 'Leitungen', check: 'Prüfung', trace: 'Trace', settings: 'Einstellungen',
    },
  },
};
