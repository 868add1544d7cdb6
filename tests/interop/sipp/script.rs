//! A call flow, written as one reads it, turned into a SIPp scenario.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    process::{Command, ExitStatus},
    time::Duration,
};

use tempfile::TempDir;

use crate::harness::{Running, milliwatt_binary, peer};

/// SDP of a plain PCMU stream with telephone events, at SIPp's media port.
pub(crate) const SDP: &str = "v=0\no=peer 53655765 2353687637 IN IP4 [local_ip]\ns=-\n\
    c=IN IP4 [media_ip]\nt=0 0\nm=audio [media_port] RTP/AVP 0 101\na=rtpmap:0 PCMU/8000\n\
    a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\n";

/// One side of a call flow, the far end of which is Milliwatt.
#[derive(Default)]
pub(crate) struct Script {
    steps: String,
    used: Vec<&'static str>,
}

const CAPTURED: [(&str, &str); 5] =
    [("via", "Via:"), ("from", "From:"), ("to", "To:"), ("cseq", "CSeq:"), ("target", "Contact:")];

/// Takes the value of a header.
fn keep(header: &str, name: &str) -> String {
    format!(
        r#"<ereg regexp=" *(.*)" search_in="hdr" header="{header}" check_it="true" assign_to="all,{name}"/>"#
    )
}

/// Takes the URI out of Contact.
const TARGET: &str = r#"<ereg regexp="&lt;?(sip:[^>]*)>?" search_in="hdr" header="Contact:" check_it="true" assign_to="all,target"/>"#;

impl Script {
    /// An empty flow.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Waits for an INVITE and remembers it: `answer` speaks to it.
    pub(crate) fn invite(self) -> Self {
        self.invite_with(&[])
    }

    /// Waits for an INVITE in which each of these regular expressions is found.
    pub(crate) fn invite_with(mut self, found: &[&str]) -> Self {
        let mut actions = String::new();
        for (name, header) in CAPTURED {
            self.used.push(name);
            actions.push_str(&keep(header, name));
        }
        actions.push_str(TARGET);
        self.used.push("all");
        self.wait("request", "INVITE", found, &actions, false)
    }

    /// Waits for a request.
    pub(crate) fn receive(self, method: &str) -> Self {
        self.wait("request", method, &[], "", false)
    }

    /// Waits for a request in which each of these regular expressions is found.
    pub(crate) fn receive_with(self, method: &str, found: &[&str]) -> Self {
        self.wait("request", method, found, "", false)
    }

    /// Waits for a response in which each of these regular expressions is found.
    pub(crate) fn response_with(self, code: u16, found: &[&str]) -> Self {
        self.wait("response", &code.to_string(), found, "", false)
    }

    /// Waits for a response to our own call and remembers whom it is from: `ask` speaks to it.
    pub(crate) fn partner_with(mut self, code: u16, found: &[&str]) -> Self {
        self.used.extend(["all", "to", "target"]);
        let actions = keep("To:", "to") + TARGET;
        self.wait("response", &code.to_string(), found, &actions, false)
    }

    /// The same for a reliable provisional response (RFC 3262); its number is `[$rseq]`.
    pub(crate) fn reliable(mut self, code: u16) -> Self {
        self.used.extend(["all", "to", "target", "rseq"]);
        let actions = keep("To:", "to") + &keep("RSeq:", "rseq") + TARGET;
        self.wait("response", &code.to_string(), &["Require:.*100rel"], &actions, false)
    }

    /// Takes a response if it comes.
    pub(crate) fn maybe(self, code: u16) -> Self {
        self.wait("response", &code.to_string(), &[], "", true)
    }

    fn wait(mut self, kind: &str, what: &str, found: &[&str], more: &str, maybe: bool) -> Self {
        let mut actions = more.to_owned();
        for pattern in found {
            let pattern = escape(pattern);
            let _ = write!(
                actions,
                r#"<ereg regexp="{pattern}" search_in="msg" check_it="true" assign_to="all"/>"#
            );
            self.used.push("all");
        }
        let _ = writeln!(
            self.steps,
            r#"<recv {kind}="{what}" optional="{maybe}" rrs="true">{}</recv>"#,
            if actions.is_empty() { actions } else { format!("<action>{actions}</action>") }
        );
        self
    }

    /// Answers the remembered INVITE, with a tag of its own and further headers and body.
    pub(crate) fn answer(mut self, status: &str, headers: &[&str], body: &str) -> Self {
        let tag = headers.iter().find_map(|h| h.strip_prefix("tag=")).unwrap_or("peer");
        let rest: Vec<&str> = headers.iter().copied().filter(|h| !h.starts_with("tag=")).collect();
        // An in-dialog INVITE has the tag already.
        let to = if status.ends_with('*') { "[$to]".into() } else { format!("[$to];tag={tag}") };
        let head = format!(
            "SIP/2.0 {}\nVia: [$via]\nFrom: [$from]\nTo: {to}\n[last_Call-ID:]\nCSeq: [$cseq]\n\
             Contact: <sip:peer@[local_ip]:[local_port]>\n",
            status.trim_end_matches('*')
        );
        self.send(&head, &rest, body);
        self
    }

    /// Answers the request just received.
    pub(crate) fn reply(mut self, status: &str, headers: &[&str], body: &str) -> Self {
        let head = format!(
            "SIP/2.0 {status}\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n\
             [last_CSeq:]\nContact: <sip:peer@[local_ip]:[local_port]>\n"
        );
        self.send(&head, headers, body);
        self
    }

    /// Answers the request just received, which stands outside a dialog.
    pub(crate) fn reply_first(mut self, status: &str, headers: &[&str]) -> Self {
        let head = format!(
            "SIP/2.0 {status}\n[last_Via:]\n[last_From:]\n[last_To:];tag=peer\n[last_Call-ID:]\n\
             [last_CSeq:]\n"
        );
        self.send(&head, headers, "");
        self
    }

    /// Sends a request in the dialog that the remembered INVITE made; with a star behind its method,
    /// that INVITE was itself within the dialog.
    pub(crate) fn request(mut self, method: &str, cseq: u32, headers: &[&str], body: &str) -> Self {
        let from = if method.ends_with('*') { "[$to]" } else { "[$to];tag=peer" };
        let head = within(method.trim_end_matches('*'), cseq, from, "[$from]", "[branch]");
        self.send(&head, headers, body);
        self
    }

    /// Acknowledges the refusal of a request of ours, which was sent so many steps before: the same
    /// transaction (RFC 3261 §17.1.1.3). The remembered INVITE was itself within the dialog.
    pub(crate) fn give_in(mut self, cseq: u32, steps: u32) -> Self {
        let head = within("ACK", cseq, "[$to]", "[$from]", &format!("[branch-{steps}]"));
        self.send(&head, &[], "");
        self
    }

    /// Sends a request in the dialog of our own call.
    pub(crate) fn ask(mut self, method: &str, cseq: u32, headers: &[&str], body: &str) -> Self {
        let head = within(method, cseq, CALLER, "[$to]", "[branch]");
        self.send(&head, headers, body);
        self
    }

    fn send(&mut self, head: &str, headers: &[&str], body: &str) {
        let mut text = head.to_owned();
        for header in headers {
            let _ = writeln!(text, "{header}");
        }
        if !body.is_empty() {
            text.push_str("Content-Type: application/sdp\n");
        }
        let _ = writeln!(
            self.steps,
            "<send><![CDATA[\n{text}Content-Length: [len]\n\n{body}]]></send>"
        );
    }

    /// Calls Milliwatt, with an offer. Its tag is `caller`.
    pub(crate) fn place(self) -> Self {
        self.place_with(&[])
    }

    /// Calls Milliwatt, with an offer and further headers.
    pub(crate) fn place_with(mut self, headers: &[&str]) -> Self {
        let head = format!(
            "INVITE sip:alice@[remote_ip]:[remote_port] SIP/2.0\n\
             Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n\
             From: {CALLER}\nTo: <sip:alice@[remote_ip]:[remote_port]>\nCall-ID: [call_id]\n\
             CSeq: 1 INVITE\nMax-Forwards: 70\nContact: <sip:peer@[local_ip]:[local_port]>\n"
        );
        self.send(&head, headers, SDP);
        self
    }

    /// Takes our own call back, which was placed so many steps before (RFC 3261 §9.1).
    pub(crate) fn cancel(mut self, steps: u32) -> Self {
        let head = beside("CANCEL", steps, "To: <sip:alice@[remote_ip]:[remote_port]>");
        self.send(&head, &[], "");
        self
    }

    /// Acknowledges the refusal, just received, of our own call, which was placed so many steps
    /// before (RFC 3261 §17.1.1.3).
    pub(crate) fn acknowledge(mut self, steps: u32) -> Self {
        let head = beside("ACK", steps, "[last_To:]");
        self.send(&head, &[], "");
        self
    }

    /// Plays the digital milliwatt, from its RTP stream port and until the call ends.
    pub(crate) fn sound(mut self) -> Self {
        let _ = writeln!(
            self.steps,
            r#"<nop><action><exec rtp_stream="milliwatt.ulaw,-1,0"/></action></nop>"#
        );
        self
    }

    /// Lets time pass.
    pub(crate) fn pause(mut self, time: Duration) -> Self {
        let _ = writeln!(self.steps, r#"<pause milliseconds="{}"/>"#, time.as_millis());
        self
    }

    fn xml(&self) -> String {
        let mut used = self.used.clone();
        used.sort_unstable();
        used.dedup();
        let reference = if used.is_empty() {
            String::new()
        } else {
            format!(r#"<Reference variables="{}"/>"#, used.join(","))
        };
        format!(
            "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<scenario name=\"flow\">\n{}{reference}\n</scenario>\n",
            self.steps
        )
    }

    /// Runs the flow once at a port; `None` where SIPp is not installed.
    pub(crate) fn play(&self, port: u16, arguments: &[&str]) -> Option<Sipp> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("flow.xml"), self.xml()).unwrap();
        fs::write(folder.path().join("milliwatt.ulaw"), MILLIWATT.repeat(1000)).unwrap();
        let mut all = vec!["-sf", "flow.xml"];
        all.extend(arguments);
        Sipp::start(folder, port, &all)
    }
}

/// A millisecond of 1 kHz at 0 dBm0 in G.711 mu-law (G.711, table 6).
const MILLIWATT: [u8; 8] = [0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e];

/// From of our own calls.
const CALLER: &str = "<sip:peer@[local_ip]:[local_port]>;tag=caller";

/// The head of a request that belongs to the INVITE of our own call, sent so many steps before: it
/// has that one's branch and number.
fn beside(method: &str, steps: u32, to: &str) -> String {
    format!(
        "{method} sip:alice@[remote_ip]:[remote_port] SIP/2.0\n\
         Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch-{steps}]\n\
         From: {CALLER}\n{to}\nCall-ID: [call_id]\nCSeq: 1 {method}\nMax-Forwards: 70\n"
    )
}

/// The head of a request in a dialog.
fn within(method: &str, cseq: u32, from: &str, to: &str, branch: &str) -> String {
    format!(
        "{method} [$target] SIP/2.0\n\
         Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}\n\
         From: {from}\nTo: {to}\n[last_Call-ID:]\nCSeq: {cseq} {method}\nMax-Forwards: 70\n\
         Contact: <sip:peer@[local_ip]:[local_port]>\n"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

fn time_of_day(text: &str) -> Option<Duration> {
    let [hours, minutes, seconds] = text.split(':').collect::<Vec<_>>()[..] else { return None };
    let whole: u64 = hours.parse::<u64>().ok()? * 3600 + minutes.parse::<u64>().ok()? * 60;
    Some(Duration::from_secs(whole) + Duration::try_from_secs_f64(seconds.parse().ok()?).ok()?)
}

/// From one time of day to another that came after it.
pub(crate) fn passed(from: Duration, to: Duration) -> Duration {
    let day = Duration::from_secs(24 * 3600);
    if to >= from { to - from } else { to + day - from }
}

/// Arguments with which SIPp writes down what it sends and receives, and when.
pub(crate) const LOG: [&str; 3] = ["-trace_msg", "-message_file", "messages.log"];

/// A running SIPp.
pub(crate) struct Sipp {
    running: Running,
    folder: TempDir,
    port: u16,
}

impl Sipp {
    /// Starts SIPp at a port of loopback for one call.
    pub(crate) fn start(folder: TempDir, port: u16, arguments: &[&str]) -> Option<Self> {
        let mut command = Command::new(peer("sipp")?);
        // Built before SIPp's own time limit begins to run.
        milliwatt_binary();
        command
            .current_dir(folder.path())
            .args(["-i", "127.0.0.1", "-p", &port.to_string(), "-m", "1", "-nostdin"])
            .args(["-mp", &crate::harness::free_port().to_string()])
            .args(["-timeout", "60", "-timeout_error", "-trace_err"])
            .args(["-error_file", "errors.log"])
            .args(arguments);
        let running = Running::start(&mut command);
        let sipp = Self { running, folder, port };
        sipp.running.wait_until_bound(port);
        Some(sipp)
    }

    /// One of SIPp's own scenarios.
    pub(crate) fn built_in(name: &str, port: u16, arguments: &[&str]) -> Option<Self> {
        let mut all = vec!["-sn", name];
        all.extend(arguments);
        Self::start(tempfile::tempdir().unwrap(), port, &all)
    }

    /// Times, since midnight, of the messages that it sent or received and that begin so, repetitions
    /// left out; it must have been started with [`LOG`].
    pub(crate) fn times(&self, start: &str) -> Vec<Duration> {
        self.logged(start, false)
    }

    /// The same, repetitions and all.
    pub(crate) fn all_times(&self, start: &str) -> Vec<Duration> {
        self.logged(start, true)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("messages.log")).unwrap_or_default()
    }

    fn logged(&self, start: &str, repeated: bool) -> Vec<Duration> {
        let log = self.log();
        let mut at = None;
        let (mut times, mut seen, mut begun) = (Vec::new(), BTreeSet::new(), None);
        for line in log.lines() {
            // `----------------------------------------------- 2026-01-01 12:00:00.123456`
            if let Some(stamp) = line.strip_prefix("-----") {
                at = stamp.rsplit(' ').next().and_then(time_of_day);
            } else if line.starts_with(start) {
                begun = Some((line, at.expect("a time before each message")));
            } else if line.starts_with("Via:")
                && let Some((first, at)) = begun.take()
                && (seen.insert((first, line)) || repeated)
            {
                times.push(at);
            }
        }
        times
    }

    /// The address that it listens at.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Fails with SIPp's own error log unless the whole flow went as written.
    pub(crate) fn expect_success(&mut self) {
        let status: ExitStatus = self.running.finish(Duration::from_secs(70));
        let errors = fs::read_to_string(self.folder.path().join("errors.log")).unwrap_or_default();
        assert!(status.success(), "SIPp: {status}\n{errors}\n{}", self.running.stderr());
    }
}
