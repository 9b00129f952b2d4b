//! notification-worker
