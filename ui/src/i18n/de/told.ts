import type { Messages } from '..';

export const told: Pick<Messages, 'told' | 'advice'> = {
  // By the kind of notice or finding.
  told: {
    'address-changed': 'Die Adresse dieses Computers hat gewechselt.', 'address-refused': 'Die Gegenseite nahm die neue Adresse nicht an.',
    'call-resumed': 'Die Gegenseite ist noch da: der Anruf geht weiter.', clipped: 'Der empfangene Ton ist übersteuert.',
    'codec-changed': 'Die Gegenseite hat den Codec gewechselt.', 'connections-refused': 'Verbindungen von Fremden wurden abgewiesen. Anrufe gehen weiter.',
    'digits-refused': 'Es wurde keine Ziffer gesendet.', 'disk-full': 'Der Speicher ist voll: die Aufnahme ist nicht vollständig.',
    'dtmf-inband': 'Die Ziffern werden als Töne gesendet.', 'dtmf-unfinished': 'Eine Ziffer kam ohne ihr Ende.',
    'early-media': 'Es kam Ton vor der Annahme.', 'events-missed': 'Das Fenster war zu langsam: was es zeigt, ist vielleicht veraltet.',
    history: 'Anrufe können nicht gespeichert werden: ist der Speicher voll?', 'history-again': 'Anrufe werden wieder gespeichert.',
    'history-lost': 'Die letzten Anrufe sind vielleicht nicht gespeichert.', intruder: 'Ton von einer fremden Adresse wurde abgewiesen.',
    'news-missed': 'Dieser Computer ist zu langsam für so viele Anrufe.', 'no-sound': 'Es kommt kein Ton.',
    'offer-refused': 'Die Gegenseite bot etwas Unbrauchbares an und wurde abgewiesen.', 'one-way-in': 'Im ganzen Anruf kam kein Ton.',
    'one-way-out': 'Die Gegenseite meldet, dass sie nichts hört.', 'recording-failed': 'Die Aufnahme ist nicht vollständig.',
    'recording-gap': 'Der Aufnahme fehlt ein Stück.', redirected: 'Der Anbieter leitet den Anruf um.',
    'redirect-refused': 'Der Anbieter wollte den Anruf an ein Ziel umleiten, das nicht erlaubt ist.', 'rtp-timeout': 'Es kam zu lange kein Ton: der Anruf wird beendet.',
    'sends-dropped': 'Das Netz nimmt Nachrichten zu langsam an.', silence: 'Es kam nur Stille.', sleep: 'Nach dem Ruhezustand war die Gegenseite nicht erreichbar.',
    slept: 'Dieser Computer war im Ruhezustand.', 'sound-again': 'Es kommt wieder Ton.', 'sound-failed': 'Der Ton dieses Anrufs fiel im Programm aus.',
    'source-changed': 'Der Ton kommt von einer anderen Adresse als vereinbart.', 'ssrc-changed': 'Die Gegenseite hat ihre Tonquelle gewechselt.',
    'strangers-dropped': 'Jemand überflutet diesen Computer mit Nachrichten: sie werden verworfen. Anrufe gehen weiter.',
    'wrong-payload': 'Die Gegenseite sendet Ton in einer Form, die nicht vereinbart ist.',
  },
  // By the code of a registration, or the kind of finding, the gravest first.
  advice: {
    401: 'Benutzer, Anmeldename und Passwort der Leitung prüfen.', 403: 'Das Passwort prüfen, oder beim Anbieter nachfragen, ob das Konto gesperrt ist.',
    404: 'Benutzer und Domain der Leitung prüfen.', 407: 'Benutzer, Anmeldename und Passwort der Leitung prüfen.',
    'wrong-payload': 'Andere Codecs wählen, oder dem Anbieter die Call-ID nennen.',
    'one-way-in': 'Prüfen, ob Firewall und Router RTP hereinlassen, dann beim Anbieter nachfragen.',
    'one-way-out': 'Prüfen, ob die Firewall RTP hinauslässt, dann dem Anbieter die Call-ID nennen.',
    'no-sound': 'Zeitgrenzen von Firewall und Router für RTP prüfen, dann beim Anbieter nachfragen.',
    silence: 'Ist die Gegenseite stumm? Sonst beim Anbieter nachfragen.', intruder: 'Kam dieser Ton vom Anbieter, muss er von der Adresse in seinem SDP kommen.',
    clipped: 'Die Gegenseite leiser stellen.', 'disk-full': 'Platz schaffen.',
  },
};
