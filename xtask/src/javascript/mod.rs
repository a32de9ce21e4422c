//! JavaScript on this machine: Node.js and the tools of its packages, browsers, and the npm package as it is built.

mod browser;
mod node;
mod package;

pub(crate) use browser::Browser;
pub(crate) use node::{install, missing};
pub(crate) use package::Package;
