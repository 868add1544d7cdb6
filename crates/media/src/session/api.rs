//! The media session in one hand: what goes in, what comes out.
//!
//! > Call `handle` for each packet, `run` whenever `wake_at` has passed, and after each of them
//! > `poll` until it returns `None`.
//!
//! `now` is the time since the epoch of a monotonic clock that the owner chose. The SSRC, the first
//! sequence number and the first timestamp come from the seed given to `Session::new`. In the
//! steady state none of the calls allocates.

use std::{net::SocketAddr, time::Duration};

use crate::dtmf::KeysError;

/// What a session is told once, at its start.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Our CNAME in RTCP (RFC 3550 §6.5.1); cut to 255 bytes.
    pub cname: String,
    /// Time since 1970-01-01 UTC at the instant that the owner's clock calls zero. It is written
    /// into sender reports and used for nothing else.
    pub wall_clock: Duration,
    /// The least delay that the jitter buffer aims at.
    pub min_delay: Duration,
    /// The most delay that the jitter buffer aims at, 350 ms at most.
    pub max_delay: Duration,
    /// Mean time between two RTCP reports (RFC 3550 §6.2); `None` sends none.
    pub rtcp_interval: Option<Duration>,
    /// For how long after an answer the far end's source may be learnt from its packets.
    pub latch_window: Duration,
    /// After so long without a packet `MediaEvent::Silent` is told.
    pub silent_after: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cname: "milliwatt".to_owned(),
            wall_clock: Duration::ZERO,
            min_delay: Duration::from_millis(10),
            max_delay: Duration::from_millis(300),
            rtcp_interval: Some(Duration::from_secs(5)),
            latch_window: Duration::from_secs(1),
            silent_after: Duration::from_secs(5),
        }
    }
}

/// The port of ours that a datagram came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// The RTP port; with rtcp-mux both kinds.
    Rtp,
    /// The RTCP port.
    Rtcp,
}

/// A datagram as it came from the socket.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// Where it came from.
    pub from: SocketAddr,
    /// Where it came to.
    pub channel: Channel,
    /// All of it.
    pub bytes: &'a [u8],
}

/// Which way sound flows, as agreed in SDP (RFC 3264 §5.1), seen from us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Neither way.
    Inactive,
    /// From the far end only.
    RecvOnly,
    /// To the far end only.
    SendOnly,
    /// Both ways.
    #[default]
    SendRecv,
}

impl Direction {
    /// True where we send.
    pub fn sends(self) -> bool {
        matches!(self, Self::SendOnly | Self::SendRecv)
    }

    /// True where we expect packets.
    pub fn receives(self) -> bool {
        matches!(self, Self::RecvOnly | Self::SendRecv)
    }

    /// The same stream seen from the far end.
    pub fn reversed(self) -> Self {
        match self {
            Self::RecvOnly => Self::SendOnly,
            Self::SendOnly => Self::RecvOnly,
            Self::Inactive | Self::SendRecv => self,
        }
    }
}

/// A codec with the payload types that both sides chose; they may differ by direction (RFC 3264 §5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreedCodec {
    /// Encoding name as in the RTP registry: `PCMU`, `PCMA`.
    pub name: String,
    /// RTP clock rate, Hz.
    pub clock_rate: u32,
    /// Channels.
    pub channels: u8,
    /// Payload type that we send with: the far end's number.
    pub send_pt: u8,
    /// Payload type that we receive: our number.
    pub recv_pt: u8,
    /// The far end's `a=fmtp` parameters.
    pub fmtp: Option<String>,
}

/// What an offer and an answer agreed on: everything that a session needs to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaPlan {
    /// Where our RTP goes.
    pub remote_rtp: SocketAddr,
    /// Where our RTCP goes (RFC 3605); with rtcp-mux the same as RTP.
    pub remote_rtcp: SocketAddr,
    /// RTP and RTCP share one port (RFC 5761).
    pub rtcp_mux: bool,
    /// Which way sound flows.
    pub direction: Direction,
    /// All agreed codecs, the one to send with first.
    pub codecs: Vec<AgreedCodec>,
    /// telephone-event, one for each clock rate (RFC 4733).
    pub dtmf: Vec<AgreedCodec>,
    /// Comfort noise payload type at 8 kHz, if agreed (RFC 3389).
    pub comfort_noise: Option<u8>,
    /// Sound in one packet that we send.
    pub ptime: Duration,
}

/// How digits are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DtmfMode {
    /// As tones in the sound.
    Inband,
    /// As telephone events (RFC 4733).
    #[default]
    Rfc4733,
}

/// What the owner does to a session.
#[derive(Clone, Debug)]
pub enum Control {
    /// A new offer and answer: direction, codec or address changed. Re-arms the source latch.
    Plan(Box<MediaPlan>),
    /// Send digits: `0`-`9`, `*`, `#`, `A`-`D`; `,` pauses for a second. Telephone events go as
    /// tones where they were not agreed on.
    Dtmf {
        /// The digits.
        digits: String,
        /// How.
        mode: DtmfMode,
        /// Length of a tone.
        on: Duration,
        /// Pause after a tone.
        off: Duration,
    },
    /// Send silence instead of the microphone.
    Mute(bool),
    /// Say BYE in RTCP and stop: nothing is captured, played or sent from here on.
    Stop,
}

/// One thing to do or to know, from `poll`.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Send the first `len` bytes of the buffer given to `poll` from the RTP port.
    Rtp {
        /// Where to.
        to: SocketAddr,
        /// Bytes.
        len: usize,
    },
    /// Send the first `len` bytes of the buffer given to `poll` from the RTCP port.
    Rtcp {
        /// Where to.
        to: SocketAddr,
        /// Bytes.
        len: usize,
    },
    /// Something that the owner should know.
    Event(MediaEvent),
}

/// What a session tells.
#[derive(Clone, Debug, PartialEq)]
pub enum MediaEvent {
    /// The first packet of the far end arrived.
    FirstPacket,
    /// A digit was heard.
    Digit {
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digit: char,
        /// By telephone event, or in the sound.
        mode: DtmfMode,
        /// How long it was held.
        duration: Duration,
        /// It came without an end packet.
        unfinished: bool,
    },
    /// All digits of a `Control::Dtmf` are sent.
    DtmfSent,
    /// The digits of a `Control::Dtmf` were not taken, none of them.
    DtmfRefused(KeysError),
    /// No packet came for five seconds although the far end should send.
    Silent(Duration),
    /// Packets come again.
    Resumed,
    /// The far end's source changed to this address and was followed (it may be followed once).
    Latched(SocketAddr),
    /// Packets from another address were refused; told once a second at most.
    Intruder(SocketAddr),
    /// The far end's SSRC changed.
    SsrcChanged,
    /// A payload type came that was not agreed; told once for each.
    UnexpectedPayload(u8),
    /// The far end changed to another agreed codec.
    CodecChanged(u8),
    /// RTCP BYE came.
    Bye,
    /// The port's source came to its end.
    SourceEnded,
    /// One second has passed.
    Tick(Box<Quality>),
}

/// Which way no sound passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OneWay {
    /// We hear nothing.
    In,
    /// They hear nothing, as far as their reports tell.
    Out,
    /// Both.
    Both,
}

/// Figures of one direction and one span of time. Counts are packets, levels are active speech
/// levels after P.56 in dBov, `None` is unknown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quality {
    /// Length of the span.
    pub span: Duration,
    /// Packets that we sent.
    pub sent: u64,
    /// Packets received, duplicates left out.
    pub received: u64,
    /// Packets that never came.
    pub lost: u64,
    /// Packets that came too late to be played.
    pub late: u64,
    /// Packets that came twice.
    pub duplicated: u64,
    /// Packets that came after a later one.
    pub reordered: u64,
    /// Longest run of packets that were not played: lost, or late.
    pub longest_loss: u64,
    /// Sound of the longest run of packets that never came, of the call up to the end of the span.
    pub longest_gap: Duration,
    /// Mean inter-arrival jitter (RFC 3550 §6.4.1), ms.
    pub jitter_ms: f32,
    /// The largest of it, ms.
    pub jitter_max_ms: f32,
    /// Loss that the far end reports, per cent.
    pub remote_loss_percent: Option<f32>,
    /// Jitter that the far end reports, ms.
    pub remote_jitter_ms: Option<f32>,
    /// Round trip from LSR and DLSR, ms.
    pub rtt_ms: Option<f32>,
    /// Mean delay in the jitter buffer, ms.
    pub buffer_ms: f32,
    /// Share of the played sound that was made up, per cent.
    pub concealed_percent: f32,
    /// Burst ratio after G.107 (1 = random loss).
    pub burst_ratio: f32,
    /// Loss within bursts, late packets included (RFC 3611 §4.7.2), per cent.
    pub burst_percent: f32,
    /// Loss in the gaps between bursts, per cent.
    pub gap_percent: f32,
    /// Transmission rating after G.107, with delay.
    pub r_factor: Option<f32>,
    /// Estimated conversational MOS.
    pub mos_cq: Option<f32>,
    /// Estimated listening MOS.
    pub mos_lq: Option<f32>,
    /// What we hear, dBov.
    pub level_in_dbov: Option<f32>,
    /// What we send, dBov.
    pub level_out_dbov: Option<f32>,
    /// Share of received samples at full scale, per cent.
    pub clipped_percent: f32,
    /// Share of what we hear that was silence, or nothing, per cent.
    pub silence_percent: f32,
    /// How long what we hear has been silence, or nothing, up to the end of the span.
    pub silence_in: Duration,
    /// The direction, if any, in which sound should pass and none does.
    pub one_way: Option<OneWay>,
    /// Drift of the far end's clock against ours, parts per million; `None` before 10 s.
    pub drift_ppm: Option<f32>,
}
