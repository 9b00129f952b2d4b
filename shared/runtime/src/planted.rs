//! Bugs that can be switched on, so that the tests that are to find such bugs can be shown to.
//!
//! The switch exists in test builds alone: without debug assertions (whatever is shipped)
//! [`planted`] is the constant `false`, and the code behind it is not compiled in.

/// A bug of a kind that shops have had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// Events are not written beside their facts, only sent afterwards.
    NoOutbox,
    /// A consumer says that it is done before its effect is stored.
    AckBeforeCommit,
    /// A consumer does not notice that it has seen an event before.
    NoUniqueKey,
    /// The outcome of a charge overwrites what stood under its key.
    UnconditionalPut,
    /// A batch of messages never names its failures.
    SwallowedBatchFailure,
    /// Stock stays held when a card is declined.
    DroppedCompensation,
    /// A repeated refund gets a new key.
    RefundTwice,
    /// Holds expire by the clock of the process.
    ExpiryByLocalClock,
    /// The client's total is what an order costs.
    ClientsPrice,
    /// An order is priced by the cache.
    CacheAsTruth,
    /// Recovery undoes an order without keeping its late process from going on.
    NoFence,
    /// A charge whose reply was lost is tried again under a new key.
    BlindRetry,
    /// Recovery takes money that an admin refunded for a checkout that was never paid.
    InferredCompensation,
    /// A refused refund counts as done where a cancellation gives money back.
    RefusalIsDone,
    /// A product's stock is set before it is judged whether the product may be replaced.
    EffectBeforeRefusal,
    /// A product that is removed keeps its stock.
    StockOutlivesProduct,
    /// A repeated request to move stock or to add a product does not look at its key.
    ForgottenKey,
    /// A session keeps what it was opened with, whatever an operator has said of its account since.
    ForgottenDemotion,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::NoOutbox,
        Self::AckBeforeCommit,
        Self::NoUniqueKey,
        Self::UnconditionalPut,
        Self::SwallowedBatchFailure,
        Self::DroppedCompensation,
        Self::RefundTwice,
        Self::ExpiryByLocalClock,
        Self::ClientsPrice,
        Self::CacheAsTruth,
        Self::NoFence,
        Self::BlindRetry,
        Self::InferredCompensation,
        Self::RefusalIsDone,
        Self::EffectBeforeRefusal,
        Self::StockOutlivesProduct,
        Self::ForgottenKey,
        Self::ForgottenDemotion,
    ];

    /// As [`VARIABLE`] names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoOutbox => "no-outbox",
            Self::AckBeforeCommit => "ack-before-commit",
            Self::NoUniqueKey => "no-unique-key",
            Self::UnconditionalPut => "unconditional-put",
            Self::SwallowedBatchFailure => "swallowed-batch-failure",
            Self::DroppedCompensation => "dropped-compensation",
            Self::RefundTwice => "refund-twice",
            Self::ExpiryByLocalClock => "expiry-by-local-clock",
            Self::ClientsPrice => "clients-price",
            Self::CacheAsTruth => "cache-as-truth",
            Self::NoFence => "no-fence",
            Self::BlindRetry => "blind-retry",
            Self::InferredCompensation => "inferred-compensation",
            Self::RefusalIsDone => "refusal-is-done",
            Self::EffectBeforeRefusal => "effect-before-refusal",
            Self::StockOutlivesProduct => "stock-outlives-product",
            Self::ForgottenKey => "forgotten-key",
            Self::ForgottenDemotion => "forgotten-demotion",
        }
    }
}

/// Names the bug that a test build has for the life of its process.
pub const VARIABLE: &str = "SHOP_PLANTED_BUG";

/// Whether this process has that bug.
#[cfg(debug_assertions)]
pub fn planted(bug: Bug) -> bool {
    use std::sync::LazyLock;
    static PLANTED: LazyLock<Option<Bug>> = LazyLock::new(|| {
        let name = crate::Env::from_env().optional(VARIABLE)?;
        let bug = Bug::ALL.into_iter().find(|bug| bug.name() == name);
        Some(bug.unwrap_or_else(|| panic!("{VARIABLE} names no bug that can be planted: {name}")))
    });
    *PLANTED == Some(bug)
}

/// Whether this process has that bug: never, in what is shipped.
#[cfg(not(debug_assertions))]
pub const fn planted(_: Bug) -> bool {
    false
}
