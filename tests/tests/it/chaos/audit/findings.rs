//! What was compared, part by part, and what is otherwise than it should be.

use std::fmt::{self, Debug, Display};

/// What one file of the audit found.
pub struct Part {
    pub name: &'static str,
    compared: usize,
    /// Each in one line that names the part and what it is about.
    pub deviations: Vec<String>,
}

#[derive(Default)]
pub struct Findings {
    /// How much there was to audit.
    pub subject: String,
    parts: Vec<Part>,
}

impl Findings {
    /// What is compared from now on belongs to this part.
    pub fn begin(&mut self, name: &'static str) {
        self.parts.push(Part {
            name,
            compared: 0,
            deviations: Vec::new(),
        });
    }

    /// Notes what is not as it should be. `about` names what a reader has to look at: an order's
    /// id, a client's.
    pub fn expect<T: PartialEq + Debug>(&mut self, about: impl Display, what: &str, is: &T, should: &T) {
        let part = self.parts.last_mut().expect("a part has begun");
        part.compared += 1;
        if is != should {
            let line = format!("{}: {about}: {what}: is {is:?}, should be {should:?}", part.name);
            part.deviations.push(line);
        }
    }

    /// The parts that had nothing to compare, and prove nothing.
    pub fn empty(&self) -> Vec<&str> {
        let empty = self.parts.iter().filter(|part| part.compared == 0);
        empty.map(|part| part.name).collect()
    }

    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Of all parts.
    pub fn deviations(&self) -> Vec<String> {
        let of_parts = self.parts.iter().flat_map(|part| &part.deviations);
        of_parts.cloned().collect()
    }
}

/// A table: how much each part compared.
impl Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "audited: {}", self.subject)?;
        write!(f, "{:<12}{:>10}{:>12}", "part", "compared", "deviating")?;
        for part in &self.parts {
            let (name, deviating) = (part.name, part.deviations.len());
            write!(f, "\n{name:<12}{:>10}{deviating:>12}", part.compared)?;
        }
        Ok(())
    }
}
