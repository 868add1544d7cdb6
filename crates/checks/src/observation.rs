//! What was seen, for all checks to judge. Nothing here changes once it is taken.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use milliwatt_engine::{
    api::{CallReport, Dtmf, Media, Registration, Side, WRONG_PAYLOAD},
    probe::NatReport,
    trace::{ByeAnswer, Echo},
};

use crate::{
    plan::{Callee, Plan},
    report::Obstacle,
    verdict::{Fault, Finding},
};

/// Everything that a run saw.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    /// Answers of DNS.
    pub dns: Option<Dns>,
    /// Handshakes.
    pub tls: Option<Tls>,
    /// OPTIONS, one entry each.
    pub options: Vec<Options>,
    /// One OPTIONS to each server besides the one that answered the first of them.
    pub servers: Vec<(SocketAddr, Options)>,
    /// Servers to which this host has no way.
    pub no_route: Vec<SocketAddr>,
    /// Servers that were not looked at: DNS names more than a run has time for.
    pub not_asked: Vec<SocketAddr>,
    /// The registration.
    pub registration: Option<Registering>,
    /// The INVITE that was taken back.
    pub challenge: Option<Invite>,
    /// Calls.
    pub calls: Vec<Call>,
    /// A short call to each of our numbers.
    pub dids: Vec<Call>,
    /// Numbers of ours that were not dialled.
    pub not_dialled: Vec<(String, NotDialled)>,
    /// Our address as this host knows it and as the trunk sees it, when the trunk told.
    pub address: Option<(String, String)>,
    /// How STUN servers see our address, where some are set.
    pub nat: Option<NatReport>,
    /// The signalling is encrypted: no router on the way can change it.
    pub secure: bool,
    /// Our Contact, as the registrar lists it.
    pub contact: Option<Echo>,
    /// Host and port of our Via, as they come back in responses.
    pub via: Option<Echo>,
    /// The registration, taken back.
    pub unregistered: Option<Unregistered>,
    /// What keeps the run from going on as it should.
    pub obstacle: Option<Obstacle>,
}

impl Observation {
    /// The call whose called side did this.
    pub fn call(&self, callee: Callee) -> Option<&Call> {
        self.calls.iter().find(|call| call.callee == callee)
    }

    /// True where a call was not let in with our password.
    pub fn is_refused(&self, callee: Callee) -> bool {
        self.call(callee).is_some_and(Call::is_refused)
    }

    /// The answered call, if there was one and both sides took part.
    pub fn talk(&self) -> Option<(&Call, &Leg)> {
        let call = self.call(Callee::Answers)?;
        Some((call, call.called.as_ref()?))
    }

    /// Judges the server by its handshake, where one came to its end.
    pub fn judge_handshake(&self, judge: impl FnOnce(&Tls) -> Finding) -> Finding {
        let Some(tls) = &self.tls else { return Finding::nothing_to_see("no handshake was made") };
        match &tls.failed {
            Some(why) => {
                Finding::fail(Fault::Network, format!("No secure connection came up: {why}."))
            }
            None => judge(tls),
        }
    }

    /// A figure of the answered call: that of the side for which `worse` picks it.
    ///
    /// # Errors
    /// What to say where neither side has that figure.
    pub fn worst(
        &self,
        figure: impl Fn(&Media) -> Option<f64>,
        worse: fn(f64, f64) -> f64,
    ) -> Result<f64, Finding> {
        let Some((call, called)) = self.talk() else {
            return Err(Finding::nothing_to_see("no call was answered"));
        };
        let sides = [call.calling.media(), called.media()].into_iter().flatten();
        let worst = sides.filter_map(figure).reduce(worse);
        worst.ok_or_else(|| Finding::nothing_to_see("no sound was received"))
    }

    /// What was recorded in the calls of a plan.
    pub(crate) fn recordings(&self, plan: &Plan) -> impl Iterator<Item = &PathBuf> {
        let invite = self.challenge.as_ref().filter(|_| *plan == Plan::Challenge);
        let calls = self.calls_of(plan).flat_map(|call| &call.recordings);
        calls.chain(invite.into_iter().flat_map(|invite| &invite.recordings))
    }

    /// The end of a call of a plan that was hung up because no more was paid for.
    pub(crate) fn cut_short(&self, plan: &Plan) -> Option<Cut> {
        self.calls_of(plan).find_map(|call| call.cut)
    }

    fn calls_of(&self, plan: &Plan) -> impl Iterator<Item = &Call> {
        let one = if let Plan::Call(call) = plan { self.call(call.callee) } else { None };
        let each = matches!(plan, Plan::Dids(_));
        one.into_iter().chain(self.dids.iter().filter(move |_| each))
    }
}

/// Why a number of ours was not dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotDialled {
    /// It may reach an emergency service.
    Emergency,
    /// `test.allow` does not name it.
    NotAllowed,
    /// The budget does not reach to it.
    OverBudget,
    /// There are more numbers than a run has time for.
    TooMany,
}

/// One SRV record and the addresses behind it.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// Target name.
    pub name: String,
    /// Port.
    pub port: u16,
    /// Priority: the lowest is tried first.
    pub priority: u16,
    /// Addresses.
    pub addresses: Vec<std::net::IpAddr>,
}

/// What DNS said.
#[derive(Clone, Debug, Default)]
pub struct Dns {
    /// The name does not exist.
    pub no_such_name: bool,
    /// Why DNS could not be asked.
    pub failed: Option<String>,
    /// NAPTR offers the transport that the trunk is set to.
    pub offers_our_transport: bool,
    /// Services of NAPTR, such as `SIP+D2U`.
    pub naptr: Vec<String>,
    /// Servers of SRV for our transport.
    pub srv: Vec<Server>,
    /// Addresses of the name itself.
    pub addresses: Vec<std::net::IpAddr>,
    /// The slowest address answer, ms.
    pub slowest_ms: f64,
}

/// What TLS showed.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// TCP came up with one server at least.
    pub reached: bool,
    /// Why no handshake came to its end with any server.
    pub failed: Option<String>,
    /// A server that took the connection and refused the handshake, and why.
    pub refused: Option<String>,
    /// Version that a modern client gets, `TLSv1.3`.
    pub version: Option<String>,
    /// Cipher suite.
    pub suite: Option<String>,
    /// TLS 1.2 is offered.
    pub accepts_1_2: bool,
    /// TLS 1.1 or 1.0 is accepted.
    pub accepts_old: bool,
    /// Why the chain is not trusted, name and dates apart.
    pub chain_error: Option<String>,
    /// The certificate is for the name that was asked for.
    pub name_matches: bool,
    /// The names in the certificate.
    pub names: Vec<String>,
    /// Only the common name matches.
    pub common_name_only: bool,
    /// Days until the certificate ends; negative when it has ended.
    pub days_left: Option<f64>,
}

/// One OPTIONS.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Final response; `None` when none came.
    pub code: Option<u16>,
    /// Reason phrase, or what went wrong.
    pub reason: String,
    /// Time to the answer, ms.
    pub took_ms: f64,
    /// How often it had to be sent again.
    pub retransmits: u32,
    /// Headers of the answer.
    pub headers: Vec<(String, String)>,
    /// Who answered.
    pub remote: Option<SocketAddr>,
}

/// A challenge as the trunk wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenges {
    /// Values of WWW-Authenticate and Proxy-Authenticate.
    pub values: Vec<String>,
    /// The algorithm that was answered; `None` when none is known.
    pub chosen: Option<String>,
}

/// One REGISTER with the time that it asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Seconds asked for.
    pub asked: u32,
    /// How it came out.
    pub state: Registration,
}

/// The registration from start to end.
#[derive(Clone, Debug, Default)]
pub struct Registering {
    /// Each REGISTER with another time asked for, the trunk's own first.
    pub asked: Vec<Asked>,
    /// What the trunk asked of us.
    pub challenges: Option<Challenges>,
    /// Our Contact as we wrote it.
    pub contact: Option<String>,
}

/// What is left of a registration that was taken back.
#[derive(Clone, Debug, Default)]
pub struct Unregistered {
    /// Our Contact as we wrote it.
    pub contact: String,
    /// The final response to the question what is left.
    pub code: Option<u16>,
    /// Bindings that are left; `None` when the registrar did not tell.
    pub left: Option<Vec<String>>,
}

/// The INVITE that was taken back.
#[derive(Clone, Debug, Default)]
pub struct Invite {
    /// Challenges, one entry for each response that held some.
    pub challenges: Vec<Challenges>,
    /// The highest provisional response above 100.
    pub progress: Option<u16>,
    /// It was answered before it could be taken back.
    pub answered: bool,
    /// How it ended.
    pub report: Option<CallReport>,
    /// What was recorded of it, if it was answered.
    pub recordings: Vec<PathBuf>,
}

/// A tone that was heard.
#[derive(Clone, Copy, Debug)]
pub struct Tone {
    /// Frequency, Hz.
    pub hz: f32,
    /// Over everything else, dB.
    pub snr_db: f32,
    /// Since the answer, ms.
    pub at_ms: f64,
}

/// One side of a call.
#[derive(Clone, Debug, Default)]
pub struct Leg {
    /// Provisional responses with their time since the INVITE, ms.
    pub progress: Vec<(u16, f64)>,
    /// It was answered.
    pub answered: bool,
    /// The codec that this side sends with, as SDP names it.
    pub codec: Option<String>,
    /// telephone-event was agreed.
    pub dtmf_agreed: bool,
    /// The SDP that this side received.
    pub sdp: Option<String>,
    /// The SDP that this side sent, its keys masked.
    pub sent_sdp: Option<String>,
    /// Headers of the INVITE or of the 200.
    pub headers: Vec<(String, String)>,
    /// Digits heard, in order, but for the short ones.
    pub digits: String,
    /// Digits heard that were held for less than 70 ms, in order.
    pub short_digits: String,
    /// How the last digit came.
    pub digits_as: Option<Dtmf>,
    /// Tones heard, in order.
    pub tones: Vec<Tone>,
    /// Figures of each second.
    pub seconds: Vec<Media>,
    /// Time from the other side's hang-up to the end of this one, ms.
    pub end_after_ms: Option<f64>,
    /// The trunk's final response to our BYE.
    pub bye_answer: Option<ByeAnswer>,
    /// The whole of it.
    pub report: Option<CallReport>,
}

impl Leg {
    /// Figures of the whole call, once it is over.
    pub fn media(&self) -> Option<&Media> {
        self.report.as_ref().map(|report| &report.media)
    }

    /// Packets of sound that this side received, of a call that did not come to its end too. Each
    /// second counts even where the report of the whole call came without its last figures.
    pub fn received(&self) -> u64 {
        let seconds = self.seconds.iter().map(|second| second.received).sum();
        self.media().map_or(seconds, |media| media.received.max(seconds))
    }

    /// True where packets came and none could be played: their payload type was not agreed.
    pub fn hears_only_wrong_payload(&self) -> bool {
        let mut found = self.report.iter().flat_map(|report| &report.findings);
        self.received() == 0 && found.any(|found| found.kind == WRONG_PAYLOAD)
    }

    /// True where this side hung up.
    pub fn hung_up(&self) -> bool {
        self.report.as_ref().is_some_and(|report| report.hangup_by == Some(Side::Local))
    }

    /// True once this side knows that the call is over.
    pub fn knows_the_end(&self) -> bool {
        self.report.as_ref().is_some_and(|report| report.hangup_by.is_some())
    }
}

/// A call to one of our own numbers.
#[derive(Clone, Debug)]
pub struct Call {
    /// What the called side did.
    pub callee: Callee,
    /// The number dialled.
    pub number: String,
    /// The side that dialled.
    pub calling: Leg,
    /// The side that was called; `None` when the call never came in.
    pub called: Option<Leg>,
    /// From dialling to its coming in, ms.
    pub came_after_ms: Option<f64>,
    /// The number that it was for, as the trunk told.
    pub did: Option<String>,
    /// Numbers that calls of other people were for, which came in meanwhile and were turned away.
    pub strangers: Vec<String>,
    /// How digits were to be sent.
    pub pressed_as: Dtmf,
    /// How they were sent.
    pub sent_as: Dtmf,
    /// Digits that each side was to hear, held for 100 ms. The called side was to hear them once more,
    /// held for 40 ms.
    pub pressed: String,
    /// Tones that the calling side played, Hz, for the called side to hear.
    pub calling_tones: Vec<f32>,
    /// Tones that the called side played.
    pub called_tones: Vec<f32>,
    /// What was recorded of it: what each side heard.
    pub recordings: Vec<PathBuf>,
    /// It was hung up because the time was over that was paid for it.
    pub cut: Option<Cut>,
}

/// The end of a call for which no more was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The time that was paid for.
    pub paid: Duration,
    /// From the answer until we hung up.
    pub after: Duration,
}

impl Call {
    /// A call of which nothing was seen yet.
    pub fn unseen(callee: Callee, number: String) -> Self {
        Self {
            callee,
            number,
            calling: Leg::default(),
            called: None,
            came_after_ms: None,
            did: None,
            strangers: Vec::new(),
            pressed_as: Dtmf::default(),
            sent_as: Dtmf::default(),
            pressed: String::new(),
            calling_tones: Vec::new(),
            called_tones: Vec::new(),
            recordings: Vec::new(),
            cut: None,
        }
    }

    /// What is wrong with its sound where packets came that no side could play: no firewall.
    pub fn unplayable(&self) -> Option<Finding> {
        let wrong = self.called.iter().chain([&self.calling]).any(Leg::hears_only_wrong_payload);
        wrong.then(|| {
            Finding::fail(
                Fault::Provider,
                "The sound comes with a payload type that was not agreed and cannot be played: give the provider the Call-ID, or name other `codecs`.",
            )
        })
    }

    /// True where it was not let in with our password.
    pub fn is_refused(&self) -> bool {
        self.calling.report.as_ref().is_some_and(|report| report.authentication_refused)
    }
}
