use mongodb::bson::doc;

use super::*;

fn index(name: &str, keys: &Document, partial: Option<Document>) -> Index {
    let keys = directions(keys).unwrap();
    Index { name: name.to_owned(), keys, partial, sparse: false, unique: false }
}

fn events() -> Vec<Index> {
    vec![
        Index::of_ids(),
        index("of_user", &doc! { "userId": 1, "timestamp": -1, "_id": -1 }, None),
        index("uncounted", &doc! { "userId": 1, "timestamp": 1 }, Some(doc! { "counted": false })),
        index("counted", &doc! { "countedAt": 1 }, None),
    ]
}

fn query(filter: Document, sort: &Document, hint: Option<&str>) -> Query {
    Query { filter, sort: directions(sort).unwrap(), hint: hint.map(Bson::from) }
}

/// The chosen index, or nothing.
fn chosen(filter: Document, sort: &Document, hint: Option<&str>) -> Option<String> {
    plan(&query(filter, sort, hint), &events()).ok().map(|plan| plan.index)
}

#[test]
fn the_old_search_for_pending_events_has_no_index() {
    let why = plan(&query(doc! { "counted": false }, &doc! {}, None), &events()).unwrap_err();
    assert!(why.contains("COLLSCAN"), "{why}");
    // Not even in the order of the partial index, which its first field does not bound.
    assert_eq!(
        chosen(doc! { "counted": false }, &doc! {}, Some("uncounted")).as_deref(),
        Some("uncounted"),
        "with a hint"
    );
    assert_eq!(chosen(doc! {}, &doc! {}, Some("uncounted")), None, "a partial index lacks documents");
    assert_eq!(chosen(doc! { "counted": true }, &doc! {}, Some("uncounted")), None);
    assert_eq!(chosen(doc! { "counted": false }, &doc! {}, Some("missing")), None);
}

#[test]
fn an_index_needs_a_bound_on_its_first_field() {
    let none = doc! {};
    for (filter, expected) in [
        (doc! { "userId": "?" }, Some("of_user")),
        (doc! { "userId": { "$gt": "?" } }, Some("of_user")),
        (doc! { "_id": { "$in": ["?"] }, "counted": false }, Some("_id_")),
        (doc! { "countedAt": { "$lt": "?" } }, Some("counted")),
        (doc! { "timestamp": "?" }, None),
        (doc! { "userId": { "$ne": "?" } }, None),
        (doc! { "userId": { "$exists": true } }, None),
        (doc! {}, None),
        (doc! { "$or": [{ "userId": "?" }] }, None),
    ] {
        assert_eq!(chosen(filter.clone(), &none, None).as_deref(), expected, "{filter}");
    }
    let pending = plan(&query(doc! { "userId": "?", "counted": false }, &none, None), &events());
    assert_eq!(pending.unwrap().index, "uncounted");
}

#[test]
fn an_order_comes_from_the_index_or_is_rejected() {
    let newest = doc! { "timestamp": -1, "_id": -1 };
    for (filter, sort, expected) in [
        (doc! { "userId": "?" }, newest.clone(), Some("of_user")),
        (doc! { "userId": "?" }, doc! { "timestamp": 1, "_id": 1 }, Some("of_user")),
        (doc! { "userId": "?", "timestamp": { "$lt": "?" } }, newest.clone(), Some("of_user")),
        (doc! { "userId": "?", "timestamp": "?", "_id": { "$lt": "?" } }, newest.clone(), Some("of_user")),
        (doc! { "userId": "?" }, doc! { "timestamp": -1, "_id": 1 }, None),
        (doc! { "userId": "?" }, doc! { "eventType": 1 }, None),
        (doc! { "userId": { "$in": ["?"] } }, newest, None),
        (doc! { "countedAt": { "$lt": "?" } }, doc! { "countedAt": 1 }, Some("counted")),
        (doc! { "countedAt": { "$lt": "?" } }, doc! { "_id": 1 }, Some("_id_")),
    ] {
        let plan = plan(&query(filter.clone(), &sort, None), &events()).ok();
        // An index that is only in this order is read from its beginning: that is no bound.
        let plan = plan.map(|plan| plan.index);
        assert_eq!(plan.as_deref(), expected, "{filter} {sort}");
    }
}

#[test]
fn a_whole_collection_is_read_only_in_the_order_of_an_index() {
    let plan_of = |sort: Document| plan(&query(doc! {}, &sort, None), &events());
    assert!(plan_of(doc! { "_id": 1 }).unwrap().whole);
    assert!(plan_of(doc! { "timestamp": 1 }).is_err());
    let ranged = plan(&query(doc! { "_id": { "$gt": "?" } }, &doc! { "_id": 1 }, None), &events()).unwrap();
    assert!(!ranged.whole);
}

#[test]
fn a_sparse_index_is_taken_only_where_it_is_complete() {
    let sparse = Index { sparse: true, ..index("sent", &doc! { "sentAt": 1 }, None) };
    let found = |filter: Document| plan(&query(filter, &doc! {}, None), std::slice::from_ref(&sparse)).is_ok();
    assert!(found(doc! { "sentAt": { "$lt": "?" } }));
    assert!(!found(doc! { "sentAt": null }));
}
