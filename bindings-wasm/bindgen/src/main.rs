//! Writes the JavaScript glue of a compiled wasm module: `evertoken-bindgen MODULE FOLDER`.

use std::{env, path::PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let (module, folder) = arguments.next().zip(arguments.next()).context("evertoken-bindgen MODULE FOLDER")?;
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).web(true)?.typescript(true);
    // The package says itself where its module is, and the names of functions are a third of it.
    bindgen.omit_default_module_path(true).remove_name_section(true).remove_producers_section(true);
    bindgen.generate(folder)
}
