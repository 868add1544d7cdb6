//! One HTML file for people who were not there. It holds no script and loads nothing.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::Value;

use super::{Entry, Report, text::plain};
use crate::verdict::{Fault, Outcome};

/// The whole report: the sum, what to do, the table.
pub fn html(report: &Report) -> String {
    let (points, of) = report.score();
    let title = escaped(&format!("{}: {}", report.trunk, report.suite));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n\
         <p>{points} of {of} points. Started {}, took {:.1} s.{}</p>\n",
        escaped(&report.started),
        report.seconds,
        if report.interrupted { " It was interrupted before its end." } else { "" }
    );
    to_do(&mut page, report);
    page.push_str(
        "<table>\n<thead><tr><th>Verdict</th><th>Check</th><th>What was seen</th>\
         <th>Measured</th><th>Limit</th><th>Reference</th></tr></thead>\n<tbody>\n",
    );
    for entry in &report.entries {
        row(&mut page, entry);
    }
    page.push_str("</tbody>\n</table>\n</body>\n</html>\n");
    page
}

fn to_do(page: &mut String, report: &Report) {
    let bad: Vec<&Entry> = report.entries.iter().filter(|e| e.finding.is_bad()).collect();
    if bad.is_empty() {
        return;
    }
    page.push_str("<h2>What to do</h2>\n<dl>\n");
    for entry in bad {
        let advice = entry.finding.advice.as_deref().unwrap_or(entry.check.page().why);
        let _ = writeln!(page, "<dt>{}</dt><dd>{}</dd>", entry.check.id(), escaped(advice));
    }
    page.push_str("</dl>\n");
}

fn row(page: &mut String, entry: &Entry) {
    let (word, mark) = match entry.finding.outcome {
        Outcome::Error => ("error", "!"),
        Outcome::Fact => ("fact", "i"),
        Outcome::Fail => ("fail", "\u{2717}"),
        Outcome::Pass => ("pass", "\u{2713}"),
        Outcome::Skip => ("skip", "\u{2013}"),
        Outcome::Warn => ("warn", "\u{25b3}"),
    };
    let about = entry.check.page();
    let fault = entry.finding.fault.map_or("", |fault| match fault {
        Fault::Network => " (the network)",
        Fault::OurBug => " (this program)",
        Fault::OurConfig => " (the settings)",
        Fault::Provider => " (the provider)",
    });
    let gate = if entry.check.gate() { ", a gate" } else { "" };
    let evidence = entry.finding.evidence.as_deref().map(|at| format!("Evidence: {at}"));
    let seen = [entry.finding.advice.as_deref(), evidence.as_deref()];
    let seen: Vec<String> = seen.into_iter().flatten().map(escaped).collect();
    let _ = writeln!(
        page,
        "<tr class=\"{word}\"><td>{mark} {word}{fault}</td><td><code>{}</code>{gate}<br>{}</td>\
         <td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
        entry.check.id(),
        escaped(about.title),
        seen.join("<br>"),
        figures(&entry.finding.measured),
        figures(&entry.finding.limit),
        escaped(about.reference)
    );
}

fn figures(all: &BTreeMap<String, Value>) -> String {
    let one = |(name, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        format!("{}: {}", escaped(name), escaped(&value))
    };
    let known = all.iter().filter(|(_, value)| !value.is_null());
    known.map(one).collect::<Vec<_>>().join("<br>")
}

/// Text of the wire as text.
fn escaped(text: &str) -> String {
    quick_xml::escape::escape(plain(text)).into_owned()
}

const STYLE: &str = ":root{color-scheme:light dark}body{font:14px system-ui,sans-serif;margin:2rem}\
table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.3rem .8rem;\
border-bottom:1px solid #8884;overflow-wrap:anywhere;min-width:5rem}td:nth-child(2),\
td:nth-child(4){min-width:14rem}dt{font-weight:600}.fail td:first-child,.error td:first-child\
{font-weight:700}.pass td:first-child{color:light-dark(#15602a,#7bd694)}.fail td:first-child,\
.error td:first-child{color:light-dark(#9b1c1c,#ff9d9d)}.warn td:first-child\
{color:light-dark(#7a4d00,#ffc46b)}";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{catalogue::CATALOGUE, report::tests::report, verdict::Finding};

    #[test]
    fn text_of_the_wire_is_text() {
        let evil = "<script>alert(1)</script>\"'&\u{202e}\u{1b}[2J";
        let finding = Finding::fail(Fault::Provider, evil)
            .measured("server", evil)
            .limit(evil, evil)
            .evidence(evil);
        let entry = Entry::new(CATALOGUE[0], finding, 0.5);
        let report = Report { trunk: evil.into(), ..report([entry]) };
        let page = html(&report);
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;"), "{page}");
        assert!(!page.contains('\u{202e}') && !page.contains('\u{1b}'), "{page}");
        assert!(page.contains("What to do") && page.contains("the provider"), "{page}");
        // What a browser would have to mend is an injection that worked.
        let mut reader = quick_xml::Reader::from_str(&page);
        reader.config_mut().check_end_names = false;
        while !matches!(reader.read_event().unwrap(), quick_xml::events::Event::Eof) {}
    }
}
