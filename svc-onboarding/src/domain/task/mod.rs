//! Kinds of task (H3). Each kind is one file here and one line in the list below.

mod answer;
#[cfg(test)]
mod fixtures;
mod free_text;
mod kind;
mod multiple;
pub mod number;
mod ordering;
mod remote;
mod seed;
mod short_text;
mod single;

pub use answer::{Answer, Choice, Input, InvalidAnswer};
pub use free_text::FreeText;
pub use kind::{Grading, Kind, Malformed, Task, TraitWeight};
pub use multiple::Multiple;
pub use number::Number;
pub use ordering::Ordering;
pub use remote::Remote;
pub use seed::Seed;
pub use short_text::ShortText;
pub use single::Single;

kind::kinds! {
    "single_choice": Single,
    "multiple_choice": Multiple,
    "number": Number,
    "ordering": Ordering,
    "short_text": ShortText,
    "free_text": FreeText,
    "remote": Remote,
}
