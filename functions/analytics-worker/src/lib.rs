//! analytics-worker
