//! A test set or one of its tests was created, edited or archived.

use admin_contract::v1 as admin;
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};

use crate::domain::task::{
    AnyKind, Choice, FreeText, Multiple, Number, Ordering, Remote, ShortText, Single, Task, TraitWeight,
    number,
};
use crate::domain::test_set::{Test, TestSet};
use crate::store;

/// Stores the latest version of each test set. The event of a test set that no candidate could take
/// is parked.
pub struct OnTestSet;

impl On<admin::TestSetState> for OnTestSet {
    async fn on(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Received<admin::TestSetState>,
    ) -> Result<(), Stop> {
        let test_set = test_set(&event.message)?;
        test_set.check().map_err(Stop::refused)?;
        Ok(store::test_sets::put(conn, &test_set).await?)
    }
}

fn test_set(state: &admin::TestSetState) -> Result<TestSet, Stop> {
    Ok(TestSet {
        id: messaging::id("test_set_id", &state.test_set_id)?,
        version: state.version,
        name: state.name.clone(),
        tests: state.tests.iter().map(test).collect::<Result<_, _>>()?,
        archived: state.archived,
    })
}

fn test(test: &admin::Test) -> Result<Test, Stop> {
    let time_limit = messaging::required("time_limit", test.time_limit)?;
    Ok(Test {
        id: messaging::id("test_id", &test.test_id)?,
        version: test.version,
        name: test.name.clone(),
        time_limit: time_limit.try_into().map_err(Stop::refused)?,
        tasks: test.tasks.iter().map(task).collect::<Result<_, _>>()?,
    })
}

fn task(task: &admin::Task) -> Result<Task, Stop> {
    let traits = task.traits.iter().map(|measured| {
        Ok(TraitWeight {
            name: measured.r#trait.clone(),
            weight: u32::try_from(measured.weight).map_err(Stop::refused)?,
        })
    });
    Ok(Task {
        id: task.task_id.clone(),
        prompt: task.question.clone(),
        points: u32::try_from(task.points).map_err(Stop::refused)?,
        traits: traits.collect::<Result<_, Stop>>()?,
        kind: kind(task)?,
    })
}

/// The contract has one field per kind, of which exactly one is set.
fn kind(task: &admin::Task) -> Result<AnyKind, Stop> {
    if let Some(single) = &task.single_choice {
        return Ok(AnyKind::Single(Single {
            choices: choices(&single.options),
            right: single.right.to_string(),
        }));
    }
    if let Some(multiple) = &task.multiple_choice {
        return Ok(AnyKind::Multiple(Multiple {
            choices: choices(&multiple.options),
            right: multiple.right.iter().map(ToString::to_string).collect(),
        }));
    }
    if let Some(expected) = &task.number {
        let decimal = |double| number::from_f64(double).map_err(Stop::refused);
        return Ok(AnyKind::Number(Number {
            right: decimal(expected.right)?,
            tolerance: decimal(expected.tolerance)?,
        }));
    }
    if let Some(ordering) = &task.ordering {
        return Ok(AnyKind::Ordering(Ordering {
            choices: choices(&ordering.options),
        }));
    }
    if let Some(text) = &task.short_text {
        return Ok(AnyKind::ShortText(ShortText {
            pattern: text.pattern.clone(),
        }));
    }
    if let Some(text) = &task.free_text {
        return Ok(AnyKind::FreeText(FreeText {
            guidance: text.guidance.clone(),
        }));
    }
    if let Some(remote) = &task.remote {
        return Ok(AnyKind::Remote(Remote {
            grader: remote.grader.clone(),
            guidance: remote.guidance.clone(),
        }));
    }
    let message = format!("the kind of task {} is unknown", task.task_id);
    Err(Stop::refused(message))
}

/// The id of a choice is its index.
fn choices(options: &[String]) -> Vec<Choice> {
    options
        .iter()
        .enumerate()
        .map(|(index, text)| Choice {
            id: index.to_string(),
            text: text.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use strum::VariantNames as _;

    use super::*;

    #[test]
    fn a1_every_kind_of_the_contract_is_known() {
        let options = vec!["a".to_owned(), "b".to_owned()];
        let tasks = [
            admin::Task {
                single_choice: Some(admin::SingleChoice {
                    options: options.clone(),
                    right: 1,
                }),
                ..Default::default()
            },
            admin::Task {
                multiple_choice: Some(admin::MultipleChoice {
                    options: options.clone(),
                    right: vec![0, 1],
                }),
                ..Default::default()
            },
            admin::Task {
                number: Some(admin::NumberWithTolerance {
                    right: 0.1 + 0.2,
                    tolerance: 0.0,
                }),
                ..Default::default()
            },
            admin::Task {
                ordering: Some(admin::Ordering { options }),
                ..Default::default()
            },
            admin::Task {
                short_text: Some(admin::ShortText {
                    pattern: "a+".to_owned(),
                }),
                ..Default::default()
            },
            admin::Task {
                free_text: Some(admin::FreeText::default()),
                ..Default::default()
            },
            admin::Task {
                remote: Some(admin::RemoteTask {
                    grader: "http://grader:1".to_owned(),
                    guidance: String::new(),
                }),
                ..Default::default()
            },
        ];
        let kinds: Vec<AnyKind> = tasks.iter().map(|task| kind(task).unwrap()).collect();
        let names: Vec<&str> = kinds.iter().map(AsRef::as_ref).collect();
        assert_eq!(names, AnyKind::VARIANTS);
        assert!(kind(&admin::Task::default()).is_err());
    }
}
