//! Lengths of time as people write them.

use std::time::Duration;

/// Reads `15s`, `250ms`, `5m`, `12h`; a bare number is seconds.
pub(crate) fn span(text: &str) -> Result<Duration, String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("'{unit}' is no unit: write ms, s, m or h")),
    };
    let number: f64 = number
        .parse()
        .map_err(|_| format!("'{text}' is not a length of time such as 15s or 5m"))?;
    Duration::try_from_secs_f64(number * factor).map_err(|_| format!("'{text}' is too long"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        assert_eq!(span("15s"), Ok(Duration::from_secs(15)));
        assert_eq!(span("0s"), Ok(Duration::ZERO));
        assert_eq!(span("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(span("1.5m"), Ok(Duration::from_secs(90)));
        assert_eq!(span("2"), Ok(Duration::from_secs(2)));
        for wrong in ["", "s", "5d", "-3s", "1e400h", "5 s"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
