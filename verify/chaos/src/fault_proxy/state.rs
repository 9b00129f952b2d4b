//! What all connections of one proxy share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, watch};

use super::fault::{Fault, Protocol};

pub(super) struct ProxyState {
    pub(super) protocol: Protocol,
    pub(super) exchanges: AtomicU64,
    faults: Mutex<HashMap<u64, Fault>>,
    /// The faults that have been injected, in order.
    pub(super) injected: watch::Sender<Vec<(u64, Fault)>>,
    /// The fault of every exchange from this one on.
    permanent: Mutex<Option<(u64, Fault)>>,
    /// Opened when delayed exchanges may continue.
    pub(super) gate: Semaphore,
}

impl ProxyState {
    pub(super) fn new(protocol: Protocol) -> Self {
        Self {
            protocol,
            exchanges: AtomicU64::new(0),
            faults: Mutex::default(),
            injected: watch::Sender::new(Vec::new()),
            permanent: Mutex::default(),
            gate: Semaphore::new(0),
        }
    }

    /// Counts an exchange that begins with these bytes; returns its fault, if any.
    pub(super) fn begin_exchange(&self, question: &[u8]) -> (u64, Option<Fault>) {
        let mut faults = self.faults();
        let number = self.exchanges.fetch_add(1, Ordering::SeqCst);
        let mut planned = faults.remove(&number);
        if planned == Some(Fault::CutAtCommit) && !self.protocol.is_commit(question) {
            faults.insert(number + 1, Fault::CutAtCommit);
            planned = None;
        }
        drop(faults);
        let lasting = self.permanent_fault().filter(|(from, _)| number >= *from).map(|(_, fault)| fault);
        (number, lasting.or(planned))
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, HashMap<u64, Fault>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn permanent_fault(&self) -> MutexGuard<'_, Option<(u64, Fault)>> {
        self.permanent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn record_fault(&self, number: u64, fault: Fault) {
        self.injected.send_modify(|struck| struck.push((number, fault)));
    }

    /// Records that a connection was refused, unless an exchange was before it.
    pub(super) fn record_refusal(&self) {
        let number = self.exchanges.load(Ordering::SeqCst);
        self.injected.send_if_modified(|struck| {
            let first = !struck.iter().any(|(_, fault)| *fault == Fault::Down);
            if first {
                struck.push((number, Fault::Down));
            }
            first
        });
    }

    pub(super) fn is_down(&self) -> bool {
        let now = self.exchanges.load(Ordering::SeqCst);
        matches!(*self.permanent_fault(), Some((from, Fault::Down)) if now >= from)
    }
}
