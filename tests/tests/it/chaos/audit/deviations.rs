//! What is otherwise than it should be.

use std::fmt::{Debug, Display};

#[derive(Default)]
pub struct Deviations(Vec<String>);

impl Deviations {
    /// Notes what is not as it should be. `about` names what a reader has to look at: an order's id, a client's.
    pub fn expect<T: PartialEq + Debug>(&mut self, about: impl Display, what: &str, is: &T, should: &T) {
        if is != should {
            self.0
                .push(format!("{about}: {what}: is {is:?}, should be {should:?}"));
        }
    }

    pub fn all(self) -> Vec<String> {
        self.0
    }
}
