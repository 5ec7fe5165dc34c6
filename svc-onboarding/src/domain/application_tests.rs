use std::collections::BTreeMap;

use super::*;
use crate::domain::applicant::{Age, Email, Language, Name};
use crate::domain::score::Score;

const MANAGER: Uuid = Uuid::from_u128(99);

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn token(secret: u8) -> Token {
    Token::new(Uuid::from_u128(1), [secret; 32])
}

fn invitation() -> Invitation {
    Invitation {
        test_set: Uuid::from_u128(5),
        test_set_version: 3,
        test_set_name: "set".to_owned(),
        link: token(2).hash(),
        expires_at: at(1_000),
    }
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
        id: Uuid::from_u128(1),
        vacancy: Uuid::from_u128(2),
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
        invitation: Some(invitation()),
        verdict: Some(verdict(Recommendation::Admit)),
        decision: None,
        erased_at: None,
    }
}

/// Every step from every state: which are possible, and where they lead.
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
        (|a| a.invite(invitation()), &[(New, Invited), (Invited, Invited)]),
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
        (|a| a.begin().map(drop), &[(Invited, Testing), (Testing, Testing)]),
        (Application::finish, &[(Testing, Grading)]),
        (|a| a.score(verdict(Recommendation::Admit)), &[(Grading, Tested)]),
        (|a| a.approve(MANAGER, "", at(1)).map(drop), &[(Tested, Approved)]),
        (
            |a| a.decline(MANAGER, "no", at(1)),
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
        for from in State::ALL {
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
fn h1_states_keep_their_words() {
    for state in State::ALL {
        assert_eq!(State::from_word(state.word()), Some(state));
    }
    assert_eq!(State::from_word("hired"), None);
}

fn submission<'a>(vacancy: &'a Vacancy, token: &'a Token) -> Submission<'a> {
    Submission {
        id: Uuid::from_u128(1),
        vacancy,
        applicant: application(State::New).applicant.unwrap(),
        form: BTreeMap::new(),
        token,
        confirm_by: at(100),
    }
}

#[test]
fn h1_an_archived_vacancy_takes_no_applications() {
    let mut vacancy = Vacancy {
        id: Uuid::from_u128(2),
        version: 4,
        title: "Tester".to_owned(),
        description: String::new(),
        questions: Vec::new(),
        variants: Vec::new(),
        rule: application(State::New).rule,
        archived: false,
    };
    let submitted = Application::submit(submission(&vacancy, &token(1)), at(0)).unwrap();
    assert_eq!(
        (submitted.state, submitted.vacancy_version),
        (State::Unconfirmed, 4)
    );
    vacancy.archived = true;
    let refused = Application::submit(submission(&vacancy, &token(1)), at(0)).unwrap_err();
    assert_eq!(refused, Refused::VacancyArchived);
}

#[test]
fn h1_only_the_token_of_the_letter_confirms() {
    let mut application = application(State::Unconfirmed);
    assert_eq!(application.confirm(&token(2), at(1)), Err(Refused::WrongToken));
    assert_eq!(application.confirm(&token(1), at(100)), Err(Refused::LinkExpired));
    assert_eq!(application.state, State::Unconfirmed);
    assert_eq!(application.confirm(&token(1), at(99)), Ok(true));
    assert_eq!(application.confirm(&token(1), at(200)), Ok(false));
}

#[test]
fn h2_managers_do_not_touch_what_is_not_confirmed() {
    let mut application = application(State::Unconfirmed);
    assert!(application.note_contact().is_err());
    assert!(application.invite(invitation()).is_err());
    assert!(application.decline(MANAGER, "no", at(1)).is_err());
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
fn h3_an_old_link_begins_nothing_but_what_is_begun_goes_on() {
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
    let link = token(3).hash();
    application.invite(Invitation { link, ..invitation() }).unwrap();
    assert_eq!(
        application.opens_tests(&token(2), at(1)),
        Err(Refused::WrongToken)
    );
    assert_eq!(application.opens_tests(&token(3), at(1)), Ok(()));
}

#[test]
fn h4_going_against_the_rule_needs_a_reason() {
    for recommendation in [Recommendation::BelowMinimum, Recommendation::NotAmongBest] {
        let mut application = application(State::Tested);
        application.verdict = Some(verdict(recommendation));
        assert_eq!(
            application.approve(MANAGER, "  ", at(1)),
            Err(Refused::ReasonNeeded)
        );
        assert!(application.approve(MANAGER, " great talk ", at(1)).is_ok());
        assert_eq!(application.decision.unwrap().reason, "great talk");
    }
}

#[test]
fn h4_declining_always_needs_a_reason() {
    assert_eq!(
        application(State::Tested).decline(MANAGER, " ", at(1)),
        Err(Refused::ReasonNeeded)
    );
}

#[test]
fn h5_an_application_becomes_one_and_the_same_worker() {
    let (mut first, mut again) = (application(State::Tested), application(State::Tested));
    let worker = first.approve(MANAGER, "", at(1)).unwrap();
    assert_eq!(again.approve(MANAGER, "", at(2)), Ok(worker));
    assert_ne!(worker, first.id);
    assert!(first.approve(MANAGER, "", at(3)).is_err());
    assert_eq!(first.decision.unwrap().worker, Some(worker));
}

#[test]
fn h7_erasing_leaves_statistics_and_no_person() {
    let mut application = application(State::Tested);
    application.decline(MANAGER, "smokes", at(1)).unwrap();
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
