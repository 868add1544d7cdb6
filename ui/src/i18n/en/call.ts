export const call = {
  call: {
    label: 'Call', calling: 'Calling', ringing: 'Ringing', early: 'Connecting, sound before the answer', ended: 'Ended', onHold: 'On hold',
    heldByThem: 'They put you on hold', present: (number: string) => `You show ${number}`, presentNone: 'You show the number of the line', called: (number: string) => `They called ${number}`,
    on: (line: string) => `on ${line}`, calls: 'Calls', swap: 'Talk to',
    mute: 'Mute', muted: 'Muted', hold: 'Hold', resume: 'Resume', keypad: 'Keypad', record: 'Record', recording: 'Recording',
    devices: 'Devices', add: 'Add call', hangUp: 'Hang up', sent: 'Digits sent', holdRefused: (code: number) => `The other side refused to change the hold (${code}).`,
      },
  secure: {
    dtls: 'Sound encrypted (DTLS-SRTP)', sdes: 'Sound encrypted (SRTP, keys by the provider)', none: 'Sound not encrypted',
    unknown: 'Encryption not known yet', signalling: 'Signalling encrypted', clear: 'Signalling not encrypted',
  },
  quality: {
    label: 'Sound quality', open: 'Show graphs', close: 'Hide graphs', mos: 'MOS',
    words: { excellent: 'Excellent', good: 'Good', fair: 'Fair', poor: 'Poor', bad: 'Bad', unusable: 'Unusable', unknown: 'Not measured' },
    charts: { quality: 'Quality (MOS)', loss: 'Loss', delay: 'Delay', level: 'Level' },
    series: {
      mos: 'MOS', loss: 'lost to us', remote: 'lost to them', concealed: 'made up', jitter: 'jitter', rtt: 'round trip',
      buffer: 'buffer', in: 'we hear', out: 'we send',
    },
    loss: 'Loss', jitter: 'Jitter', rtt: 'Round trip', codec: 'Codec', table: 'Figures as a table', second: 'Time', markers: 'Events',
    hear: 'Level we hear', send: 'Level we send', least: 'lowest',
  },
  banner: {
    'no-microphone': (_: number) => 'No microphone: they hear nothing.', 'no-speaker': (_: number) => 'No speaker: you hear nothing.',
    'no-sound': (value: number) => `No sound received for ${Math.round(value)} s. Packets: 0. Hold and resume can open the way again.`,
    'they-lose': (value: number) => `They lose ${Math.round(value)} % of what you say, as their side reports.`,
    'we-lose': (value: number) => `${Math.round(value)} % of their sound is lost on the way to you.`,
    'mic-silent': (_: number) => 'Your microphone is silent. Choose another one under Devices.',
    'they-hear-nothing': (_: number) => 'They may not hear you: nothing of your sound arrives, as their side reports.',
  },
  incoming: {
    label: 'Incoming call', waiting: 'Call waiting', to: (did: string) => `to ${did}`, on: (line: string) => `on ${line}`, answer: 'Answer', decline: 'Decline',
    reason: 'Decline with a reason', busy: 'Busy', unavailable: 'Not available now', never: 'Do not call again', silence: 'Silence the ring',
    silenced: 'Ring silenced', passed: 'Number checked by your provider', failed: 'Number failed the provider’s check', partly: 'Number checked only in part', unchecked: 'Number not checked',
    told: (name: string, did: string) => `Incoming call from ${name} to ${did}`,
    holds: 'Answering puts the call you are in on hold.',
  },
  after: {
    label: 'Call ended', duration: 'Duration', mos: 'MOS lowest / mean', byUs: 'You hung up', byThem: 'They hung up', page: 'Open the call',
    again: 'Call again',
  },
  reason: {
    goesOn: 'Still going on', answered: 'Answered', elsewhere: 'Answered elsewhere', missed: 'Missed', cancelled: 'Cancelled before an answer', interrupted: 'The program ended during the call',
    wrongPassword: 'The password or the user is wrong', 403: 'The provider refuses this call', 404: 'The number is not known',
    408: 'No answer from the provider', 480: 'Not available', 486: 'Busy', 487: 'Cancelled', 488: 'No common codec',
    503: 'The provider has no capacity', 600: 'Busy everywhere', 603: 'Declined', 607: 'Marked as unwanted',
    noAnswer: 'Nobody answered', unreachable: 'The provider could not be reached', failed: 'The call could not be placed',
    refused: 'The call was refused', code: (code: number, reason: string) => `SIP ${code}${reason === '' ? '' : ` ${reason}`}`,
    next: {
      403: 'Show another number of this line, or ask the provider.', 404: 'Check the digits and the country code.',
      408: 'A firewall may drop UDP: try TCP or TLS for this line.', 480: 'Try again later.', 486: 'Try again in some minutes.',
      488: 'Add a codec to the line, or change their order.', 503: 'Another line may get through.',
      failed: 'Open the call to see where it stopped.',
    },
  },
};
