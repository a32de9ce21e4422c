//! Kotlin on this machine: a JDK and Maven, and the packages as Maven builds them.

mod api;
mod archive;
mod jdk;
mod natives;
mod package;

pub(crate) use api::ApiDump;
pub(crate) use archive::Archive;
pub(crate) use jdk::{Jdk, missing};
pub(crate) use natives::NATIVES;
pub(crate) use package::{JARS, Package};
