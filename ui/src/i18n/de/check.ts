import type { Messages } from '..';

export const check: Pick<Messages, 'check'> = {
  check: {
    title: 'Leitung prüfen', lead: 'Stellt fest, ob eine Leitung funktioniert, und was zu tun ist, wo sie es nicht tut.', line: 'Leitung', choice: 'Was geprüft wird',
    suites: {
      smoke: ['Kurzer Blick', 'Eine halbe Minute, kostenlos: steht die Leitung überhaupt?'],
      trunk: ['Vor dem Einsatz', 'Dazu Anrufe, Ton und Ziffern.'],
      full: ['Alles', 'Jede Prüfung, die es gibt.'], sipconnect: ['SIPconnect', 'Was die Empfehlung SIPconnect von einer Leitung verlangt.'],
    },
    single: 'Einzelne Prüfungen wählen', singles: (count) => (count === 1 ? '1 Prüfung gewählt' : `${count} Prüfungen gewählt`), none: 'Keine wählen', count: (count) => (count === 1 ? '1 Prüfung' : `${count} Prüfungen`),
    levels: { free: 'kein Anruf', 'on-net': 'kostenloser Anruf', billed: 'kann Geld kosten', load: 'lange Anrufe oder Last' }, gate: 'Muss bestehen',
    plan: 'Was geschehen würde', calls: (count, minutes, number) => `${count === 1 ? '1 Anruf' : `${count} Anrufe`} an ${number}, zusammen ${minutes} min`,
    noCalls: 'Es wird nicht angerufen.', free: 'Das kostet nichts.', costs: 'Diese Anrufe können Geld kosten.', start: 'Starten', startBilled: 'Starten …',
    consentTitle: 'Diese Anrufe können Geld kosten', consent: (line) => `Anrufe über ${line} berechnet der Anbieter.`, agree: 'Starten und Kosten annehmen',
    refused: 'Das ist nicht möglich', toLine: 'Leitung öffnen', noLine: 'Keine Leitung zu prüfen', noLineHint: 'Leitung hinzufügen oder die eingebaute Leitung ausprobieren.',
    inCall: 'Ein Anruf läuft. Die Prüfung benutzt dasselbe Netz und kann ihn stören.', loading: 'Wird ermittelt …',
    running: 'Läuft', left: (count) => (count === 0 ? 'letzter Schritt' : count === 1 ? 'noch 1 Schritt' : `noch ${count} Schritte`), progress: (done, of) => `${done} von ${of} Prüfungen`, stop: 'Anhalten', stopping: 'Wird angehalten …',
    done: 'Fertig', interrupted: 'Vor dem Ende angehalten', failed: 'Die Prüfungen konnten nicht laufen', obstacle: 'Nicht alles war möglich',
    score: (points, of) => `${points} von ${of} Punkten`, fit: 'Einsatzfähig', unfit: 'Nicht einsatzfähig', gates: 'Nicht bestanden, obwohl es sein muss', toDo: 'Was zu tun ist', results: 'Ergebnisse',
    other: 'Andere Auswahl', took: (seconds) => `dauerte ${seconds}`,
    verdicts: { pass: 'Bestanden', warn: 'Warnung', fail: 'Gescheitert', skip: 'Entfallen', error: 'Nicht möglich', fact: 'Hinweis' },
    faults: { provider: 'Liegt am Anbieter', network: 'Liegt am Netz dazwischen', 'our-config': 'Liegt an den Einstellungen', 'our-bug': 'Fehler dieses Programms' },
    what: 'Was geschieht', why: 'Warum eine Leitung scheitert', pass: 'Was Bestehen heißt', measured: 'Gemessen', limit: 'Grenze', reference: 'Verlangt von', evidence: 'Beleg',
    html: 'Als HTML speichern', junit: 'Als JUnit speichern', saved: 'Bericht gespeichert', trouble: 'Die Prüfungen können nicht gelesen werden',
    delay: 'Verzögerung des Tons', delayHint: 'Ein Anruf über die eingebaute Leitung und die gewählten Geräte misst die Zeit vom Mund zum Ohr.', delayRun: 'Verzögerung messen',
    delayIs: (ms) => `Vom Mund zum Ohr: ${ms}`, delayNone: 'Der Ton wurde nicht gehört. Ein anderes Mikrofon oder einen anderen Lautsprecher wählen, oder lauter stellen.',
  },
};
