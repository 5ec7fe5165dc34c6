//! The fault switch: what a stand-in does wrong, and for how many calls.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::world::Service;

/// How a stand-in misbehaves. The README says what each means for HTTP and for mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Nothing is done, and it says so.
    Away,
    /// Frozen: nothing is done and nothing answered until the fault is switched off. Then what was
    /// received is done, whether its caller still waits or not.
    Silent,
    /// The work is done at once, the answer is held back: the caller cannot know.
    Slow,
    /// The work is done, the answer says that something broke.
    Error,
    /// The work is done, the answer is none that anybody can read.
    Nonsense,
    /// The work is done, the answer ends in the middle of its JSON.
    Truncated,
    /// The work is done, the answer is JSON of no contract.
    Wrong,
    /// The work is done, the connection breaks in the middle of the answer.
    Broken,
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
#[serde(untagged)]
enum Wanted {
    Fault(Mode),
    Nothing(Nothing),
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Nothing {
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
        match switch.mode {
            Wanted::Nothing(Nothing::None) => {
                self.0.remove(&switch.service);
            }
            Wanted::Fault(mode) => {
                let for_calls = switch.for_calls;
                self.0.insert(switch.service, Fault { mode, for_calls });
            }
        }
    }

    /// Whether a stand-in says nothing at the moment.
    pub fn is_silent(&self, service: Service) -> bool {
        self.0
            .get(&service)
            .is_some_and(|fault| fault.mode == Mode::Silent)
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
