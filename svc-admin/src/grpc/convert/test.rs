//! Tests and test sets.

use admin_contract::v1 as pb;
use service_host::Refusal;

use super::{ids, to_seconds};
use crate::domain::test::{Task, TaskKind, Test, TraitWeight};
use crate::domain::test_set::TestSet;
use crate::error::Error;
use crate::grpc::Api;
use crate::grpc::entry::Submitted;
use crate::use_cases::catalogue::TestSetDraft;

impl Submitted<Test> for pb::TestDraft {
    fn draft(self, _: &Api) -> Result<Test, Error> {
        let tasks = self.tasks.into_iter().enumerate();
        let tasks = tasks.map(|(index, task)| to_task(&format!("test.tasks[{index}]"), task));
        let test = Test {
            name: self.name,
            time_limit_seconds: to_seconds("test.time_limit", self.time_limit.as_ref())?,
            tasks: tasks.collect::<Result<_, _>>()?,
        };
        Ok(test.check()?)
    }
}

impl Submitted<TestSet> for pb::TestSet {
    fn draft(self, _: &Api) -> Result<TestSetDraft, Error> {
        Ok(TestSetDraft {
            test_ids: ids("test_set.test_ids", &self.test_ids)?,
            name: self.name,
        })
    }
}

fn to_task(field: &str, from: pb::Task) -> Result<Task, Refusal> {
    let traits = from.traits.into_iter().map(|weight| TraitWeight {
        name: weight.r#trait,
        weight: weight.weight,
    });
    let traits = traits.collect();
    // The contract's rules require exactly one of these fields.
    let kind = if let Some(kind) = from.single_choice {
        TaskKind::SingleChoice {
            options: kind.options,
            right: kind.right,
        }
    } else if let Some(kind) = from.multiple_choice {
        TaskKind::MultipleChoice {
            options: kind.options,
            right: kind.right,
        }
    } else if let Some(kind) = from.number {
        TaskKind::Number {
            right: kind.right,
            tolerance: kind.tolerance,
        }
    } else if let Some(kind) = from.ordering {
        TaskKind::Ordering {
            options: kind.options,
        }
    } else if let Some(kind) = from.short_text {
        TaskKind::ShortText {
            pattern: kind.pattern,
        }
    } else if let Some(kind) = from.free_text {
        TaskKind::FreeText {
            guidance: kind.guidance,
        }
    } else if let Some(kind) = from.remote {
        TaskKind::Remote {
            grader: kind.grader,
            guidance: kind.guidance,
        }
    } else {
        return Err(Refusal::invalid(field, "is required"));
    };
    Ok(Task {
        id: from.task_id,
        question: from.question,
        points: from.points,
        traits,
        kind,
    })
}
