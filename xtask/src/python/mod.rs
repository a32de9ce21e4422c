//! Python on this machine: interpreters, virtual environments, and the extension built into them.

mod extension;
mod interpreter;
mod venv;

pub(crate) use extension::Extension;
pub(crate) use interpreter::Interpreter;
pub(crate) use venv::Venv;

/// Why nothing of Python can run here.
pub(crate) const MISSING: &str = "Python 3.10 or newer with venv is not installed (Debian: python3-venv)";
