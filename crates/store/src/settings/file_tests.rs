use super::*;
use crate::settings::SecretRef;

/// The example of the command line contract.
const CONTRACT: &str = r#"
[trunk]
name = "office"
profile = "telnyx"            # optional; facts from assets/profiles, overridden below and by what was learnt
domain = "sip.example.net"
registrar = "sip.example.net" # default: domain
proxy = ""                    # outbound proxy
transport = "tls"             # udp | tcp | tls | ws | wss
user = "alice"
auth_user = "alice"
register = true
password = { keyring = "office" }   # or { env = "NAME" } or { file = "PATH" }
[numbers]
dids = ["+15551230001", "+15551230002"]
country = "US"
did_in = "request-uri"        # request-uri | to | p-called-party-id | diversion
identity = ["pai", "from"]    # which headers carry the chosen DID
[media]
codecs = ["opus", "G722", "PCMA", "PCMU"]
srtp = "optional"
dtmf = "rfc4733"
[tls]
ca = ""
[test]
billed = true                 # false: on-net, no budget
allow = ["+1555*"]            # destinations that tests may dial
destination = "+15551230002"
channels = 2
cps = 1.0
[limits."mq.jitter"]
pass = 20.0
warn = 50.0
"#;

fn parse(text: &str) -> Result<TrunkFile, SettingsError> {
    TrunkFile::parse(Path::new("office.toml"), text)
}

fn problems(text: &str) -> Vec<Problem> {
    match parse(text) {
        Err(SettingsError::Invalid { problems, .. }) => problems,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("was taken: {text}"),
    }
}

#[test]
fn the_example_of_the_contract_is_read_whole() {
    let file = parse(CONTRACT).unwrap();
    assert!(file.unknown().is_empty(), "{:?}", file.unknown());
    let trunk = file.written();
    assert_eq!(trunk.trunk.password, Some(SecretRef::Keyring("office".into())));
    assert_eq!(trunk.trunk.proxy, None);
    assert_eq!(trunk.numbers.identity, ["pai", "from"]);
    assert_eq!(trunk.limits["mq.jitter"].warn, 50.0);
    assert_eq!(file.text(), CONTRACT);
}

#[test]
fn a_fault_is_told_by_line_and_column() {
    let cases = [
        ("[trunk]\nuser = \"a\ndomain = \"b\"", 2),
        ("[trunk\nuser = \"a\"", 1),
        ("[trunk]\nuser = \"a\"\nuser = \"b\"", 3),
        ("[trunk]\n\nregister = \"yes\"", 3),
        ("[trunk]\nexpires = -1", 2),
        ("[numbers]\ndids = [\"+15550100\",\n  \"bad\"]", 3),
        ("[trunk]\ntransport = \"sctp\"", 2),
    ];
    for (text, line) in cases {
        let problems = problems(text);
        assert_eq!(problems[0].place.map(|(line, _)| line), Some(line), "{text}: {problems:?}");
    }
    assert_eq!(problems("[trunk]\ntransport = \"sctp\"")[0].place, Some((2, 13)));
}

#[test]
fn all_bad_values_are_told_at_once_in_the_order_of_the_file() {
    let problems = problems(
        "[media]\ncodecs = [\"x\"]\n[trunk]\ntransport = \"y\"\n[numbers]\ndids = [\"z\"]",
    );
    let lines: Vec<_> = problems.iter().map(|problem| problem.place.unwrap().0).collect();
    assert_eq!(lines, [2, 4, 6]);
}

#[test]
fn a_password_in_the_file_is_refused_and_not_repeated() {
    let forms = [
        "password = \"canary\"",
        "password = canary",
        "password = \"canary",
        "password = 0xCA9A12",
        "password = { canary = \"canary\" }",
        "password = { env = \"X\", file = \"canary\" }",
        "password = { env = [\"canary\"] }",
        "password = [\"canary\"]",
        "password = true",
        "password = 1.5",
        "password = \"can\\qary\"",
        "password = 2026-01-01",
        "password = {}",
    ];
    for form in forms {
        let error = parse(&format!("[trunk]\n{form}\n")).unwrap_err();
        let told = format!("{error} {error:?}");
        assert!(!told.contains("canary") && !told.contains("13277714"), "{form}: {told}");
        assert!(told.contains("line 2"), "{form}: {told}");
    }
    assert!(parse("[trunk]\npassword = \"canary\"").unwrap_err().to_string().contains("keyring"));
}

#[test]
fn a_change_keeps_comments_and_unknown_keys() {
    let text = CONTRACT.replace("[tls]", "[tls]\nfuture = { a = 1 } # later\n");
    let mut file = parse(&text).unwrap();
    assert_eq!(file.unknown().len(), 1);
    let before = file.written().clone();
    let mut after = before.clone();
    after.trunk.user = "bob".into();
    after.numbers.dids.push("+15551230003".into());
    file.change(&before, &after).unwrap();
    let expected = text
        .replace("user = \"alice\"\nauth", "user = \"bob\"\nauth")
        .replace("\"+15551230002\"]\n", "\"+15551230002\", \"+15551230003\"]\n");
    assert_eq!(file.text(), expected);
    assert_eq!(*file.written(), after);
}

#[test]
fn a_change_that_is_not_allowed_changes_nothing() {
    let mut file = parse(CONTRACT).unwrap();
    let before = file.written().clone();
    let mut after = before.clone();
    after.trunk.transport = "sctp".into();
    assert!(file.change(&before, &after).is_err());
    assert_eq!(file.text(), CONTRACT);
    assert_eq!(*file.written(), before);
}

#[test]
fn a_mistyped_key_is_a_warning_with_its_place() {
    let file = parse("[trunk]\nuser = \"a\"\ntranport = \"tls\"\n").unwrap();
    let warning = file.unknown()[0].to_string();
    assert!(warning.contains("line 3") && warning.contains("did you mean transport"), "{warning}");
}

#[test]
fn a_new_file_holds_what_differs_from_the_defaults() {
    let here = tempfile::tempdir().unwrap();
    let path = here.path().join("trunks/a.toml");
    let mut trunk = Trunk::default();
    trunk.trunk.name = "a".into();
    trunk.trunk.domain = "sip.example.net".into();
    trunk.trunk.password = Some(SecretRef::Keyring("a".into()));
    let mut file = TrunkFile::new(&path, &trunk).unwrap();
    file.save().unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("password = { keyring = \"a\" }"), "{text}");
    assert!(!text.contains("transport"), "{text}");
    assert_eq!(*TrunkFile::open(&path).unwrap().written(), trunk);
}

#[test]
fn a_file_that_another_program_changed_is_not_overwritten() {
    let here = tempfile::tempdir().unwrap();
    let path = here.path().join("a.toml");
    fs::write(&path, CONTRACT).unwrap();
    let mut file = TrunkFile::open(&path).unwrap();
    fs::write(&path, "broken [").unwrap();
    assert!(matches!(file.save(), Err(SettingsError::Changed { .. })));
    let mut new = TrunkFile::new(&path, &Trunk::default()).unwrap();
    assert!(matches!(new.save(), Err(SettingsError::Changed { .. })));
    assert_eq!(fs::read_to_string(&path).unwrap(), "broken [");
}
