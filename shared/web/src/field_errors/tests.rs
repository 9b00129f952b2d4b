//! Which fields are named, in which words, and how much work that takes.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::*;

mod random;
mod related_fields;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code)]
struct TestRequest {
    #[serde(default)]
    limit: Small,
    #[serde(default)]
    bag: JsonMap,
    name: Word,
    product_id: Small,
    items: Lines,
    payment: Option<JsonObject<Choice>>,
    note: Option<Word>,
    extra: Option<Map<String, Value>>,
    sort: Option<Sort>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Line {
    quantity: Small,
    colour: Word,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Choice {
    method: Option<Word>,
}

/// A `serde_json` map accepts a null from any deserializer that offers one, which `serde_json`
/// itself does not.
#[derive(Debug, Default, Deserialize)]
#[allow(dead_code)]
struct JsonMap(Map<String, Value>);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Sort {
    Newest,
    Price,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "Vec<JsonObject<Line>>")]
struct Lines;

impl TryFrom<Vec<JsonObject<Line>>> for Lines {
    type Error = &'static str;
    fn try_from(lines: Vec<JsonObject<Line>>) -> Result<Self, Self::Error> {
        if lines.is_empty() { Err("must have 1 to 50 lines") } else { Ok(Self) }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "i64")]
struct Small;

impl TryFrom<i64> for Small {
    type Error = &'static str;
    fn try_from(number: i64) -> Result<Self, Self::Error> {
        if (1..=9).contains(&number) { Ok(Self) } else { Err("must be 1 to 9") }
    }
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Word;

impl TryFrom<String> for Word {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.is_empty() { Err("must be a word") } else { Ok(Self) }
    }
}

fn problem_for(body: &str) -> Problem {
    let why = serde_json::from_str::<JsonObject<TestRequest>>(body).unwrap_err();
    invalid_body::<TestRequest>(body.as_bytes(), &why)
}

fn field_messages(problem: Problem) -> Vec<(String, String)> {
    problem.into_parts().errors.into_iter().map(|error| (error.field, error.message)).collect()
}

#[track_caller]
fn assert_errors(body: &str, expected: &[(&str, &str)]) {
    let messages = field_messages(problem_for(body));
    let messages: Vec<(&str, &str)> = messages.iter().map(|(field, message)| (&**field, &**message)).collect();
    assert_eq!(messages, expected, "{body}");
}

const GOOD: &str = r#""name":"x","productId":1,"items":[{"quantity":1,"colour":"red"}]"#;

#[test]
fn what_is_missing_is_named_and_what_may_be_absent_is_not() {
    let required = [("name", "is required"), ("productId", "is required"), ("items", "is required")];
    assert_errors("{}", &required);
    assert_errors(r#"{"productId":1}"#, &[required[0], required[2]]);
    assert_errors(r#"{"productId":0}"#, &[("productId", "must be 1 to 9"), required[0], required[2]]);
    assert_errors(r#"{"limit":0,"name":"x"}"#, &[("limit", "must be 1 to 9"), required[1], required[2]]);
    assert_errors(
        r#"{"name":null}"#,
        &[("name", "has the wrong type: null, expected a string"), required[1], required[2]],
    );
}

#[test]
fn members_of_every_level_are_named() {
    let body = r#"{"name":"","productId":"1","items":[{"quantity":0,"colour":""},{"quantity":1,"colour":"red"},
        {"quantity":2.5,"color":"red"},7,{}],"payment":{"method":"","card":4},"note":7,"sort":"oldest","x":{"y":[]}}"#;
    assert_errors(
        body,
        &[
            ("name", "must be a word"),
            ("productId", "has the wrong type: string \"1\", expected i64"),
            ("items[0].quantity", "must be 1 to 9"),
            ("items[0].colour", "must be a word"),
            ("items[2].quantity", "has the wrong type: floating point `2.5`, expected i64"),
            ("items[2].color", "is not a field of this request"),
            ("items[2].colour", "is required"),
            ("items[3]", "has the wrong type: integer `7`, expected an object"),
            ("items[4].quantity", "is required"),
            ("items[4].colour", "is required"),
            ("payment.method", "must be a word"),
            ("payment.card", "is not a field of this request"),
            ("note", "has the wrong type: integer `7`, expected a string"),
            ("sort", "unknown variant `oldest`, expected `newest` or `price`"),
            ("x", "is not a field of this request"),
        ],
    );
}

#[test]
fn a_rule_on_a_list_is_not_applied_when_an_item_is_bad() {
    assert_errors(r#"{"name":"x","productId":1,"items":[]}"#, &[("items", "must have 1 to 50 lines")]);
    assert_errors(
        r#"{"name":"x","productId":1,"items":[7]}"#,
        &[("items[0]", "has the wrong type: integer `7`, expected an object")],
    );
}

#[test]
fn a_field_that_is_there_twice_is_named_once() {
    let twice = ("name", "appears more than once");
    assert_errors(&format!(r#"{{{GOOD},"name":"y","name":7}}"#), &[twice]);
    assert_errors(&format!(r#"{{{GOOD},"x":1,"name":"y","x":2}}"#), &[("x", "is not a field of this request"), twice]);
    assert_errors(
        &format!(r#"{{"name":7,{GOOD}}}"#),
        &[("name", "has the wrong type: integer `7`, expected a string")],
    );
    // A map's last member counts, as usual.
    assert_errors(
        &format!(r#"{{{GOOD},"x":1,"extra":{{"a":1,"b":2,"a":3}}}}"#),
        &[("x", "is not a field of this request")],
    );
}

#[test]
fn what_is_no_object_or_no_json_is_one_error() {
    for body in ["[]", "7", "null", "\"x\"", r#"[{"name":"x"}]"#] {
        let messages = field_messages(problem_for(body));
        assert_eq!((messages.len(), messages[0].0.as_str()), (1, "body"), "{body}");
    }
    for body in ["", "{", r#"{"name":"#, r#"{"name":7,}"#, "{\"name\":7}x", r#"{"name":7,"note":"\ud800"}"#] {
        let messages = field_messages(problem_for(body));
        assert!(messages.len() == 1 && messages[0].1.starts_with("is not valid JSON (line 1, column "), "{messages:?}");
    }
    assert_errors(
        r#"{"sort":5,"name":"x","productId":1,"items":[{}]}"#,
        &[
            ("sort", "has the wrong type: integer `5`, expected a string"),
            ("items[0].quantity", "is required"),
            ("items[0].colour", "is required"),
        ],
    );
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code)]
struct TestQuery {
    q: Option<Word>,
    min_price: Option<f64>,
    in_stock: Option<bool>,
    sort: Option<Sort>,
    #[serde(default)]
    limit: Small,
}

#[test]
fn parameters_are_read_as_numbers_and_truth_values() {
    let read = |query: &str| {
        let pairs = || form_urlencoded::parse(query.as_bytes());
        let why = TestQuery::deserialize(serde_urlencoded::Deserializer::new(pairs())).unwrap_err();
        field_messages(invalid_query::<TestQuery>(pairs(), &why))
            .into_iter()
            .map(|(field, _)| field)
            .collect::<Vec<_>>()
    };
    assert_eq!(read("limit=0&sort=x&minPrice=!"), ["limit", "sort", "minPrice"]);
    assert_eq!(read("q=tea&limit=3&minPrice=1.5&inStock=true&sort=price&page=2"), ["page"]);
    assert_eq!(read("inStock=1&limit=3&limit=4&skip=7"), ["inStock", "limit", "skip"]);
    assert_eq!(read("limit=3&limit=4"), ["limit"]);
    assert_eq!(read("%00=1&limit=%31%30"), ["\0", "limit"]);
}

#[test]
fn the_detail_lists_one_error_or_the_first_three() {
    assert_eq!(problem_for(&format!(r#"{{{GOOD},"note":""}}"#)).parts().detail, "note: must be a word.");
    let detail = "limit: must be 1 to 9. name: is required. productId: is required. More fields are invalid.";
    assert_eq!(problem_for(r#"{"limit":0}"#).parts().detail, detail);
}

#[test]
fn a_hostile_body_is_answered_with_bounded_work() {
    let unknown: String = (0..20_000).map(|n| format!(",\"x{n}\":0")).collect();
    let twice = r#","name":"x""#.repeat(20_000);
    let bad_items = "{},".repeat(60_000);
    let late = format!("{}{}7", r#"{"quantity":1,"colour":"x"},"#.repeat(8_000), "7,".repeat(30));
    let many = "7,".repeat(120_000);
    let long = format!(r#","{}":"{}","note":"{0}""#, "x".repeat(60_000), "y".repeat(60_000));
    let some: String = (0..30).map(|n| format!(",\"x{n}\":0")).collect();
    let extra: String = (0..20_000).map(|n| format!("\"x{}\":0,", n % 100)).collect();
    // A body, how many fields it names, and the runs that each of its values may take.
    let cases = [
        (format!("{{{GOOD}{unknown}}}"), 20, 1),
        (format!("{{{GOOD}{twice}}}"), 1, 1),
        (format!("{{{GOOD},\"items\":[{bad_items}{{}}]}}"), 1, 1),
        (format!("{{\"items\":[{bad_items}{{}}]}}"), 20, 1),
        (format!("{{\"items\":[{late}]}}"), 20, 2),
        (format!("{{\"items\":[{many}7],\"x\":1}}"), 20, 1),
        (format!("{{{GOOD}{long}}}"), 1, 1),
        (format!("{{\"extra\":{{{extra}\"x\":0}}}}"), 3, 2),
        (format!("{{{GOOD},\"extra\":{{{extra}\"x\":0}}{some}}}"), 20, 2),
    ];
    for (body, named, runs) in cases {
        assert!(body.len() < 256 * 1024, "{} KB", body.len() / 1024);
        let root = Node::parse(body.as_bytes(), usize::MAX).unwrap().unwrap();
        let errors = ErrorList::new("body");
        let _ = Position { node: &root, path: &FieldPath::Root, errors: &errors }.read::<JsonObject<TestRequest>>();
        let shown = &body[..80];
        assert_eq!(errors.found.borrow().len(), named, "{shown}");
        let bound = runs * count_values(&root) + 5 * 20;
        assert!(errors.runs.get() <= bound, "{} runs, at most {bound}: {shown}", errors.runs.get());
        for FieldError { field, message } in errors.found.into_inner() {
            assert!(field.len() < 400 && message.len() < 400, "{field}: {message}");
        }
        // For most of them not even a tree is built.
        let messages = field_messages(problem_for(&body));
        let too_many = count_values(&root) > MAX_VALUES;
        assert_eq!(
            too_many,
            messages == [("body".to_owned(), "must not have more than 10000 values".to_owned())],
            "{shown}"
        );
    }
}

fn count_values(node: &Node<'_>) -> usize {
    1 + match node {
        Node::Array(items) => items.iter().map(count_values).sum(),
        Node::Object(members) => members.iter().map(|(_, value)| count_values(value)).sum(),
        _ => 0,
    }
}

#[test]
fn a_null_is_no_map() {
    assert_errors(&format!(r#"{{{GOOD},"bag":null}}"#), &[("bag", "has the wrong type: null, expected a map")]);
    assert_errors(&format!(r#"{{{GOOD},"bag":{{}},"x":1}}"#), &[("x", "is not a field of this request")]);
}

#[test]
fn a_body_of_many_values_is_read_to_its_bound() {
    for (json, values) in [("7", 1), ("[]", 1), ("[1,2]", 3), (r#"{"a":{"b":[7]}}"#, 4)] {
        assert!(Node::parse(json.as_bytes(), values).unwrap().is_some(), "{json}");
        assert!(Node::parse(json.as_bytes(), values - 1).unwrap().is_none(), "{json}");
    }
    assert!(Node::parse(b"[1,2,", 3).is_err() && Node::parse(b"7x", 1).is_err());
}
