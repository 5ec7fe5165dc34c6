use std::time::Duration;

use uuid::Uuid;

use super::*;
use crate::domain::ids::TestSetId;
use crate::domain::task::{AnyKind, Choice, FreeText, Remote, Single};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn task(id: &str, kind: AnyKind) -> Task {
    Task {
        id: id.to_owned(),
        prompt: format!("{id}?"),
        points: 1,
        traits: Vec::new(),
        kind,
    }
}

fn single(id: &str) -> Task {
    let choices = ["a", "b"].map(|id| Choice {
        id: id.to_owned(),
        text: id.to_owned(),
    });
    task(
        id,
        AnyKind::Single(Single {
            choices: choices.into(),
            right: "a".to_owned(),
        }),
    )
}

fn test_id(id: u128) -> TestId {
    TestId(Uuid::from_u128(id))
}

fn test(id: u128, tasks: Vec<Task>) -> Test {
    Test {
        id: test_id(id),
        version: 1,
        name: format!("test {id}"),
        time_limit: Duration::from_mins(1),
        tasks,
    }
}

/// Two tests of 60 s: two single choices; a free text and a remote task.
fn attempt() -> Attempt {
    let essay = AnyKind::FreeText(FreeText {
        guidance: String::new(),
    });
    let remote = AnyKind::Remote(Remote {
        grader: "http://grader:1".to_owned(),
        guidance: String::new(),
    });
    let test_set = TestSet {
        id: TestSetId(Uuid::from_u128(1)),
        version: 1,
        name: "set".to_owned(),
        tests: vec![
            test(10, vec![single("one"), single("two")]),
            test(20, vec![task("essay", essay), task("code", remote)]),
        ],
        archived: false,
    };
    assert_eq!(test_set.check(), Ok(()));
    Attempt::new(ApplicationId(Uuid::from_u128(7)), test_set)
}

fn choose(id: &str) -> Answer {
    Answer::Chosen(vec![id.to_owned()])
}

fn write(text: &str) -> Answer {
    Answer::Text(text.to_owned())
}

fn asked(attempt: &mut Attempt, now: DateTime<Utc>) -> Option<String> {
    attempt.next_task(now).unwrap().map(|shown| shown.task.id.clone())
}

#[test]
fn h3_no_task_is_shown_before_a_test_is_begun() {
    let mut attempt = attempt();
    assert_eq!(attempt.next_task(at(0)), Err(Refused::NotBegun));
    assert_eq!(attempt.submit("one", choose("a"), at(0)), Err(Refused::NotBegun));
    assert_eq!(attempt.finish_test(at(0)), Err(Refused::NotBegun));
}

#[test]
fn h3_tasks_come_one_at_a_time() {
    let mut attempt = attempt();
    attempt.begin_test(at(0)).unwrap();
    assert_eq!(asked(&mut attempt, at(1)).as_deref(), Some("one"));
    assert_eq!(attempt.submit("two", choose("a"), at(2)), Err(Refused::NotAsked));
    attempt.submit("one", choose("a"), at(3)).unwrap();
    assert_eq!(asked(&mut attempt, at(4)).as_deref(), Some("two"));
    attempt.submit("two", choose("a"), at(5)).unwrap();
    assert_eq!(asked(&mut attempt, at(6)), None);
}

#[test]
fn h3_an_answer_to_a_task_that_was_not_shown_is_refused() {
    let mut attempt = attempt();
    attempt.begin_test(at(0)).unwrap();
    assert_eq!(attempt.submit("one", choose("a"), at(1)), Err(Refused::NotAsked));
}

#[test]
fn h3_a_lost_connection_costs_no_answer_and_gains_no_time() {
    let mut attempt = attempt();
    let deadline = attempt.begin_test(at(0)).unwrap().1.deadline;
    assert_eq!(asked(&mut attempt, at(1)).as_deref(), Some("one"));
    assert_eq!(attempt.begin_test(at(30)).unwrap().1.deadline, deadline);
    assert_eq!(asked(&mut attempt, at(31)).as_deref(), Some("one"));
    attempt.submit("one", choose("b"), at(32)).unwrap();
    assert_eq!(attempt.begin_test(at(40)).unwrap().1.deadline, deadline);
    assert_eq!(asked(&mut attempt, at(41)).as_deref(), Some("two"));
}

#[test]
fn h3_an_answer_cannot_be_changed() {
    let mut attempt = attempt();
    attempt.begin_test(at(0)).unwrap();
    asked(&mut attempt, at(1));
    let index = TaskIndex { test: 0, task: 0 };
    assert_eq!(
        attempt.submit("one", choose("b"), at(2)),
        Ok(Accepted::New(index))
    );
    assert_eq!(attempt.submit("one", choose("b"), at(3)), Ok(Accepted::Duplicate));
    assert_eq!(
        attempt.submit("one", choose("a"), at(4)),
        Err(Refused::AnswerStays)
    );
    assert_eq!(attempt.answers[&index].at, at(2));
}

#[test]
fn h3_late_answers_are_refused_from_the_deadline_on() {
    let mut attempt = attempt();
    attempt.begin_test(at(0)).unwrap();
    asked(&mut attempt, at(1));
    let mut late = attempt.clone();
    assert_eq!(late.submit("one", choose("a"), at(60)), Err(Refused::TimeIsUp));
    assert_eq!(late.next_task(at(60)), Err(Refused::TimeIsUp));
    assert_eq!(late, attempt);
    assert!(attempt.submit("one", choose("a"), at(59)).is_ok());
}

#[test]
fn h3_after_an_invalid_answer_a_valid_one_is_taken() {
    let mut attempt = attempt();
    attempt.begin_test(at(0)).unwrap();
    asked(&mut attempt, at(1));
    assert!(matches!(
        attempt.submit("one", write("a"), at(2)),
        Err(Refused::InvalidAnswer(_))
    ));
    assert!(attempt.submit("one", choose("a"), at(3)).is_ok());
}

#[test]
fn h3_each_test_has_its_own_time_limit() {
    let mut attempt = attempt();
    attempt.begin_test(at(0)).unwrap();
    attempt.finish_test(at(10)).unwrap();
    assert_eq!(attempt.next_task(at(11)), Err(Refused::NotBegun));
    let (test, sitting) = attempt.begin_test(at(500)).unwrap();
    assert_eq!((test.id, sitting.deadline), (test_id(20), at(560)));
}

#[test]
fn h3_after_time_is_up_the_next_test_can_begin() {
    let mut attempt = attempt();
    attempt.begin_test(at(0)).unwrap();
    let (test, _) = attempt.begin_test(at(100)).unwrap();
    assert_eq!(test.id, test_id(20));
    assert_eq!(attempt.sittings[0].ended_at, Some(at(60)));
}

#[test]
fn h3_a_test_is_taken_once() {
    let mut attempt = attempt();
    for start in [0, 100] {
        attempt.begin_test(at(start)).unwrap();
        attempt.finish_test(at(start + 1)).unwrap();
    }
    assert!(attempt.is_over());
    assert_eq!(attempt.begin_test(at(300)), Err(Refused::AllTaken));
    assert_eq!(attempt.next_task(at(300)), Err(Refused::AllTaken));
    assert_eq!(attempt.finish_test(at(300)), Ok(()));
    assert_eq!(attempt.sittings[1].ended_at, Some(at(101)));
}

#[test]
fn h3_overdue_tests_end_at_their_deadline() {
    let mut attempt = attempt();
    attempt.begin_test(at(0)).unwrap();
    assert_eq!(attempt.deadline(), Some(at(60)));
    assert!(!attempt.end_overdue(at(59)));
    assert!(attempt.end_overdue(at(75)));
    assert_eq!(attempt.sittings[0].ended_at, Some(at(60)));
    assert!(!attempt.end_overdue(at(76)));
    assert_eq!(attempt.deadline(), None);
    assert!(!attempt.is_over());
}

#[test]
fn h3_an_expired_link_ends_the_attempt() {
    let mut attempt = attempt();
    attempt.begin_test(at(0)).unwrap();
    attempt.close(at(30));
    assert!(attempt.is_over());
    assert_eq!(attempt.begin_test(at(31)), Err(Refused::AllTaken));
}

#[test]
fn h3_written_answers_wait_for_their_graders() {
    let mut attempt = attempt();
    attempt.begin_test(at(0)).unwrap();
    attempt.finish_test(at(1)).unwrap();
    attempt.begin_test(at(2)).unwrap();
    asked(&mut attempt, at(3));
    attempt.submit("essay", write("..."), at(4)).unwrap();
    asked(&mut attempt, at(5));
    attempt.submit("code", write("..."), at(6)).unwrap();
    assert!(!attempt.is_graded());

    let (essay, code) = (TaskIndex { test: 1, task: 0 }, TaskIndex { test: 1, task: 1 });
    assert_eq!(attempt.grade(essay, Score::FULL), Ok(()));
    assert_eq!(attempt.grade(essay, Score::NONE), Err(Refused::NothingToGrade));
    assert_eq!(attempt.leave_to_manager(essay), Err(Refused::NothingToGrade));
    assert_eq!(attempt.leave_to_manager(code), Ok(()));
    assert_eq!(attempt.answers[&code].grading, GradingState::AwaitsManager);
    assert_eq!(attempt.grade(code, Score::NONE), Ok(()));
    assert!(attempt.is_graded());
}

#[test]
fn h3_a_missing_answer_cannot_be_graded() {
    let nowhere = TaskIndex { test: 9, task: 9 };
    assert_eq!(
        attempt().grade(nowhere, Score::FULL),
        Err(Refused::NothingToGrade)
    );
}

#[test]
fn h3_tasks_are_found_by_their_ids() {
    let attempt = attempt();
    let index = attempt.index(test_id(20), "code").unwrap();
    assert_eq!(attempt.task(index).map(|task| task.id.as_str()), Some("code"));
    assert_eq!(attempt.index(test_id(10), "code"), None);
    assert_eq!(attempt.index(test_id(30), "code"), None);
}
