//! How each event source hands over what only some of them change.

use api_client::ApiRequest;
use lambda_events::{EventContext, EventSource, SqsRecord, authorizer_event, sqs_batch};
use serde_json::{Value, json};

fn events(request: &ApiRequest, context: &EventContext) -> [Value; 4] {
    EventSource::ALL.map(|source| source.to_event_in(request, context))
}

#[test]
fn api_gateway_decodes_the_query_and_load_balancers_do_not() {
    let request = ApiRequest::get("/api/products?q=green%20tea+%26&q=100%&empty");
    let [http, rest, alb, multi] = events(&request, &EventContext::default());
    assert_eq!(http["rawQueryString"], "q=green%20tea+%26&q=100%&empty");
    assert_eq!(http["queryStringParameters"], json!({"q": "green tea &,100%", "empty": ""}));
    assert_eq!(rest["queryStringParameters"], json!({"q": "100%", "empty": ""}));
    assert_eq!(rest["multiValueQueryStringParameters"], json!({"q": ["green tea &", "100%"], "empty": [""]}));
    assert_eq!(alb["queryStringParameters"], json!({"q": "100%", "empty": ""}));
    assert_eq!(multi["multiValueQueryStringParameters"], json!({"q": ["green%20tea+%26", "100%"], "empty": [""]}));
}

#[test]
fn cookies_and_repeated_headers_are_handed_over_in_four_forms() {
    let request =
        ApiRequest::get("/").with_header("cookie", "a=1; b=2").with_header("x-a", "1").with_header("x-a", "2");
    let [http, rest, alb, multi] = events(&request, &EventContext::default());
    assert_eq!((&http["cookies"], &http["headers"]["cookie"]), (&json!(["a=1", "b=2"]), &Value::Null));
    assert_eq!((&http["headers"]["x-a"], &alb["headers"]["x-a"]), (&json!("1,2"), &json!("2")));
    for event in [rest, multi] {
        assert_eq!(event["multiValueHeaders"]["x-a"], json!(["1", "2"]));
        assert_eq!(event["multiValueHeaders"]["cookie"], json!(["a=1; b=2"]));
    }
}

#[test]
fn a_body_is_text_or_base64_and_the_source_address_is_where_functions_look_for_it() {
    let request = ApiRequest::post("/api/orders", &json!({}));
    let context = EventContext { base64_body: true, source_ip: "192.0.2.1".to_owned(), ..EventContext::default() };
    for event in events(&request, &context) {
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("e30="), &json!(true)));
        let single = event["headers"]["x-forwarded-for"] == "192.0.2.1";
        assert!(single || event["multiValueHeaders"]["x-forwarded-for"] == json!(["192.0.2.1"]), "{event}");
    }
    let [http, rest, alb, _] = events(&ApiRequest::get("/"), &context);
    assert_eq!((http.get("body"), &rest["body"], &alb["body"]), (None, &Value::Null, &json!("")));
    assert_eq!(http["requestContext"]["http"]["sourceIp"], "192.0.2.1");
    assert_eq!(rest["requestContext"]["identity"]["sourceIp"], "192.0.2.1");
}

#[test]
fn the_authorizer_gets_the_first_authorization_header_as_the_identity() {
    let event = authorizer_event(&[("host", "h"), ("Authorization", "Bearer a"), ("authorization", "Bearer b")]);
    assert_eq!(event["identitySource"], json!(["Bearer a"]));
    assert_eq!(event["headers"], json!({"host": "h", "Authorization": "Bearer a", "authorization": "Bearer b"}));
    assert_eq!(authorizer_event(&[])["identitySource"], Value::Null);
}

#[test]
fn a_redelivered_message_says_how_often_it_was_delivered() {
    let again = SqsRecord { receive_count: 3, ..SqsRecord::new("b", "{}") };
    let batch = sqs_batch("catalog", &[SqsRecord::new("a", "{}"), again]);
    let counts: Vec<&Value> =
        batch["Records"].as_array().unwrap().iter().map(|r| &r["attributes"]["ApproximateReceiveCount"]).collect();
    assert_eq!(counts, ["1", "3"]);
}
