use std::collections::HashSet;
use std::time::Duration;

use super::score::Weight;
use super::step::{BuiltIn, Kind};
use super::steps::{BUILT_IN, built_in};

/// The most steps of a pipeline.
pub const MAX_STEPS: usize = 32;
const MAX_DEADLINE: Duration = Duration::from_secs(10);

/// A named, versioned, ordered list of steps (M1). Always valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    name: String,
    version: i64,
    steps: Vec<PipelineStep>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineStep {
    /// Unique in the pipeline; for a built-in step its own name.
    pub name: String,
    pub weight: Weight,
    pub action: Action,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    BuiltIn(&'static BuiltIn),
    Remote(Remote),
}

/// A step of another team: a gRPC service that implements the contract `MatchingStepService` (M3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// `http://host:port`.
    pub endpoint: String,
    pub deadline: Duration,
    pub on_failure: RemoteFailure,
}

/// What happens if a remote step fails or misses its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemoteFailure {
    /// The run continues without it.
    Skip,
    /// The order waits until the step answers.
    Hold,
}

/// Why a list of steps is not a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    #[error("two steps are named {0}")]
    Twice(String),
    /// Neither a built-in step nor a remote one.
    #[error("there is no built-in step {0}, and it has no endpoint")]
    UnknownStep(String),
    /// A remote step with the name of a built-in step would make reasons ambiguous.
    #[error("{0} is a built-in step; a remote one needs another name")]
    NameTaken(String),
    /// Without every requirement, a worker who cannot come could be chosen.
    #[error("the step {0} may not be left out")]
    Missing(&'static str),
    /// A filter before a requirement could reject the only worker who can come (O4).
    #[error("the step {0} must stand before all steps that are not requirements")]
    RequirementNotFirst(String),
    #[error("exactly one step must select, and it must be the last")]
    SelectionNotLast,
    #[error("a pipeline may have {MAX_STEPS} steps at most")]
    TooLong,
    #[error("{0} is not an http:// address")]
    Endpoint(String),
    #[error("the deadline of {0} must be longer than zero and 10 seconds at most")]
    Deadline(String),
}

impl Pipeline {
    pub fn new(name: String, version: i64, steps: Vec<PipelineStep>) -> Result<Self, Invalid> {
        if steps.len() > MAX_STEPS {
            return Err(Invalid::TooLong);
        }
        let mut names = HashSet::new();
        for step in &steps {
            if !names.insert(step.name.as_str()) {
                return Err(Invalid::Twice(step.name.clone()));
            }
            step.check()?;
        }
        let required = BUILT_IN.iter().filter(|step| step.kind == Kind::Requirement);
        if let Some(missing) = required.map(|step| step.name).find(|name| !names.contains(name)) {
            return Err(Invalid::Missing(missing));
        }
        let late = steps
            .iter()
            .skip_while(|step| step.requires())
            .find(|step| step.requires());
        if let Some(late) = late {
            return Err(Invalid::RequirementNotFirst(late.name.clone()));
        }
        let selects: Vec<bool> = steps.iter().map(PipelineStep::selects).collect();
        if selects.iter().filter(|selects| **selects).count() != 1 || selects.last() != Some(&true) {
            return Err(Invalid::SelectionNotLast);
        }
        Ok(Self { name, version, steps })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// From 1.
    pub fn version(&self) -> i64 {
        self.version
    }

    pub fn steps(&self) -> &[PipelineStep] {
        &self.steps
    }
}

impl PipelineStep {
    pub fn built_in(name: &str, weight: Weight) -> Result<Self, Invalid> {
        let step = built_in(name).ok_or_else(|| Invalid::UnknownStep(name.to_owned()))?;
        Ok(Self {
            name: name.to_owned(),
            weight,
            action: Action::BuiltIn(step),
        })
    }

    fn selects(&self) -> bool {
        self.is(Kind::Select)
    }

    fn requires(&self) -> bool {
        self.is(Kind::Requirement)
    }

    fn is(&self, kind: Kind) -> bool {
        matches!(&self.action, Action::BuiltIn(step) if step.kind == kind)
    }

    fn check(&self) -> Result<(), Invalid> {
        let Action::Remote(remote) = &self.action else {
            return Ok(());
        };
        if built_in(&self.name).is_some() {
            return Err(Invalid::NameTaken(self.name.clone()));
        }
        // The service mesh encrypts the connection, so that https would encrypt it twice.
        if !remote.endpoint.starts_with("http://") {
            return Err(Invalid::Endpoint(remote.endpoint.clone()));
        }
        if remote.deadline.is_zero() || remote.deadline > MAX_DEADLINE {
            return Err(Invalid::Deadline(self.name.clone()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built_ins(names: &[&str]) -> Vec<PipelineStep> {
        names
            .iter()
            .map(|name| PipelineStep::built_in(name, Weight::ONE).unwrap())
            .collect()
    }

    fn pipeline(steps: Vec<PipelineStep>) -> Result<Pipeline, Invalid> {
        Pipeline::new("standard".into(), 1, steps)
    }

    fn remote(name: &str, endpoint: &str, deadline: Duration) -> PipelineStep {
        let remote = Remote {
            endpoint: endpoint.into(),
            deadline,
            on_failure: RemoteFailure::Skip,
        };
        PipelineStep {
            name: name.into(),
            weight: Weight::ONE,
            action: Action::Remote(remote),
        }
    }

    #[test]
    fn m1_a_pipeline_has_every_requirement_and_selects_last() {
        assert!(pipeline(built_ins(&["active", "free_in_slot", "best_of"])).is_ok());
        let refused = [
            (vec![], Invalid::Missing("active")),
            (
                built_ins(&["free_in_slot", "best_of"]),
                Invalid::Missing("active"),
            ),
            (
                built_ins(&["active", "best_of"]),
                Invalid::Missing("free_in_slot"),
            ),
            (built_ins(&["active", "free_in_slot"]), Invalid::SelectionNotLast),
            (
                built_ins(&["active", "free_in_slot", "best_of", "random"]),
                Invalid::SelectionNotLast,
            ),
            (
                built_ins(&["active", "random", "free_in_slot", "best_of"]),
                Invalid::RequirementNotFirst("free_in_slot".into()),
            ),
            (
                built_ins(&["active", "active", "free_in_slot", "best_of"]),
                Invalid::Twice("active".into()),
            ),
        ];
        for (steps, why) in refused {
            assert_eq!(pipeline(steps), Err(why));
        }
    }

    #[test]
    fn m3_a_remote_step_has_its_own_name_an_http_address_and_a_bounded_deadline() {
        let with = |step| {
            let mut steps = built_ins(&["active", "free_in_slot", "best_of"]);
            steps.insert(2, step);
            pipeline(steps).map(|_| ())
        };
        let second = Duration::from_secs(1);
        assert_eq!(with(remote("astrology", "http://stars:50051", second)), Ok(()));
        assert_eq!(
            with(remote("random", "http://stars:50051", second)),
            Err(Invalid::NameTaken("random".into()))
        );
        assert_eq!(
            with(remote("a", "ftp://stars", second)),
            Err(Invalid::Endpoint("ftp://stars".into()))
        );
        for deadline in [Duration::ZERO, Duration::from_millis(10_001)] {
            assert_eq!(
                with(remote("a", "http://stars", deadline)),
                Err(Invalid::Deadline("a".into()))
            );
        }
    }

    #[test]
    fn m1_an_unknown_step_and_too_many_steps_are_refused() {
        assert_eq!(
            PipelineStep::built_in("astrology", Weight::ONE),
            Err(Invalid::UnknownStep("astrology".into()))
        );
        let many = (0..=MAX_STEPS).map(|n| remote(&format!("r{n}"), "http://r", Duration::from_secs(1)));
        assert_eq!(pipeline(many.collect()), Err(Invalid::TooLong));
    }
}
