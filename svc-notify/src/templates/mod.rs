//! Fills in the letters of the folder `templates/`: `<name>/<language>.txt` (its first line is the
//! subject), `<name>/<language>.html`, and `<name>/example.json` with facts for previews. `layout/`
//! and `signature/` are shared.
//!
//! All templates are compiled and filled in with their examples at start, so that a broken template
//! stops the service then and not when a letter needs it.

mod load;
mod render;

pub use load::Error;
pub use render::Templates;
