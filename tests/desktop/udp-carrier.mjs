// A carrier of a few lines over UDP: it takes a registration and calls, sends their sound back, and rings.
// What comes is noted with its time, in milliseconds of the wall clock.
import { createHash, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';

const CRLF = '\r\n';
const REALM = 'carrier';
/** The number of the phone. */
const DID = '+15550100';
/** What an answer takes over from its request (RFC 3261 8.2.6.2). */
const KEPT = ['Via', 'From', 'To', 'Call-ID', 'CSeq'];

/** The time, ms since 1970 with their fraction. */
export const now = () => performance.timeOrigin + performance.now();

const token = () => randomBytes(8).toString('hex');
/** As a quoted-string (RFC 3261 25.1). */
const quoted = (text) => `"${text.replace(/["\\]/g, '\\$&')}"`;
const md5 = (text) => createHash('md5').update(text).digest('hex');

/** Octets of an RTP packet before its sound (RFC 3550 5.1). */
const RTP_HEADER = 12;
/** Samples of a packet of µ-law reach its third segment, 38 dB below full scale; G.711 inverts the octets. */
const isLoud = (packet) => packet.subarray(RTP_HEADER).some((octet) => (~octet & 0x70) >= 0x20);

class Message {
  constructor(text) {
    const end = text.indexOf(CRLF + CRLF);
    const [first, ...rows] = text.slice(0, end).split(CRLF);
    this.first = first;
    this.rows = rows.map((row) => row.split(/:\s*(.*)/s).slice(0, 2));
    this.body = text.slice(end + 4);
    this.method = first.startsWith('SIP/') ? null : first.split(' ')[0];
    this.code = this.method ? null : Number(first.split(' ')[1]);
  }

  all(name) {
    return this.rows.filter(([one]) => one.toLowerCase() === name.toLowerCase());
  }

  get(name) {
    return this.all(name)[0]?.[1] ?? '';
  }
}

/**
 * One call, whoever began it. `heard`: when the last packet of its sound came; `loud`: when the last one that is not
 * silence did; `ended`: when its end was told; `way`: the direction of the phone's last offer.
 */
class Call {
  #opened = null;
  heard = null;
  loud = null;
  ended = null;
  up = false;
  code = null;
  way = 'sendrecv';
  tag = token();

  constructor(id) {
    this.id = id;
    this.sound = createSocket('udp4');
    // Every packet goes back to where it came from.
    this.sound.on('message', (packet, from) => {
      this.heard = now();
      if (isLoud(packet)) this.loud = this.heard;
      this.sound.send(packet, from.port, from.address);
    });
  }

  /** Has a place for its sound from here on, also when it is asked for again meanwhile. */
  open() {
    this.#opened ??= new Promise((bound) => this.sound.bind(0, '127.0.0.1', () => bound(this)));
    return this.#opened;
  }

  end() {
    if (this.ended !== null) return;
    this.ended = now();
    this.up = false;
    // What is on its way when a call ends is heard as well.
    setTimeout(() => this.sound.close(), 1000).unref();
  }

  /** Our description of the sound, its direction the other way round of theirs. */
  sdp(theirs = '') {
    this.way = /^a=(sendonly|inactive)/m.exec(theirs)?.[1] ?? 'sendrecv';
    const way = { sendonly: 'recvonly', inactive: 'inactive', sendrecv: 'sendrecv' }[this.way];
    const rows = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', `m=audio ${this.sound.address().port} RTP/AVP 0`, `a=${way}`];
    return rows.join(CRLF) + CRLF;
  }
}

export class UdpCarrier {
  /** Where the phone can be reached, once it has registered. */
  contact = null;
  /** REGISTERs that were granted, by their CSeq: one that came twice counts once. */
  registered = new Set();
  /** Seconds for which a registration is granted. */
  grants = 3600;
  /** Calls by their Call-ID, in the order in which they came. */
  calls = new Map();
  /** Texts to the phone by their Call-ID. */
  texts = new Map();
  /** INVITEs of new calls that came, by their time. */
  invites = [];
  /** Status with which calls of the phone are refused; `null` takes them. */
  refusal = null;
  /** It hears nothing, and counts what it does not hear. */
  deaf = false;
  unheard = 0;

  /** `password`: what the user `alice` must know; `null` lets everybody in. */
  static async start(password = null) {
    const carrier = new UdpCarrier();
    carrier.password = password;
    carrier.socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
    carrier.socket.on('message', (bytes, from) => carrier.#take(bytes.toString('latin1'), from));
    await new Promise((bound) => carrier.socket.bind(0, '127.0.0.1', bound));
    carrier.port = carrier.socket.address().port;
    return carrier;
  }

  end() {
    this.calls.forEach((call) => call.end());
    this.socket.close();
  }

  /** The settings of a trunk to it. */
  trunk(name, rows = '') {
    return `[trunk]\nname = "${name}"\ndomain = "127.0.0.1:${this.port}"\nuser = "alice"\n${rows}\n[numbers]\ndids = ["${DID}"]\ndid_in = "to"\ncountry = "US"\n[test]\nbilled = false\n`;
  }

  /** Rings the phone; further header fields say more of who calls. */
  async ring(from = '+15550123', name = 'Ada', ...rows) {
    const call = await new Call(`${token()}@carrier`).open();
    call.theirs = { from, name, uri: this.contact.uri };
    this.calls.set(call.id, call);
    this.#request(call, 'INVITE', 1, ['Content-Type: application/sdp', `Contact: <sip:carrier@127.0.0.1:${this.port}>`, ...rows], call.sdp());
    return call;
  }

  /** Sends the phone a text (RFC 3428); its `code` is there once the phone has answered. */
  write(body) {
    const text = { id: `${token()}@carrier`, tag: token(), code: null, theirs: { from: '+15550123', name: 'Ada', uri: this.contact.uri } };
    this.texts.set(text.id, text);
    this.#request(text, 'MESSAGE', 1, ['Content-Type: text/plain'], body);
    return text;
  }

  /** Gives up a call that rings; further header fields say why. */
  cancel(call, ...rows) {
    this.#request(call, 'CANCEL', 1, rows, '', 'INVITE');
  }

  /** Hangs a call up that it began and that was answered. */
  hangUp(call) {
    this.#request(call, 'BYE', 2, [], '');
    call.end();
  }

  /** `of`: whose transaction it belongs to (RFC 3261 17.1.1.3, 9.1). */
  #request(call, method, number, rows, body, of = method) {
    const { from, name, uri, to = `<sip:${DID}@127.0.0.1>` } = call.theirs;
    const head = [
      `${method} ${uri} SIP/2.0`, `Via: SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK${call.tag}${of}`, 'Max-Forwards: 70',
      `From: ${quoted(name)} <sip:${from}@127.0.0.1:${this.port}>;tag=${call.tag}`, `To: ${to}`, `Call-ID: ${call.id}`, `CSeq: ${number} ${method}`,
    ];
    this.#send([...head, ...rows], body, this.contact);
  }

  #send(rows, body, to) {
    const text = [...rows, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join(CRLF);
    this.socket.send(text, to.port, to.address);
  }

  #answer(request, from, status, { call, rows = [], body = '' } = {}) {
    const tag = call?.tag ?? 'carrier';
    const kept = KEPT.flatMap((name) => request.all(name)).map(([name, value]) => `${name}: ${name === 'To' && !value.includes('tag=') ? `${value};tag=${tag}` : value}`);
    this.#send([`SIP/2.0 ${status}`, ...kept, ...rows], body, from);
  }

  async #take(text, from) {
    if (text.trim() === '') return;
    if (this.deaf) return void (this.unheard += 1);
    const at = now();
    const message = new Message(text);
    const call = this.calls.get(message.get('Call-ID'));
    const written = this.texts.get(message.get('Call-ID'));
    if (written) return void (written.code = message.code);
    if (message.code !== null) return call && this.#answered(message, call, from);
    switch (message.method) {
      case 'REGISTER':
        return this.#register(message, from);
      case 'INVITE':
        return this.#invite(message, from, at, call);
      case 'ACK':
        if (call) {
          call.up = call.ended === null;
          call.agreed = call.way;
        }
        return undefined;
      case 'CANCEL':
        this.#answer(message, from, '200 OK');
        if (!call?.invite) return undefined;
        this.#answer(call.invite, from, '487 Request Terminated', { call });
        return call.end();
      case 'BYE':
        call?.end();
    }
    return this.#answer(message, from, '200 OK');
  }

  #register(message, from) {
    const answer = message.get('Authorization');
    if (this.password !== null && !this.#isRight(answer)) {
      return this.#answer(message, from, '401 Unauthorized', { rows: [`WWW-Authenticate: Digest realm="${REALM}", nonce="${token()}", algorithm=MD5`] });
    }
    const contact = message.get('Contact');
    if (message.get('Expires') === '0' || /expires=0/.test(contact)) {
      this.contact = null;
      return this.#answer(message, from, '200 OK');
    }
    this.contact = { ...from, uri: /<([^>]+)>/.exec(contact)?.[1] };
    this.registered.add(message.get('CSeq'));
    return this.#answer(message, from, '200 OK', { rows: [`Contact: ${contact}`, `Expires: ${this.grants}`] });
  }

  /** Digest as in RFC 2617 3.2.2, without qop. */
  #isRight(answer) {
    const part = (name) => new RegExp(`${name}="([^"]+)"`).exec(answer)?.[1];
    return part('response') === md5([md5(`alice:${REALM}:${this.password}`), part('nonce'), md5(`REGISTER:${part('uri')}`)].join(':'));
  }

  async #invite(message, from, at, known) {
    const call = known ?? new Call(message.get('Call-ID'));
    if (!known) {
      this.invites.push(at);
      this.calls.set(call.id, call);
      call.invite = message;
    }
    // An INVITE may come again before there is a place for the sound.
    await call.open();
    if (this.refusal !== null) {
      call.end();
      return this.#answer(message, from, this.refusal, { call });
    }
    const rows = ['Content-Type: application/sdp', `Contact: <sip:carrier@127.0.0.1:${this.port}>`];
    this.#answer(message, from, '200 OK', { call, rows, body: call.sdp(message.body) });
  }

  #answered(message, call, from) {
    if (!message.get('CSeq').includes('INVITE')) return;
    call.code = message.code;
    if (message.code < 200) return;
    call.theirs.to = message.get('To');
    call.up = message.code < 300;
    if (call.up) call.theirs.uri = /<([^>]+)>/.exec(message.get('Contact'))[1];
    this.#request(call, 'ACK', 1, [], '', call.up ? 'ACK' : 'INVITE');
    if (!call.up) call.end();
  }
}
