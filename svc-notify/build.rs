//! Embeds `templates/` into the program, so that it runs from a single file.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("templates");
    let mut table = String::from("&[\n");
    for folder in sorted(&root)? {
        println!("cargo::rerun-if-changed={}", folder.display());
        for file in sorted(&folder)? {
            println!("cargo::rerun-if-changed={}", file.display());
            let name = file
                .strip_prefix(&root)?
                .to_str()
                .ok_or("a template's name is no UTF-8")?;
            writeln!(
                table,
                "({name:?}, include_str!({:?})),",
                file.display().to_string()
            )?;
        }
    }
    table.push(']');
    println!("cargo::rerun-if-changed={}", root.display());
    std::fs::write(
        PathBuf::from(std::env::var("OUT_DIR")?).join("templates.rs"),
        table,
    )?;
    Ok(())
}

fn sorted(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut entries = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}
