//! JUnit XML for CI viewers: a suite is a group of checks, a case is a check.

use std::collections::BTreeMap;

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};

use super::{Entry, Report, text::seen};
use crate::{check::group, verdict::Outcome};

type Result = std::io::Result<()>;

/// The whole report.
///
/// # Errors
/// When the writer fails; a `Vec` does not.
pub fn junit(report: &Report) -> std::io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut groups: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in &report.entries {
        groups.entry(group(entry.check.id())).or_default().push(entry);
    }
    let mut root = BytesStart::new("testsuites");
    root.push_attribute(("name", clean(&format!("{} {}", report.trunk, report.suite)).as_str()));
    counts(&mut root, &report.entries.iter().collect::<Vec<_>>());
    xml.write_event(Event::Start(root))?;
    for (name, entries) in &groups {
        suite(&mut xml, name, entries, &report.started)?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuites")))?;
    Ok(xml.into_inner())
}

/// A run that ended before its first check: one case that could not be run, so that a viewer shows a
/// broken build, where it would take a missing file for nothing to report.
///
/// # Errors
/// When the writer fails; a `Vec` does not.
pub fn junit_of_none(suite: &str, why: &str) -> std::io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let one = |element: &'static str, name: &str| {
        let mut start = BytesStart::new(element);
        let name = clean(name);
        for (key, value) in [("name", name.as_str()), ("tests", "1"), ("failures", "0")] {
            start.push_attribute((key, value));
        }
        start.push_attribute(("errors", "1"));
        Event::Start(start)
    };
    xml.write_event(one("testsuites", suite))?;
    xml.write_event(one("testsuite", NONE))?;
    let mut case = BytesStart::new("testcase");
    case.push_attribute(("classname", NONE));
    case.push_attribute(("name", clean(suite).as_str()));
    xml.write_event(Event::Start(case))?;
    let mut error = BytesStart::new("error");
    error.push_attribute(("message", clean(why).as_str()));
    xml.write_event(Event::Empty(error))?;
    for element in ["testcase", "testsuite", "testsuites"] {
        xml.write_event(Event::End(BytesEnd::new(element)))?;
    }
    Ok(xml.into_inner())
}

/// The group of a run that has no checks to show.
const NONE: &str = "run";

fn suite(xml: &mut Writer<Vec<u8>>, name: &str, entries: &[&Entry], started: &str) -> Result {
    let mut start = BytesStart::new("testsuite");
    start.push_attribute(("name", name));
    start.push_attribute(("timestamp", started));
    counts(&mut start, entries);
    start.push_attribute(("skipped", count(entries, Outcome::Skip).as_str()));
    xml.write_event(Event::Start(start))?;
    for entry in entries {
        case(xml, name, entry)?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuite")))
}

fn counts(element: &mut BytesStart<'_>, entries: &[&Entry]) {
    let seconds: f64 = entries.iter().map(|e| e.seconds).sum();
    element.push_attribute(("tests", entries.len().to_string().as_str()));
    element.push_attribute(("failures", count(entries, Outcome::Fail).as_str()));
    element.push_attribute(("errors", count(entries, Outcome::Error).as_str()));
    element.push_attribute(("time", format!("{seconds:.3}").as_str()));
}

fn count(entries: &[&Entry], outcome: Outcome) -> String {
    entries.iter().filter(|e| e.finding.outcome == outcome).count().to_string()
}

fn case(xml: &mut Writer<Vec<u8>>, group: &str, entry: &Entry) -> Result {
    let mut start = BytesStart::new("testcase");
    start.push_attribute(("classname", group));
    start.push_attribute(("name", entry.check.id()));
    start.push_attribute(("time", format!("{:.3}", entry.seconds).as_str()));
    let finding = &entry.finding;
    let advice = clean(finding.advice.as_deref().unwrap_or_default());
    let element = match finding.outcome {
        Outcome::Error => "error",
        Outcome::Fail => "failure",
        Outcome::Skip => "skipped",
        Outcome::Fact | Outcome::Pass | Outcome::Warn => "system-out",
    };
    xml.write_event(Event::Start(start))?;
    let mut inner = BytesStart::new(element);
    if element != "system-out" {
        inner.push_attribute(("message", advice.as_str()));
    }
    xml.write_event(Event::Start(inner))?;
    let figures = serde_json::json!({ "measured": finding.measured, "limit": finding.limit });
    xml.write_event(Event::Text(BytesText::new(&clean(&format!("{advice}\n{figures}")))))?;
    xml.write_event(Event::End(BytesEnd::new(element)))?;
    xml.write_event(Event::End(BytesEnd::new("testcase")))
}

/// Wire text as text. XML 1.0 has no place for most control characters either, escaped or not.
fn clean(wire: &str) -> String {
    wire.chars().map(|c| if c == '\n' { c } else { seen(c) }).collect()
}

#[cfg(test)]
mod tests {
    use quick_xml::Reader;

    use super::*;
    use crate::{
        catalogue::CATALOGUE,
        report::tests::report,
        verdict::{Fault, Finding},
    };

    const EVIL: &str = "]]><error/><!--\"'&\u{202e}\u{2066}\u{200b}\u{feff}\0\u{1b}[2J\u{ffff}";

    /// The elements of a document, in order.
    fn elements(xml: &str) -> Vec<String> {
        let mut reader = Reader::from_str(xml);
        let mut found = Vec::new();
        loop {
            let event = reader.read_event().unwrap();
            if let Event::Start(element) | Event::Empty(element) = &event {
                found.push(element.name().into_inner().to_owned());
            }
            if matches!(event, Event::Eof) {
                return found;
            }
        }
    }

    #[test]
    fn text_of_the_wire_is_text() {
        let finding =
            Finding::fail(Fault::Provider, EVIL).measured("server", EVIL).limit(EVIL, EVIL);
        let entry = Entry::new(CATALOGUE[0], finding, 0.5);
        let report = Report { trunk: EVIL.into(), ..report([entry]) };
        let one = ["testsuites", "testsuite", "testcase"];
        for (xml, last) in [(junit(&report), "failure"), (junit_of_none(EVIL, EVIL), "error")] {
            let xml = String::from_utf8(xml.unwrap()).unwrap();
            assert_eq!(elements(&xml), [&one[..], &[last]].concat(), "{xml}");
            let unseen = xml.chars().find(|c| *c != '\n' && seen(*c) != *c);
            assert_eq!(unseen, None, "{xml}");
            let marks = "\u{fffd}".repeat(6);
            let whole = format!("]]&gt;&lt;error/&gt;&lt;!--&quot;&apos;&amp;{marks}[2J\u{fffd}");
            assert!(xml.contains(&whole), "{xml}");
        }
    }
}
