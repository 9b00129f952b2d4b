//! Token buckets in the memory of one instance, of bounded size whatever clients do.

use std::collections::HashMap;

use store_redis::{Bucket, EmptyBucket};

/// The maximum number of buckets: some hundred kilobytes.
const MAX_BUCKETS: usize = 4096;

/// When each bucket is full again, in microseconds since 1970; one that is not listed is full.
#[derive(Default)]
pub(super) struct BucketTable(HashMap<String, u64>);

impl BucketTable {
    /// Takes one request out of each bucket, or out of none if one is empty.
    pub(super) fn take<'a>(&mut self, buckets: impl Iterator<Item = &'a Bucket>, now: u64) -> Option<EmptyBucket> {
        let mut taken = Vec::with_capacity(2);
        let mut empty: Option<EmptyBucket> = None;
        for (place, bucket) in buckets.enumerate() {
            let full_at = self.0.get(&bucket.name).copied().unwrap_or_default();
            match bucket.rate.try_acquire(full_at, now) {
                Ok(full_at) => taken.push((bucket, full_at)),
                Err(wait_micros) if empty.is_none_or(|other| other.wait_micros < wait_micros) => {
                    empty = Some(EmptyBucket { index: place, wait_micros });
                }
                Err(_) => {}
            }
        }
        if empty.is_none() {
            for (bucket, full_at) in taken {
                self.insert(bucket, full_at, now);
            }
        }
        empty
    }

    fn insert(&mut self, bucket: &Bucket, full_at: u64, now: u64) {
        if let Some(kept) = self.0.get_mut(&bucket.name) {
            *kept = full_at;
            return;
        }
        if self.0.len() >= MAX_BUCKETS {
            self.evict(now);
        }
        self.0.insert(bucket.name.clone(), full_at);
    }

    /// Removes buckets that are full again, then those with the most requests left: a crowd of new
    /// addresses evicts its own buckets, not those of clients that are being limited.
    fn evict(&mut self, now: u64) {
        self.0.retain(|_, full_at| *full_at > now);
        if self.0.len() < MAX_BUCKETS / 2 {
            return;
        }
        let mut moments: Vec<u64> = self.0.values().copied().collect();
        let (_, middle, _) = moments.select_nth_unstable(self.0.len() / 2);
        let middle = *middle;
        self.0.retain(|_, full_at| *full_at > middle);
    }
}

#[cfg(test)]
mod tests {
    use domain::rate_limits::Rate;

    use super::*;

    const RATE: Rate = Rate { requests: 10, seconds: 600 };
    const NOW: u64 = 1_000_000_000;

    fn bucket(name: impl Into<String>) -> Bucket {
        Bucket { name: name.into(), rate: RATE }
    }

    fn take(table: &mut BucketTable, name: &str) -> Option<EmptyBucket> {
        table.take([bucket(name)].iter(), NOW)
    }

    #[test]
    fn of_two_buckets_both_are_taken_or_none() {
        let mut table = BucketTable::default();
        (0..10).for_each(|_| assert_eq!(take(&mut table, "address"), None));
        let both = [bucket("user"), bucket("address")];
        for _ in 0..20 {
            assert_eq!(table.take(both.iter(), NOW).map(|empty| empty.index), Some(1));
        }
        (0..10).for_each(|_| assert_eq!(take(&mut table, "user"), None));
        assert_eq!(take(&mut table, "user"), Some(EmptyBucket { index: 0, wait_micros: 60_000_000 }));
    }

    #[test]
    fn a_crowd_of_addresses_neither_fills_memory_nor_frees_a_limited_client() {
        let mut table = BucketTable::default();
        (0..10).for_each(|_| assert_eq!(take(&mut table, "flooder"), None));
        for stranger in 0..50_000 {
            assert_eq!(take(&mut table, &format!("{stranger}")), None);
            assert!(table.0.len() <= MAX_BUCKETS);
        }
        assert!(take(&mut table, "flooder").is_some());
    }
}
