//! Kotlin on this machine: a JDK and Maven, and the packages as Maven builds them.

mod jdk;
mod package;

pub(crate) use jdk::{Jdk, missing};
pub(crate) use package::Package;
