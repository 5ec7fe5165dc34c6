//! The company's main job, played through public gRPC alone.
//!
//! [`Stage`] is where it is played: callers, the mailbox, waiting for conditions. [`hire`],
//! [`order`], [`settle`] and [`review`] are its acts, each of which checks every figure that it
//! knows; [`play`] is the whole of it.

pub mod hire;
pub mod order;
mod play;
pub mod review;
pub mod settle;
mod stage;

pub use play::{Ending, play};
pub use stage::{At, Point, Script, Stage, Tell};

use serde_json::Value;

use crate::failure::Error;

/// The text at a path of an answer, such as `/order/orderId`.
pub fn text(answer: &Value, path: &str) -> Result<String, Error> {
    let found = answer.pointer(path).and_then(Value::as_str);
    found
        .map(str::to_owned)
        .ok_or_else(|| Error::Story(format!("the answer has no {path}: {answer}")))
}

/// Minor units of the sum at a path of an answer.
pub fn minor(answer: &Value, path: &str) -> Result<i64, Error> {
    let found = answer
        .pointer(path)
        .and_then(|sum| sum.get("minorUnits"))
        .and_then(Value::as_i64);
    found.ok_or_else(|| Error::Story(format!("the answer has no sum {path}: {answer}")))
}

/// The list at a path of an answer; empty if there is none.
pub fn list<'a>(answer: &'a Value, path: &str) -> &'a [Value] {
    answer
        .pointer(path)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// Says what should have been, if it isn't.
pub fn expect<T: PartialEq + std::fmt::Debug>(what: &str, is: &T, should: &T) -> Result<(), Error> {
    if is == should {
        Ok(())
    } else {
        Err(Error::Story(format!("{what} is {is:?}, should be {should:?}")))
    }
}
