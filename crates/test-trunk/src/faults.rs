//! Fault switches: what a carrier can do wrong, on demand.

use std::time::Duration;

/// One switch, for help and `explain`.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Its name.
    pub name: &'static str,
    /// How it is written, with its value.
    pub form: &'static str,
    /// What it does.
    pub what: &'static str,
}

/// Why a switch could not be set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// There is no such switch.
    #[error("there is no fault '{0}': `milliwatt explain` lists them")]
    Unknown(String),
    /// Its value is not of the right kind.
    #[error("fault '{name}' is written {form}")]
    Value {
        /// Its name.
        name: &'static str,
        /// How it is written.
        form: &'static str,
    },
}

/// Which certificate TLS shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShownCertificate {
    /// It ended years ago.
    Expired,
    /// A good one.
    #[default]
    Good,
    /// From an authority that nobody was told of.
    UnknownCa,
    /// Signed, but with a key that is too weak for today.
    Weak,
    /// For another name.
    WrongName,
}

/// What DNS does wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DnsFault {
    /// The first SRV target takes no connection.
    FirstDead,
    /// Nothing.
    #[default]
    None,
    /// SRV targets have no address.
    NoAddress,
    /// NAPTR leaves out all transports but UDP.
    NaptrUdpOnly,
    /// The name does not exist.
    NxDomain,
    /// The second SRV target takes no connection.
    SecondDead,
    /// The second SRV target takes connections and datagrams, and says nothing.
    SecondSilent,
    /// One server only.
    Single,
    /// Answers come after 700 ms.
    Slow,
}

/// A direction, seen from the phone that dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It hears nothing.
    In,
    /// It is not heard.
    Out,
}

/// All switches as they stand.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "FAULTS documents each by name")]
pub struct Faults {
    pub alg_contact: bool,
    pub alg_sdp: bool,
    pub alg_via: bool,
    pub burst: Option<Duration>,
    pub busy_code: Option<u16>,
    pub bye_delay: Duration,
    pub bye_lost: bool,
    pub bye_unanswered: bool,
    pub caller_id: Option<String>,
    pub cancel_ignored: bool,
    pub cancel_lost: bool,
    pub cert: ShownCertificate,
    pub challenge_broken: bool,
    pub delay: Duration,
    pub did_unrouted: bool,
    pub dns: DnsFault,
    pub dtmf_lost: Option<char>,
    pub dtmf_short_lost: Duration,
    pub duplicate: f32,
    pub early_ring: Option<Duration>,
    pub expires: Option<u32>,
    pub expires_refused: bool,
    pub few_methods: bool,
    pub invite_refused: bool,
    pub jitter: Duration,
    pub late_offer: bool,
    pub loss: f32,
    pub md5_only: bool,
    pub nat: Option<std::net::SocketAddr>,
    pub nat_symmetric: bool,
    pub no_dtmf: bool,
    pub no_rtp: bool,
    pub one_way: Option<Heard>,
    pub options_delay: Duration,
    pub options_silent: bool,
    pub other_did: Option<String>,
    pub reliable: bool,
    pub reorder: f32,
    pub ring_then_480: bool,
    pub rtp_timeout: Option<Duration>,
    pub seed: u64,
    pub service_unavailable: Option<u32>,
    pub session_timer: Option<u32>,
    pub silence: bool,
    pub stale_nonce: bool,
    pub tls_closed: bool,
    pub unregister_ignored: bool,
    pub wrong_password: bool,
    pub wrong_payload: bool,
}

const fn fault(name: &'static str, form: &'static str, what: &'static str) -> Fault {
    Fault { name, form, what }
}

/// Every switch.
pub const FAULTS: &[Fault] = &[
    fault(
        "100rel",
        "100rel",
        "Provisional responses of the answerers are sent reliably and must be acknowledged by PRACK.",
    ),
    fault(
        "alg",
        "alg",
        "Contact, Via and the origin of SDP are rewritten as a router's SIP helper does.",
    ),
    fault(
        "alg-contact",
        "alg-contact",
        "The Contact of a registration is rewritten, and nothing else.",
    ),
    fault("alg-sdp", "alg-sdp", "The origin of SDP is rewritten, and nothing else."),
    fault("alg-via", "alg-via", "The Via is rewritten, and nothing else."),
    fault(
        "burst",
        "burst=200ms",
        "Packets are lost in bursts of this mean length; the share is that of loss (3 % when not set).",
    ),
    fault(
        "busy-code",
        "busy-code=503",
        "Busy of a called phone is told to the caller as this code.",
    ),
    fault("bye-delay", "bye-delay=3s", "The end of a call is confirmed this late."),
    fault("bye-lost", "bye-lost", "The end of a call is not told to the other side."),
    fault(
        "bye-unanswered",
        "bye-unanswered",
        "The end of a call is told to the other side, and never confirmed to the one that hung up.",
    ),
    fault(
        "caller-id",
        "caller-id=+15559999",
        "Called phones see this number instead of the caller's.",
    ),
    fault(
        "cancel-ignored",
        "cancel-ignored",
        "A call that the caller takes back goes on ringing, for three minutes at most.",
    ),
    fault(
        "cancel-lost",
        "cancel-lost",
        "A call that the caller takes back ends for the caller alone: the called phone is told by nobody.",
    ),
    fault(
        "cert",
        "cert=expired|wrong-name|unknown-ca|weak",
        "The certificate that TLS shows. The weak one is signed by SHA-1 and a 1024-bit RSA key; its \
         own key has 2048 bits.",
    ),
    fault(
        "challenge-broken",
        "challenge-broken",
        "Digest is asked for with an algorithm that nobody knows.",
    ),
    fault("delay", "delay=80ms", "Sound arrives this much later."),
    fault("did-unrouted", "did-unrouted", "Calls to DIDs are refused with 404."),
    fault(
        "dns",
        "dns=slow|nxdomain|first-dead|second-dead|second-silent|single|no-address|naptr-udp-only",
        "What DNS does wrong.",
    ),
    fault("dtmf-lost", "dtmf-lost=4", "This digit never arrives."),
    fault(
        "dtmf-short-lost",
        "dtmf-short-lost=60ms",
        "Digits that are held for less than this never arrive.",
    ),
    fault("duplicate", "duplicate=1", "Share of packets that arrive twice, per cent."),
    fault(
        "early-ring",
        "early-ring=1s",
        "The caller of a phone is told at once that it rings, and the phone is called this much later.",
    ),
    fault(
        "expires",
        "expires=30",
        "Registrations last this many seconds, whatever is asked for; without it 60 to 3600.",
    ),
    fault(
        "expires-refused",
        "expires-refused",
        "Every time asked for is refused with 423, without a time that would do.",
    ),
    fault("few-methods", "few-methods", "Allow leaves out BYE and CANCEL."),
    fault("invite-refused", "invite-refused", "Registration works, calls are refused with 403."),
    fault(
        "jitter",
        "jitter=20ms",
        "Packets arrive unevenly: the jitter of RFC 3550 is this, give or take 30 %. From 20 ms on they \
         overtake each other.",
    ),
    fault("late-offer", "late-offer", "Called phones get an INVITE without SDP."),
    fault("loss", "loss=3", "Share of packets that are lost, per cent."),
    fault("md5-only", "md5-only", "Digest is asked for with MD5 only."),
    fault("nat", "nat=100.64.7.7:4711", "Phones are told that they are seen at this address."),
    fault(
        "nat-symmetric",
        "nat-symmetric",
        "The second STUN port sees phones at another port than the first.",
    ),
    fault("no-dtmf", "no-dtmf", "telephone-event is taken out of every SDP."),
    fault("no-rtp", "no-rtp", "No sound is passed on, either way."),
    fault(
        "one-way",
        "one-way=in|out",
        "The phone that dialled hears nothing (in), or is not heard (out).",
    ),
    fault("options-delay", "options-delay=400ms", "OPTIONS is answered this much later."),
    fault("options-silent", "options-silent", "OPTIONS is not answered."),
    fault(
        "other-did",
        "other-did=+15550105",
        "Called phones are told that this number was dialled.",
    ),
    fault("reorder", "reorder=2", "Share of packets that arrive after later ones, per cent."),
    fault("ring-then-480", "ring-then-480", "Calls ring and are then refused with 480."),
    fault(
        "rtp-timeout",
        "rtp-timeout=30s",
        "A call is ended after so long without sound from the phone that dialled.",
    ),
    fault("seed", "seed=1", "Where all chance of the network comes from."),
    fault(
        "service-unavailable",
        "service-unavailable=30",
        "Everything but OPTIONS is refused with 503 and this Retry-After.",
    ),
    fault(
        "session-timer",
        "session-timer=90",
        "Answers ask for session refreshes by the caller at this interval, seconds.",
    ),
    fault("silence", "silence", "Packets come, and all sound in them is silence, either way."),
    fault(
        "stale-nonce",
        "stale-nonce",
        "Each request is told that its nonce is stale, and taken at the next try.",
    ),
    fault("tls-closed", "tls-closed", "The TLS port takes connections and closes them."),
    fault("unregister-ignored", "unregister-ignored", "A registration that is taken back stays."),
    fault("wrong-password", "wrong-password", "No password is right."),
    fault(
        "wrong-payload",
        "wrong-payload",
        "Sound is passed on with payload type 35, which was not agreed.",
    ),
];

impl Faults {
    /// Sets a switch from `NAME` or `NAME=VALUE`.
    ///
    /// # Errors
    /// [`FaultError`], a sentence for the user.
    pub fn set(&mut self, text: &str) -> Result<(), FaultError> {
        let (name, value) = text.split_once('=').map_or((text, None), |(n, v)| (n, Some(v)));
        let known = FAULTS.iter().find(|fault| fault.name == name);
        let known = known.ok_or_else(|| FaultError::Unknown(name.to_owned()))?;
        let set = match value {
            None => self.switch(name),
            Some(value) => self.assign(name, value),
        };
        set.ok_or(FaultError::Value { name: known.name, form: known.form })
    }

    fn switch(&mut self, name: &str) -> Option<()> {
        let place = match name {
            "100rel" => &mut self.reliable,
            "alg" => {
                (self.alg_contact, self.alg_sdp) = (true, true);
                &mut self.alg_via
            }
            "alg-contact" => &mut self.alg_contact,
            "alg-sdp" => &mut self.alg_sdp,
            "alg-via" => &mut self.alg_via,
            "bye-lost" => &mut self.bye_lost,
            "bye-unanswered" => &mut self.bye_unanswered,
            "cancel-ignored" => &mut self.cancel_ignored,
            "cancel-lost" => &mut self.cancel_lost,
            "challenge-broken" => &mut self.challenge_broken,
            "did-unrouted" => &mut self.did_unrouted,
            "expires-refused" => &mut self.expires_refused,
            "few-methods" => &mut self.few_methods,
            "invite-refused" => &mut self.invite_refused,
            "late-offer" => &mut self.late_offer,
            "md5-only" => &mut self.md5_only,
            "nat-symmetric" => &mut self.nat_symmetric,
            "no-dtmf" => &mut self.no_dtmf,
            "no-rtp" => &mut self.no_rtp,
            "options-silent" => &mut self.options_silent,
            "ring-then-480" => &mut self.ring_then_480,
            "silence" => &mut self.silence,
            "stale-nonce" => &mut self.stale_nonce,
            "tls-closed" => &mut self.tls_closed,
            "unregister-ignored" => &mut self.unregister_ignored,
            "wrong-password" => &mut self.wrong_password,
            "wrong-payload" => &mut self.wrong_payload,
            _ => return None,
        };
        *place = true;
        Some(())
    }

    fn assign(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "burst" => self.burst = Some(time(value)?),
            "busy-code" => {
                self.busy_code = Some(value.parse().ok().filter(|c| (300..700).contains(c))?)
            }
            "bye-delay" => self.bye_delay = time(value)?,
            "caller-id" => self.caller_id = Some(value.to_owned()),
            "cert" => self.cert = certificate(value)?,
            "delay" => self.delay = time(value)?,
            "dns" => self.dns = dns(value)?,
            "dtmf-lost" => {
                self.dtmf_lost = Some(value.chars().next().filter(|_| value.len() == 1)?)
            }
            "dtmf-short-lost" => self.dtmf_short_lost = time(value)?,
            "duplicate" => self.duplicate = share(value)?,
            "early-ring" => self.early_ring = Some(time(value)?),
            "expires" => self.expires = Some(value.parse().ok()?),
            "jitter" => self.jitter = time(value)?,
            "loss" => self.loss = share(value)?,
            "nat" => self.nat = Some(value.parse().ok()?),
            "one-way" => {
                self.one_way = Some(match value {
                    "in" => Heard::In,
                    "out" => Heard::Out,
                    _ => return None,
                });
            }
            "options-delay" => self.options_delay = time(value)?,
            "other-did" => self.other_did = Some(value.to_owned()),
            "reorder" => self.reorder = share(value)?,
            "rtp-timeout" => self.rtp_timeout = Some(time(value)?),
            "seed" => self.seed = value.parse().ok()?,
            "service-unavailable" => self.service_unavailable = Some(value.parse().ok()?),
            "session-timer" => self.session_timer = Some(value.parse().ok()?),
            _ => return None,
        }
        Some(())
    }
}

impl Faults {
    /// True where a fault is set that only STUN can show.
    pub fn want_stun(&self) -> bool {
        self.nat_symmetric
    }

    /// True where a fault is set that only DNS can show.
    pub fn want_dns(&self) -> bool {
        self.dns != DnsFault::None
    }
}

fn certificate(value: &str) -> Option<ShownCertificate> {
    Some(match value {
        "expired" => ShownCertificate::Expired,
        "unknown-ca" => ShownCertificate::UnknownCa,
        "weak" => ShownCertificate::Weak,
        "wrong-name" => ShownCertificate::WrongName,
        _ => return None,
    })
}

fn dns(value: &str) -> Option<DnsFault> {
    Some(match value {
        "first-dead" => DnsFault::FirstDead,
        "naptr-udp-only" => DnsFault::NaptrUdpOnly,
        "no-address" => DnsFault::NoAddress,
        "nxdomain" => DnsFault::NxDomain,
        "second-dead" => DnsFault::SecondDead,
        "second-silent" => DnsFault::SecondSilent,
        "single" => DnsFault::Single,
        "slow" => DnsFault::Slow,
        _ => return None,
    })
}

fn share(value: &str) -> Option<f32> {
    value.parse().ok().filter(|percent| (0.0..=100.0).contains(percent))
}

fn time(value: &str) -> Option<Duration> {
    let (number, factor) = match value.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (value.strip_suffix('s')?, 1.0),
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * factor).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_switch_can_be_set_as_it_is_written() {
        for fault in FAULTS {
            let (name, value) = fault.form.split_once('=').unwrap_or((fault.form, ""));
            assert_eq!(name, fault.name);
            for value in value.split('|') {
                let text =
                    if value.is_empty() { name.to_owned() } else { format!("{name}={value}") };
                let mut faults = Faults::default();
                assert_eq!(faults.set(&text), Ok(()), "{text}");
                assert!(faults != Faults::default(), "{text} changes nothing");
            }
        }
    }

    #[test]
    fn a_wrong_value_is_told_how_it_is_written() {
        let mut faults = Faults::default();
        for wrong in
            ["loss", "loss=x", "loss=101", "delay=80", "alg=1", "one-way=up", "dtmf-lost=44"]
        {
            assert!(matches!(faults.set(wrong), Err(FaultError::Value { .. })), "{wrong}");
        }
        assert!(matches!(faults.set("gremlins"), Err(FaultError::Unknown(_))));
    }
}
