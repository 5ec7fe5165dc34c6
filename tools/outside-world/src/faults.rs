//! The fault switch: what a stand-in does wrong, and for how many calls.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::world::Service;

/// How a stand-in misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Nothing is done: HTTP answers 503 without a body, SMTP answers MAIL with 421 and closes.
    Away,
    /// The work is done at once, the answer is held back: the caller cannot know.
    Slow,
    /// HTTP: the work is done, the answer is 200 with a body that is no JSON. SMTP: MAIL is answered
    /// with garbage, nothing is done.
    Nonsense,
}

/// The body of `PUT /_faults`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    service: Service,
    mode: Wanted,
    for_calls: Option<u32>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Wanted {
    Away,
    Slow,
    Nonsense,
    None,
}

/// One fault that is on; `for_calls` calls are left, or it stays until switched off.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Fault {
    mode: Mode,
    for_calls: Option<u32>,
}

/// The faults that are on.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Faults(HashMap<Service, Fault>);

impl Faults {
    pub fn set(&mut self, switch: &Switch) {
        let mode = match switch.mode {
            Wanted::Away => Mode::Away,
            Wanted::Slow => Mode::Slow,
            Wanted::Nonsense => Mode::Nonsense,
            Wanted::None => {
                self.0.remove(&switch.service);
                return;
            }
        };
        self.0.insert(
            switch.service,
            Fault {
                mode,
                for_calls: switch.for_calls,
            },
        );
    }

    /// The fault that the call now beginning meets, counted down.
    pub fn meet(&mut self, service: Service) -> Option<Mode> {
        let fault = self.0.get_mut(&service)?;
        match &mut fault.for_calls {
            None => Some(fault.mode),
            Some(0) => {
                self.0.remove(&service);
                None
            }
            Some(left) => {
                *left -= 1;
                Some(fault.mode)
            }
        }
    }
}
