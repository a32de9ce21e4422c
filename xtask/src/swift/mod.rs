//! Swift on this machine: its compiler, and the package with what it is linked to.

mod package;
mod pages;
mod toolchain;

pub(crate) use package::Package;
pub(crate) use pages::Pages;
pub(crate) use toolchain::Toolchain;
