//! Which index MongoDB takes for a query, by the documented rules of its planner.
//!
//! An index is taken if the filter has a bound on its first field, if it delivers the order that is
//! asked for, or if a hint names it; a partial one only if the filter implies its condition. Keys
//! after the first serve a query as far as equality on them continues, then an order, then a range.

use mongodb::bson::{Bson, Document};

/// An index of a collection.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Index {
    pub(super) name: String,
    pub(super) keys: Vec<(String, i64)>,
    pub(super) partial: Option<Document>,
    pub(super) sparse: bool,
    pub(super) unique: bool,
}

/// A read, or the search of a write.
#[derive(Clone, Debug, Default)]
pub(super) struct Query {
    pub(super) filter: Document,
    pub(super) sort: Vec<(String, i64)>,
    /// A name or keys.
    pub(super) hint: Option<Bson>,
}

/// How a query is answered.
#[derive(Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) index: String,
    pub(super) why: String,
    /// Whether it reads the index from its beginning, wherever that begins.
    pub(super) whole: bool,
}

/// What a filter says about a field.
#[derive(Clone, Copy, PartialEq)]
enum Bound {
    Equal,
    /// One of several values: each is a range of its own, so what follows is not in order.
    In,
    Range,
    None,
}

impl Index {
    /// The index that every collection has.
    pub(super) fn of_ids() -> Self {
        let keys = vec![("_id".to_owned(), 1)];
        Self { name: "_id_".to_owned(), keys, partial: None, sparse: false, unique: true }
    }

    /// From a `createIndexes` command.
    pub(super) fn parse(index: &Document) -> Option<Self> {
        Some(Self {
            name: index.get_str("name").ok()?.to_owned(),
            keys: directions(index.get_document("key").ok()?)?,
            partial: index.get_document("partialFilterExpression").ok().cloned(),
            sparse: index.get_bool("sparse").unwrap_or_default(),
            unique: index.get_bool("unique").unwrap_or_default(),
        })
    }

    fn is_hinted(&self, hint: &Bson) -> bool {
        match hint {
            Bson::String(name) => *name == self.name,
            Bson::Document(keys) => directions(keys).as_ref() == Some(&self.keys),
            _ => false,
        }
    }

    /// Whether it has every document that the filter finds.
    fn is_complete_for(&self, filter: &Document) -> bool {
        let implied = |(field, value): (&String, &Bson)| filter.get(field) == Some(value);
        let partial = self.partial.as_ref().is_none_or(|partial| partial.iter().all(implied));
        let present =
            |(field, _): &(String, i64)| bound(filter, field) != Bound::None && filter.get(field) != Some(&Bson::Null);
        partial && (!self.sparse || self.keys.iter().all(present))
    }

    /// The keys that equality pins down, from the first one on.
    fn equal_prefix(&self, filter: &Document) -> usize {
        self.keys.iter().take_while(|(field, _)| bound(filter, field) == Bound::Equal).count()
    }

    /// Whether it delivers this order: after the keys of equality, forward or backward.
    fn delivers(&self, filter: &Document, sort: &[(String, i64)]) -> bool {
        let rest = &self.keys[self.equal_prefix(filter)..];
        let asked: Vec<&(String, i64)> =
            sort.iter().filter(|(field, _)| bound(filter, field) != Bound::Equal).collect();
        let follows = |sign: i64| {
            asked.len() <= rest.len()
                && asked.iter().zip(rest).all(|(asked, key)| asked.0 == key.0 && asked.1 == key.1 * sign)
        };
        // Several values of one key are several ranges, which are not in order together.
        let one_range = rest.iter().take(asked.len()).all(|(field, _)| bound(filter, field) != Bound::In);
        asked.is_empty() || one_range && (follows(1) || follows(-1))
    }
}

/// The plan for a query, or why there is none.
pub(super) fn plan(query: &Query, indexes: &[Index]) -> Result<Plan, String> {
    if query.filter.contains_key("$or") || query.filter.contains_key("$and") || query.filter.contains_key("$nor") {
        return Err("these rules do not judge $or, $and and $nor: write two queries".to_owned());
    }
    if let Some(hint) = &query.hint {
        let index = indexes.iter().find(|index| index.is_hinted(hint)).ok_or_else(|| format!("no index is {hint}"))?;
        if !index.is_complete_for(&query.filter) {
            return Err(format!("{} lacks documents that the filter finds", index.name));
        }
        return in_order(query, index, "a hint names it".to_owned());
    }
    let mut failures = Vec::new();
    for index in ranked(indexes, &query.filter) {
        let first = index.keys.first().map_or("", |(field, _)| field.as_str());
        let bounded = bound(&query.filter, first) != Bound::None;
        if !index.is_complete_for(&query.filter) || !bounded {
            continue;
        }
        match in_order(query, index, bounds(index, &query.filter)) {
            Ok(plan) => return Ok(plan),
            Err(why) => failures.push(why),
        }
    }
    let walked = indexes.iter().find(|index| {
        !query.sort.is_empty() && index.is_complete_for(&query.filter) && index.delivers(&query.filter, &query.sort)
    });
    match walked {
        Some(index) => Ok(Plan { index: index.name.clone(), why: "it is in this order".to_owned(), whole: true }),
        None if failures.is_empty() => Err("no index has a bound on its first field: COLLSCAN".to_owned()),
        None => Err(failures.join("; ")),
    }
}

/// The index with the longest run of equality first; of equal ones the one with more bounds, then a
/// partial one: MongoDB tries equal ones and takes the one that is done first, which has fewer
/// documents.
fn ranked<'a>(indexes: &'a [Index], filter: &Document) -> Vec<&'a Index> {
    let mut all: Vec<&Index> = indexes.iter().collect();
    let bounds = |index: &Index| index.keys.iter().filter(|(field, _)| bound(filter, field) != Bound::None).count();
    all.sort_by_key(|index| std::cmp::Reverse((index.equal_prefix(filter), bounds(index), index.partial.is_some())));
    all
}

fn in_order(query: &Query, index: &Index, why: String) -> Result<Plan, String> {
    if !index.delivers(&query.filter, &query.sort) {
        return Err(format!("{} does not deliver the order: it is sorted in memory", index.name));
    }
    let sorted = if query.sort.is_empty() { "" } else { ", and is in this order" };
    Ok(Plan { index: index.name.clone(), why: format!("{why}{sorted}"), whole: false })
}

fn bounds(index: &Index, filter: &Document) -> String {
    let named = index.keys.iter().map_while(|(field, _)| match bound(filter, field) {
        Bound::Equal => Some(format!("{field} =")),
        Bound::In => Some(format!("{field} in")),
        Bound::Range => Some(format!("{field} in a range")),
        Bound::None => None,
    });
    let named: Vec<String> = named.collect();
    let partial = index.partial.as_ref().map_or_else(String::new, |_| "; the filter implies its condition".to_owned());
    format!("{}{partial}", named.join(", "))
}

fn bound(filter: &Document, field: &str) -> Bound {
    match filter.get(field) {
        None => Bound::None,
        Some(Bson::Document(operators)) if operators.keys().any(|key| key.starts_with('$')) => {
            let has = |names: &[&str]| operators.keys().any(|key| names.contains(&key.as_str()));
            match () {
                () if has(&["$eq"]) => Bound::Equal,
                () if has(&["$in"]) => Bound::In,
                () if has(&["$gt", "$gte", "$lt", "$lte"]) => Bound::Range,
                // `$ne`, `$nin`, `$exists` and the like exclude next to nothing.
                () => Bound::None,
            }
        }
        Some(_) => Bound::Equal,
    }
}

pub(super) fn directions(keys: &Document) -> Option<Vec<(String, i64)>> {
    let direction = |value: &Bson| value.as_i64().or_else(|| value.as_i32().map(i64::from));
    keys.iter().map(|(field, value)| Some((field.clone(), direction(value)?))).collect()
}

#[cfg(test)]
mod tests;
