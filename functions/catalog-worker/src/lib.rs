//! catalog-worker
