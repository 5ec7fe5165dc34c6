//! A vacancy and its test sets, as the admin context would publish them.

use std::time::Duration;

use svc_onboarding::domain::form::Question;
use svc_onboarding::domain::ids::{TestId, TestSetId, VacancyId};
use svc_onboarding::domain::rule::{Best, Rule};
use svc_onboarding::domain::score::Score;
use svc_onboarding::domain::task::{
    AnyKind, Choice, FreeText, Number, Ordering, Single, Task, TraitWeight, number,
};
use svc_onboarding::domain::test_set::{Test, TestSet};
use svc_onboarding::domain::vacancy::Vacancy;
use svc_onboarding::domain::variant::Variant;
use uuid::Uuid;

pub const VACANCY: VacancyId = VacancyId(Uuid::from_u128(0x0A));
pub const TEST_SET: TestSetId = TestSetId(Uuid::from_u128(0x0B));
pub const OTHER_SET: TestSetId = TestSetId(Uuid::from_u128(0x0C));
pub const ARITHMETIC: TestId = TestId(Uuid::from_u128(0x0D));
pub const ESSAY: TestId = TestId(Uuid::from_u128(0x0E));

/// A minimum score of 60, the best half of the last ten; one required question; `TEST_SET` only.
pub fn vacancy() -> Vacancy {
    Vacancy {
        id: VACANCY,
        version: 1,
        title: "Tester of patience".to_owned(),
        description: "Sit and wait.".to_owned(),
        questions: vec![Question {
            name: "experience".to_owned(),
            text: "How long have you waited?".to_owned(),
            required: true,
        }],
        variants: vec![variant(TEST_SET, 1)],
        rule: Rule {
            minimum: Some(Score::new(60).unwrap()),
            best: Some(Best {
                percent: 50,
                window: 10,
            }),
        },
        archived: false,
    }
}

pub fn variant(test_set: TestSetId, weight: u32) -> Variant {
    Variant {
        test_set,
        weight,
        hypothesis: None,
    }
}

/// Two tests of one minute: arithmetic (`choice`, `sum`, `order`), then an essay that a manager
/// grades (`essay`).
pub fn test_set(id: TestSetId) -> TestSet {
    TestSet {
        id,
        version: 1,
        name: "Patience".to_owned(),
        tests: vec![
            test(ARITHMETIC, "Arithmetic", vec![choice(), sum(), order()]),
            test(ESSAY, "Essay", vec![essay()]),
        ],
        archived: false,
    }
}

pub fn test(id: TestId, name: &str, tasks: Vec<Task>) -> Test {
    Test {
        id,
        version: 1,
        name: name.to_owned(),
        time_limit: Duration::from_mins(1),
        tasks,
    }
}

pub fn task(id: &str, points: u32, measures: &str, kind: AnyKind) -> Task {
    Task {
        id: id.to_owned(),
        prompt: format!("the question of {id}"),
        points,
        traits: vec![TraitWeight {
            name: measures.to_owned(),
            weight: 1,
        }],
        kind,
    }
}

/// The right choice is "right".
pub fn choice() -> Task {
    let choices = ["left", "right"].map(option);
    task(
        "choice",
        1,
        "attention",
        AnyKind::Single(Single {
            choices: choices.into(),
            right: "right".to_owned(),
        }),
    )
}

fn sum() -> Task {
    task(
        "sum",
        1,
        "arithmetic",
        AnyKind::Number(Number {
            right: number::parse("4").unwrap(),
            tolerance: number::parse("0.5").unwrap(),
        }),
    )
}

fn order() -> Task {
    let choices = ["first", "second", "third"].map(option);
    task(
        "order",
        1,
        "attention",
        AnyKind::Ordering(Ordering {
            choices: choices.into(),
        }),
    )
}

fn essay() -> Task {
    let kind = FreeText {
        guidance: "SECRET-GUIDANCE".to_owned(),
    };
    task("essay", 3, "patience", AnyKind::FreeText(kind))
}

fn option(text: &str) -> Choice {
    Choice {
        id: text.to_owned(),
        text: text.to_owned(),
    }
}
