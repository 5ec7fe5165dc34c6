use std::collections::BTreeMap;

use strum::VariantArray as _;

use super::*;
use crate::domain::applicant::{Age, Email, Language, Name};
use crate::domain::score::Score;

fn manager() -> Actor {
    Actor {
        role: Role::Manager,
        id: Uuid::from_u128(99).to_string(),
    }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn token(secret: u8) -> Token {
    Token::new(ApplicationId(Uuid::from_u128(1)), [secret; 32])
}

fn test_set() -> TestSet {
    TestSet {
        id: TestSetId(Uuid::from_u128(5)),
        version: 3,
        name: "set".to_owned(),
        tests: Vec::new(),
        archived: false,
    }
}

fn assign(application: &mut Application, secret: u8) -> Result<(), Refused> {
    application.assign(&test_set(), token(secret), at(1_000), manager(), at(1))
}

fn verdict(recommendation: Recommendation) -> Verdict {
    Verdict {
        outcome: Outcome {
            total: Score::FULL,
            tests: Vec::new(),
            traits: BTreeMap::new(),
        },
        recommendation,
        at: at(50),
    }
}

fn application(state: State) -> Application {
    Application {
        id: ApplicationId(Uuid::from_u128(1)),
        vacancy: VacancyId(Uuid::from_u128(2)),
        vacancy_version: 1,
        vacancy_title: "Tester".to_owned(),
        rule: Rule {
            minimum: None,
            best: None,
        },
        state,
        applicant: Some(Applicant {
            name: Name::parse("Ann").unwrap(),
            age: Age::new(30).unwrap(),
            email: Email::parse("ann@example.com").unwrap(),
            language: Language::En,
        }),
        form: [("hobby".to_owned(), "chess".to_owned())].into(),
        submitted_at: at(0),
        confirmation: token(1).hash(),
        confirm_by: at(100),
        invitation: Some(Invitation {
            test_set: test_set().id,
            test_set_version: 3,
            test_set_name: "set".to_owned(),
            link: token(2).hash(),
            expires_at: at(1_000),
        }),
        verdict: Some(verdict(Recommendation::Admit)),
        decision: None,
        erased_at: None,
        unpublished: Unpublished::default(),
    }
}

/// Each step from each state: where it is possible, it leads to the state in the table.
#[test]
fn h1_to_h5_every_transition_is_in_the_table_and_no_other_is_possible() {
    use State::{Approved, Declined, Grading, Invited, New, Tested, Testing, Unconfirmed, Withdrawn};
    type Step = fn(&mut Application) -> Result<(), Refused>;
    let steps: [(Step, &[(State, State)]); 10] = [
        (
            |a| a.confirm(&token(1), at(1)).map(drop),
            &[
                (Unconfirmed, New),
                (New, New),
                (Invited, Invited),
                (Testing, Testing),
                (Grading, Grading),
                (Tested, Tested),
                (Approved, Approved),
                (Declined, Declined),
            ],
        ),
        (|a| assign(a, 2), &[(New, Invited), (Invited, Invited)]),
        (|a| a.may_grade(), &[(Testing, Testing), (Grading, Grading)]),
        (
            |a| a.note_contact(),
            &[
                (New, New),
                (Invited, Invited),
                (Testing, Testing),
                (Grading, Grading),
                (Tested, Tested),
                (Approved, Approved),
                (Declined, Declined),
            ],
        ),
        (
            |a| a.begin(at(1)).map(drop),
            &[(Invited, Testing), (Testing, Testing)],
        ),
        (Application::finish, &[(Testing, Grading)]),
        (
            |a| a.score(verdict(Recommendation::Admit), manager()),
            &[(Grading, Tested)],
        ),
        (
            |a| a.approve(&manager(), "", None, at(1)).map(drop),
            &[(Tested, Approved)],
        ),
        (
            |a| a.decline(&manager(), "no", "sorry", at(1)),
            &[
                (New, Declined),
                (Invited, Declined),
                (Testing, Declined),
                (Grading, Declined),
                (Tested, Declined),
            ],
        ),
        (
            |a| a.erase(at(1)).map(drop),
            &[
                (Unconfirmed, Withdrawn),
                (New, Withdrawn),
                (Invited, Withdrawn),
                (Testing, Withdrawn),
                (Grading, Withdrawn),
                (Tested, Withdrawn),
                (Declined, Declined),
                (Withdrawn, Withdrawn),
            ],
        ),
    ];
    for (index, (step, table)) in steps.iter().enumerate() {
        for &from in State::VARIANTS {
            let mut application = application(from);
            let possible = step(&mut application).is_ok();
            let expected = table.iter().find(|(start, _)| *start == from);
            assert_eq!(possible, expected.is_some(), "step {index} from {from:?}");
            let end = expected.map_or(from, |(_, end)| *end);
            assert_eq!(application.state, end, "step {index} from {from:?}");
        }
    }
}

#[test]
fn h1_states_are_written_as_words_and_read_back() {
    for state in State::VARIANTS {
        assert_eq!(state.as_ref().parse(), Ok(*state));
    }
    assert!("hired".parse::<State>().is_err());
}

fn submission(vacancy: &Vacancy) -> Submission<'_> {
    Submission {
        vacancy,
        applicant: application(State::New).applicant.unwrap(),
        form: BTreeMap::new(),
        token: token(1),
        confirm_by: at(100),
    }
}

#[test]
fn h1_an_archived_vacancy_takes_no_applications() {
    let mut vacancy = Vacancy {
        id: VacancyId(Uuid::from_u128(2)),
        version: 4,
        title: "Tester".to_owned(),
        description: String::new(),
        questions: Vec::new(),
        variants: Vec::new(),
        rule: application(State::New).rule,
        archived: false,
    };
    let submitted = Application::submit(submission(&vacancy), at(0)).unwrap();
    assert_eq!(
        (submitted.state, submitted.vacancy_version),
        (State::Unconfirmed, 4)
    );
    vacancy.archived = true;
    let refused = Application::submit(submission(&vacancy), at(0)).unwrap_err();
    assert_eq!(refused, Refused::VacancyArchived);
}

#[test]
fn h1_only_the_token_of_the_first_email_confirms() {
    let mut application = application(State::Unconfirmed);
    assert_eq!(application.confirm(&token(2), at(1)), Err(Refused::WrongToken));
    assert_eq!(application.confirm(&token(1), at(100)), Err(Refused::LinkExpired));
    assert_eq!(application.state, State::Unconfirmed);
    assert_eq!(application.confirm(&token(1), at(99)), Ok(true));
    assert_eq!(application.confirm(&token(1), at(200)), Ok(false));
}

#[test]
fn h2_managers_cannot_change_an_unconfirmed_application() {
    let mut application = application(State::Unconfirmed);
    assert!(application.note_contact().is_err());
    assert!(assign(&mut application, 2).is_err());
    assert!(application.decline(&manager(), "no", "", at(1)).is_err());
    application.confirm(&token(1), at(1)).unwrap();
    assert_eq!(application.note_contact(), Ok(()));
}

#[test]
fn h3_the_personal_link_opens_the_tests_and_the_confirmation_does_not() {
    let application = application(State::Invited);
    assert_eq!(application.opens_tests(&token(2), at(1)), Ok(()));
    assert_eq!(
        application.opens_tests(&token(1), at(1)),
        Err(Refused::WrongToken)
    );
    assert_eq!(application.opens(&token(1)), Ok(()));
    assert_eq!(application.opens(&token(2)), Ok(()));
    assert_eq!(application.opens(&token(3)), Err(Refused::WrongToken));
}

#[test]
fn h3_an_expired_link_begins_no_tests_and_running_ones_go_on() {
    assert_eq!(
        application(State::Invited).opens_tests(&token(2), at(1_000)),
        Err(Refused::LinkExpired)
    );
    assert_eq!(
        application(State::Testing).opens_tests(&token(2), at(1_000)),
        Ok(())
    );
    assert!(
        application(State::Declined)
            .opens_tests(&token(2), at(1))
            .is_err()
    );
}

#[test]
fn h2_a_new_invitation_replaces_the_link() {
    let mut application = application(State::Invited);
    assign(&mut application, 3).unwrap();
    assert_eq!(
        application.opens_tests(&token(2), at(1)),
        Err(Refused::WrongToken)
    );
    assert_eq!(application.opens_tests(&token(3), at(1)), Ok(()));
}

#[test]
fn h4_approving_against_the_rule_needs_a_reason() {
    for recommendation in [Recommendation::BelowMinimum, Recommendation::NotAmongBest] {
        let mut application = application(State::Tested);
        application.verdict = Some(verdict(recommendation));
        assert_eq!(
            application.approve(&manager(), "  ", None, at(1)),
            Err(Refused::ReasonNeeded)
        );
        assert!(
            application
                .approve(&manager(), " great talk ", None, at(1))
                .is_ok()
        );
        assert_eq!(application.decision.unwrap().reason, "great talk");
    }
}

#[test]
fn h4_declining_always_needs_a_reason() {
    assert_eq!(
        application(State::Tested).decline(&manager(), " ", "", at(1)),
        Err(Refused::ReasonNeeded)
    );
}

#[test]
fn h5_an_application_becomes_one_and_the_same_worker() {
    let (mut first, mut again) = (application(State::Tested), application(State::Tested));
    let worker = first.approve(&manager(), "", None, at(1)).unwrap();
    assert_eq!(again.approve(&manager(), "", None, at(2)), Ok(worker));
    assert_ne!(worker.0, first.id.0);
    assert!(first.approve(&manager(), "", None, at(3)).is_err());
    assert_eq!(first.decision.unwrap().worker, Some(worker));
}

#[test]
fn h7_erasing_removes_the_person_and_keeps_the_statistics() {
    let mut application = application(State::Tested);
    application.decline(&manager(), "smokes", "", at(1)).unwrap();
    assert_eq!(application.erase(at(2)), Ok(true));
    assert_eq!(application.erase(at(3)), Ok(false));
    assert!(application.applicant.is_none() && application.form.is_empty());
    assert_eq!(application.decision.as_ref().unwrap().reason, "");
    assert!(application.verdict.is_some());
    assert_eq!(application.erased_at, Some(at(2)));
}

#[test]
fn h7_a_workers_application_is_not_erased() {
    assert!(application(State::Approved).erase(at(1)).is_err());
}
