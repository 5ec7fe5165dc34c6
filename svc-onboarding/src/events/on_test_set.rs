//! A test set, or one of its tests, was made, edited or archived.

use admin_contract::v1 as admin;
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use uuid::Uuid;

use crate::domain::decimal::Decimal;
use crate::domain::task::{
    AnyKind, Choice, FreeText, Multiple, Number, Ordering, Remote, ShortText, Single, Task, TraitWeight,
};
use crate::domain::test_set::{Test, TestSet};
use crate::store;

/// Keeps test sets as they are now. A set that nobody could take is refused, and parked for an operator to see.
pub struct OnTestSet;

impl On<admin::TestSetState> for OnTestSet {
    async fn on(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Received<admin::TestSetState>,
    ) -> Result<(), Stop> {
        let test_set = test_set(&event.message).map_err(Stop::refused)?;
        test_set.check().map_err(Stop::refused)?;
        Ok(store::catalogue::put_test_set(conn, &test_set).await?)
    }
}

fn test_set(state: &admin::TestSetState) -> Result<TestSet, String> {
    Ok(TestSet {
        id: id(&state.test_set_id)?,
        version: state.version,
        name: state.name.clone(),
        tests: state.tests.iter().map(test).collect::<Result<_, _>>()?,
        archived: state.archived,
    })
}

fn test(test: &admin::Test) -> Result<Test, String> {
    let time_limit = test.time_limit.ok_or("a test has no time limit")?;
    Ok(Test {
        id: id(&test.test_id)?,
        version: test.version,
        name: test.name.clone(),
        time_limit: time_limit.try_into().map_err(|_| "a time limit is negative")?,
        tasks: test.tasks.iter().map(task).collect::<Result<_, _>>()?,
    })
}

fn task(task: &admin::Task) -> Result<Task, String> {
    let traits = task.traits.iter().map(|measured| {
        Ok(TraitWeight {
            name: measured.r#trait.clone(),
            weight: u32::try_from(measured.weight).map_err(|error| error.to_string())?,
        })
    });
    Ok(Task {
        id: task.task_id.clone(),
        prompt: task.question.clone(),
        points: u32::try_from(task.points).map_err(|error| error.to_string())?,
        traits: traits.collect::<Result<_, String>>()?,
        kind: kind(task)?,
    })
}

/// The contract keeps each kind in a field of its own, exactly one of them set.
fn kind(task: &admin::Task) -> Result<AnyKind, String> {
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
    if let Some(number) = &task.number {
        let decimal = |double| Decimal::from_f64(double).map_err(|error| error.to_string());
        return Ok(AnyKind::Number(Number {
            right: decimal(number.right)?,
            tolerance: decimal(number.tolerance)?,
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
    Err(format!("task {} is of no kind that is known here", task.task_id))
}

/// Options are named by their index.
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

fn id(text: &str) -> Result<Uuid, String> {
    text.parse().map_err(|_| format!("{text} is not an id"))
}

#[cfg(test)]
mod tests {
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
        let names: Vec<&str> = tasks.iter().map(|task| kind(task).unwrap().name()).collect();
        assert_eq!(names, AnyKind::NAMES);
        assert!(kind(&admin::Task::default()).is_err());
    }
}
