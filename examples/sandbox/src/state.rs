//! Everything the sandbox remembers, behind one lock, and the news that something has changed.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::clock::Clock;
use crate::jwt::Signer;
use crate::log::Log;
use crate::sandbox::{InitialKeys, StartError};
use crate::site::Site;
use crate::vendor::Vendor;

pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) signer: Signer,
    memory: Mutex<Memory>,
    changes: watch::Sender<u64>,
}

pub(crate) struct Memory {
    pub(crate) log: Log,
    pub(crate) sites: BTreeMap<Vendor, Site>,
}

impl Memory {
    /// The memory of a vendor; each has one from the start.
    pub(crate) fn site(&mut self, vendor: Vendor) -> &mut Site {
        self.sites.entry(vendor).or_insert_with(|| Site::new(vendor))
    }
}

impl State {
    pub(crate) fn new() -> Result<Self, StartError> {
        let memory = Memory { log: Log::default(), sites: new_sites() };
        Ok(Self { clock: Clock::new(), signer: Signer::new()?, memory: Mutex::new(memory), changes: watch::Sender::new(0) })
    }

    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whoever waits that something has changed.
    pub(crate) fn changed(&self) {
        self.changes.send_modify(|number| *number = number.wrapping_add(1));
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Puts all vendors back to the beginning, with the initial keys.
    pub(crate) fn reset_sites(&self, keys: &InitialKeys) {
        let mut sites = new_sites();
        keys.put_into(&mut sites);
        self.memory().sites = sites;
    }
}

fn new_sites() -> BTreeMap<Vendor, Site> {
    Vendor::ALL.into_iter().map(|vendor| (vendor, Site::new(vendor))).collect()
}
