//! Tests and test sets.

use admin_contract::v1 as pb;
use service_host::Refusal;

use super::{actor, missing, read_seconds, seconds, time};
use crate::domain::Versioned;
use crate::domain::test::{Task, TaskKind, Test, TraitWeight};
use crate::domain::test_set::TestSet;

/// A test from the wire.
pub fn read(from: Option<pb::TestDraft>) -> Result<Test, Refusal> {
    let from = from.ok_or_else(|| missing("test"))?;
    Ok(Test {
        name: from.name,
        time_limit_seconds: read_seconds("test.time_limit", from.time_limit.as_ref())?,
        tasks: from
            .tasks
            .into_iter()
            .enumerate()
            .map(|(index, task)| read_task(&format!("test.tasks[{index}]"), task))
            .collect::<Result<_, _>>()?,
    })
}

fn read_task(field: &str, from: pb::Task) -> Result<Task, Refusal> {
    let traits = from.traits.iter().map(|weight| TraitWeight {
        name: weight.r#trait.clone(),
        weight: weight.weight,
    });
    let traits = traits.collect();
    // The contract's rules say that exactly one of them is there.
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
        return Err(missing(field));
    };
    Ok(Task {
        id: from.task_id,
        question: from.question,
        points: from.points,
        traits,
        kind,
    })
}

/// A test to the wire.
pub fn state(entry: &Versioned<Test>) -> pb::Test {
    write(entry.id, entry.version, &entry.body)
}

/// A test set to the wire.
pub fn set_state(entry: &Versioned<TestSet>) -> pb::TestSetState {
    let tests = entry.body.tests.iter();
    pb::TestSetState {
        test_set_id: entry.id.to_string(),
        version: entry.version,
        name: entry.body.name.clone(),
        tests: tests
            .map(|placed| write(placed.test_id, placed.version, &placed.test))
            .collect(),
        archived: entry.archived,
        changed_at: Some(time(entry.changed_at)),
        changed_by: Some(actor(&entry.changed_by)),
    }
}

fn write(id: uuid::Uuid, version: i64, test: &Test) -> pb::Test {
    pb::Test {
        test_id: id.to_string(),
        version,
        name: test.name.clone(),
        time_limit: Some(seconds(test.time_limit_seconds)),
        tasks: test.tasks.iter().map(write_task).collect(),
    }
}

fn write_task(task: &Task) -> pb::Task {
    let mut to = pb::Task {
        task_id: task.id.clone(),
        question: task.question.clone(),
        points: task.points,
        traits: task
            .traits
            .iter()
            .map(|weight| pb::TraitWeight {
                r#trait: weight.name.clone(),
                weight: weight.weight,
            })
            .collect(),
        ..pb::Task::default()
    };
    match task.kind.clone() {
        TaskKind::SingleChoice { options, right } => {
            to.single_choice = Some(pb::SingleChoice { options, right });
        }
        TaskKind::MultipleChoice { options, right } => {
            to.multiple_choice = Some(pb::MultipleChoice { options, right });
        }
        TaskKind::Number { right, tolerance } => {
            to.number = Some(pb::NumberWithTolerance { right, tolerance });
        }
        TaskKind::Ordering { options } => to.ordering = Some(pb::Ordering { options }),
        TaskKind::ShortText { pattern } => to.short_text = Some(pb::ShortText { pattern }),
        TaskKind::FreeText { guidance } => to.free_text = Some(pb::FreeText { guidance }),
        TaskKind::Remote { grader, guidance } => to.remote = Some(pb::RemoteTask { grader, guidance }),
    }
    to
}
