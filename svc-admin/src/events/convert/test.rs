//! Tests and test sets.

use admin_contract::v1 as pb;
use conventions::wire::timestamp;
use messaging::Events;

use super::{Published, seconds};
use crate::domain::Versioned;
use crate::domain::ids::EntryId;
use crate::domain::test::{Task, TaskKind, Test};
use crate::domain::test_set::TestSet;

impl Published for Test {
    type State = pb::Test;

    fn state(version: &Versioned<Self>) -> Self::State {
        test(version.id, version.version, &version.body)
    }

    /// A test is published as part of the sets that contain it.
    fn events(_: &Versioned<Self>) -> Events {
        Events::none()
    }
}

impl Published for TestSet {
    type State = pb::TestSetState;

    fn state(version: &Versioned<Self>) -> Self::State {
        let tests = version.body.tests.iter();
        pb::TestSetState {
            test_set_id: version.id.to_string(),
            version: version.version,
            name: version.body.name.clone(),
            tests: tests
                .map(|placed| test(placed.test_id, placed.version, &placed.test))
                .collect(),
            archived: version.archived,
            changed_at: Some(timestamp(version.changed_at)),
            changed_by: Some((&version.changed_by).into()),
        }
    }

    fn events(version: &Versioned<Self>) -> Events {
        Events::of(&Self::state(version))
    }
}

fn test(id: EntryId, version: i64, test: &Test) -> pb::Test {
    pb::Test {
        test_id: id.to_string(),
        version,
        name: test.name.clone(),
        time_limit: Some(seconds(test.time_limit_seconds)),
        tasks: test.tasks.iter().map(task).collect(),
    }
}

fn task(task: &Task) -> pb::Task {
    let traits = task.traits.iter().map(|weight| pb::TraitWeight {
        r#trait: weight.name.clone(),
        weight: weight.weight,
    });
    let mut to = pb::Task {
        task_id: task.id.clone(),
        question: task.question.clone(),
        points: task.points,
        traits: traits.collect(),
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
