//! Rules about two fields.

use super::*;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code)]
struct TestDelivery {
    note: Word,
    shipping_address: Option<domain::addresses::Address>,
}

/// Country and postal code are right by themselves, and wrong together.
#[test]
fn a_rule_about_two_fields_names_one_of_them_beside_all_others() {
    let form = "must be a postal code of DE, such as 12345";
    let lines = r#""line1":"Street 1","city":"Town""#;
    for (address, named) in [
        (format!(r#"{{"name":"Ada",{lines},"postalCode":"1","country":"DE"}}"#), vec![("postalCode", form)]),
        (format!(r#"{{"country":"DE",{lines},"postalCode":"1","name":"Ada"}}"#), vec![("postalCode", form)]),
        // Whatever else is wrong, and wherever it is.
        (
            format!(r#"{{"postalCode":"1","name":7,{lines},"country":"DE","x":1}}"#),
            vec![
                ("name", "has the wrong type: integer `7`, expected a string"),
                ("x", "is not a field of this request"),
                ("postalCode", form),
            ],
        ),
        (
            r#"{"country":"DE","postalCode":"1"}"#.to_owned(),
            vec![("postalCode", form), ("name", "is required"), ("line1", "is required"), ("city", "is required")],
        ),
        (
            r#"{"postalCode":"1","city":"","country":"DE"}"#.to_owned(),
            vec![
                ("city", "must be 1 to 100 characters long"),
                ("postalCode", form),
                ("name", "is required"),
                ("line1", "is required"),
            ],
        ),
        (
            r#"{"postalCode":"1","country":"XX","name":"Ada"}"#.to_owned(),
            vec![
                ("country", "must be a country code of ISO 3166-1, such as DE"),
                ("line1", "is required"),
                ("city", "is required"),
            ],
        ),
    ] {
        let why = serde_json::from_str::<domain::addresses::Address>(&address).unwrap_err();
        let flat = field_messages(invalid_body::<domain::addresses::Address>(address.as_bytes(), &why));
        let flat: Vec<(&str, &str)> = flat.iter().map(|(field, message)| (&**field, &**message)).collect();
        assert_eq!(flat, named, "{address}");
        let nested = format!(r#"{{"note":"","shippingAddress":{address}}}"#);
        let why = serde_json::from_str::<TestDelivery>(&nested).unwrap_err();
        let nested = field_messages(invalid_body::<TestDelivery>(nested.as_bytes(), &why));
        let inside = named.iter().map(|(field, message)| (format!("shippingAddress.{field}"), (*message).to_owned()));
        let note = ("note".to_owned(), "must be a word".to_owned());
        assert_eq!(nested, std::iter::once(note).chain(inside).collect::<Vec<_>>(), "{address}");
    }
}
