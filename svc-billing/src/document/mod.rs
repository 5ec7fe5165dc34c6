//! B9: an invoice as a document. [`Sheet`] is its text, `pdf` draws the text. All text is ASCII,
//! because the fonts that every PDF reader has cover no more.

mod pdf;
mod sheet;

pub use sheet::Sheet;
