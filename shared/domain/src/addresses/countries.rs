//! The countries of ISO 3166-1, and the forms of the postal codes of thirty large ones.

/// The 249 officially assigned codes, by letter.
const COUNTRIES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ \
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO \
    FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE \
    JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO \
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW \
    PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM \
    TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// `code` is in upper case.
pub(super) fn is_country(code: &str) -> bool {
    COUNTRIES.split_ascii_whitespace().any(|country| country == code)
}

/// The forms of a country's postal codes: `9` is a digit and `A` a letter. `None` where every code is
/// accepted. Spaces and hyphens may be left out.
pub(super) fn postal_code_forms(country: &str) -> Option<&'static [&'static str]> {
    Some(match country {
        "DE" | "FR" | "IT" | "ES" | "FI" | "MX" | "TR" | "TH" | "ID" | "UA" | "KR" | "MY" | "PK" => &["99999"],
        "US" => &["99999", "99999-9999"],
        "GB" => &["A9 9AA", "A99 9AA", "AA9 9AA", "AA99 9AA", "A9A 9AA", "AA9A 9AA"],
        "NL" => &["9999 AA"],
        "BE" | "AT" | "CH" | "DK" | "NO" | "AU" | "ZA" | "PH" => &["9999"],
        "SE" | "CZ" | "GR" => &["999 99"],
        "PL" => &["99-999"],
        "PT" => &["9999-999"],
        "BR" => &["99999-999"],
        "JP" => &["999-9999"],
        "CA" => &["A9A 9A9"],
        "IN" | "CN" | "RU" | "VN" => &["999999"],
        _ => return None,
    })
}

pub(super) fn has_form(code: &str, form: &str) -> bool {
    let kept = |text: &str| text.bytes().filter(|b| !matches!(b, b' ' | b'-')).collect::<Vec<_>>();
    let (code, form) = (kept(code), kept(form));
    code.len() == form.len()
        && code.iter().zip(&form).all(|(c, f)| if *f == b'9' { c.is_ascii_digit() } else { c.is_ascii_alphabetic() })
}

/// A code of this form, for a message: `99-999` is 12-345.
pub(super) fn example_of(form: &str) -> String {
    let (mut digits, mut letters) = ("1234567890".chars().cycle(), "ABCDEFGH".chars().cycle());
    let example = form.chars().map(|c| match c {
        '9' => digits.next().unwrap_or(c),
        'A' => letters.next().unwrap_or(c),
        other => other,
    });
    example.collect()
}
