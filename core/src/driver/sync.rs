//! What threads share is made of these; a check of interleavings puts its own in their place (`verification/interleavings`).

pub(super) use super::std::{
    sync::{Mutex, MutexGuard, PoisonError},
    thread_local,
};
pub(super) use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub(super) use arc_swap::ArcSwapOption;
