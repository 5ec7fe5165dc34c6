//! Letters from files: `<name>/<language>.txt` (its first line is the subject), `<name>/<language>.html`, and
//! `<name>/example.json` with facts for previews; `layout/` and `signature/` are shared by all.
//!
//! Everything is read, compiled and filled in with its example at start: a broken template stops the service there, not
//! the first letter that needs it.

mod load;
mod render;

pub use load::Error;
pub use render::Templates;
