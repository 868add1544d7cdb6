//! `explain`: what a check, a SIP code, a Q.850 cause or a fault of the embedded trunk means, and
//! what to do.

use milliwatt_checks::{catalogue, check::Check, codes};
use milliwatt_test_trunk::FAULTS;

use crate::{
    args::Explain,
    exit::{Exit, Failure},
    output,
};

pub(super) fn run(arguments: &Explain) -> Result<Exit, Failure> {
    let text = match arguments.what.as_deref() {
        None => everything(),
        Some(what) => page(what)?,
    };
    output::say(text);
    Ok(Exit::Good)
}

fn page(what: &str) -> Result<String, Failure> {
    if let Some(name) = what.strip_prefix("fault.") {
        let fault = FAULTS.iter().find(|fault| fault.name == name);
        return fault
            .map(|f| format!("fault.{}\n\n{}", f.form, f.what))
            .ok_or_else(|| unknown(what));
    }
    if let Some(cause) = what.strip_prefix("q850.") {
        return cause
            .parse()
            .ok()
            .and_then(codes::cause)
            .map(|(name, advice)| format!("Q.850 cause {cause}: {name}\n\n{advice}"))
            .ok_or_else(|| unknown(what));
    }
    if let Ok(code) = what.parse() {
        return codes::explain(code)
            .map(|(phrase, advice)| format!("{code} {phrase}\n\n{advice}"))
            .ok_or_else(|| unknown(what));
    }
    catalogue::find(what).map(check).ok_or_else(|| unknown(what))
}

fn check(check: &dyn Check) -> String {
    let page = check.page();
    let gate =
        if check.gate() { "a gate: a trunk that fails it is not fit for use" } else { "points" };
    let limits = check.limits().map_or_else(String::new, |l| {
        let warn =
            if l.warn < f64::MAX { format!(", warns up to {}", l.warn) } else { String::new() };
        format!(
            "\nLimits               passes up to {}{warn} (change them in [limits.\"{}\"])",
            l.pass,
            check.id()
        )
    });
    format!(
        "{}: {}\n\nWhat it does         {}\nWhy a trunk fails it {}\nWhat a pass is       {}\nReference            {}\nWeight               {gate}{limits}",
        check.id(),
        page.title,
        page.what,
        page.why,
        page.pass,
        page.reference
    )
}

fn everything() -> String {
    let mut text = String::from("Checks\n");
    for check in catalogue::CATALOGUE {
        text.push_str(&format!("  {:<18} {}\n", check.id(), check.page().title));
    }
    text.push_str("\nFaults of the embedded trunk\n");
    for fault in FAULTS {
        text.push_str(&format!("  fault.{:<28} {}\n", fault.form, fault.what));
    }
    text.push_str("\nand every SIP code and Q.850 cause, such as `milliwatt explain 486` and `milliwatt explain q850.17`");
    text
}

fn unknown(what: &str) -> Failure {
    Failure::usage(format!(
        "'{what}' is no check, no SIP code, no Q.850 cause and no fault: `milliwatt explain` lists them all"
    ))
}
