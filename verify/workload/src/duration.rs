//! Parses durations on the command line.

use std::time::Duration;

/// No run is longer than a day.
pub(crate) const MAX_DURATION: Duration = Duration::from_secs(24 * 3600);

/// `500ms`, `30s`, `5m`, `1h`.
///
/// # Errors
/// When it is none of these, or longer than a day.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    const UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let millis = UNITS.iter().find(|(unit, _)| *unit == &text[digits.len()..]).map(|(_, millis)| millis);
    let length = digits.parse::<u64>().ok().zip(millis).and_then(|(number, millis)| number.checked_mul(*millis));
    let length = length.map(Duration::from_millis).filter(|length| *length <= MAX_DURATION);
    length.ok_or_else(|| "use 500ms, 30s, 5m or 1h, up to a day".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_parsed_as_people_type_them() {
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("24h"), Ok(MAX_DURATION));
        for bad in ["", "30", "s", "-1s", "1.5s", "25h", "1d", "99999999999999999999s"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }
}
