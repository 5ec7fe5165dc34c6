//! Messages to and from domain values.

use std::collections::BTreeMap;

pub(super) use conventions::wire::timestamp;
use onboarding_contract::v1 as pb;
use strum::VariantArray as _;

use crate::domain::applicant::Invalid;
use crate::domain::application::{Application, Decision, Invitation, State, Verdict};
use crate::domain::attempt::{Attempt, GivenAnswer, GradingState, TaskIndex, TaskView};
use crate::domain::form::Answers;
use crate::domain::ids::TestId;
use crate::domain::rule::Recommendation;
use crate::domain::task::{Answer, Choice, Input, Kind as _};
use crate::domain::vacancy::Vacancy;
use crate::error::Error;
use crate::events::convert::{person, traits};
use crate::store::contact_notes::ContactNote;

pub(super) fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

pub(super) fn vacancy(vacancy: Vacancy) -> pb::Vacancy {
    let questions = vacancy.questions.into_iter().map(|question| pb::Question {
        name: question.name,
        text: question.text,
        required: question.required,
    });
    pb::Vacancy {
        vacancy_id: vacancy.id.to_string(),
        version: vacancy.version,
        title: vacancy.title,
        description: vacancy.description,
        questions: questions.collect(),
    }
}

pub(super) fn state(state: State) -> pb::ApplicationState {
    match state {
        State::Unconfirmed => pb::ApplicationState::Unconfirmed,
        State::New => pb::ApplicationState::New,
        State::Invited => pb::ApplicationState::Invited,
        State::Testing => pb::ApplicationState::Testing,
        State::Grading => pb::ApplicationState::Grading,
        State::Tested => pb::ApplicationState::Tested,
        State::Approved => pb::ApplicationState::Approved,
        State::Declined => pb::ApplicationState::Declined,
        State::Withdrawn => pb::ApplicationState::Withdrawn,
    }
}

/// The state by which a list is filtered. `None` selects all.
pub(super) fn state_filter(requested: pb::ApplicationState) -> Option<State> {
    let mut known = State::VARIANTS.iter().copied();
    known.find(|known| state(*known) == requested)
}

pub(super) fn my_application(application: &Application, attempt: Option<&Attempt>) -> pb::MyApplication {
    let taken = attempt.map_or(0, |attempt| {
        attempt
            .sittings
            .iter()
            .filter(|sitting| sitting.ended_at.is_some())
            .count()
    });
    pb::MyApplication {
        application_id: application.id.to_string(),
        state: state(application.state).into(),
        vacancy_title: application.vacancy_title.clone(),
        submitted_at: Some(timestamp(application.submitted_at)),
        tests: count(attempt.map_or(0, |attempt| attempt.test_set.tests.len())),
        tests_taken: count(taken),
        link_expires_at: application
            .invitation
            .as_ref()
            .map(|invitation| timestamp(invitation.expires_at)),
        erased: application.erased_at.is_some(),
    }
}

/// A task as the candidate sees it: id, question and form of answer. Nothing else may be sent,
/// because the rest contains the right answer.
pub(super) fn task(view: TaskView<'_>) -> pb::ShownTask {
    let (form, choices, max_chars) = match view.input {
        Input::ChooseOne(choices) => (pb::AnswerForm::ChooseOne, choices, 0),
        Input::ChooseAny(choices) => (pb::AnswerForm::ChooseAny, choices, 0),
        Input::Arrange(choices) => (pb::AnswerForm::Arrange, choices, 0),
        Input::Number => (pb::AnswerForm::Number, Vec::new(), 0),
        Input::Text { max_chars } => (pb::AnswerForm::Text, Vec::new(), max_chars),
    };
    pb::ShownTask {
        test_id: view.test.id.to_string(),
        task_id: view.task.id.clone(),
        number: count(view.number),
        tasks: count(view.test.tasks.len()),
        question: view.task.prompt.clone(),
        form: form.into(),
        choices: choices.into_iter().map(choice).collect(),
        max_chars: i32::try_from(max_chars).unwrap_or(i32::MAX),
    }
}

fn choice(choice: Choice) -> pb::Choice {
    pb::Choice {
        choice_id: choice.id,
        text: choice.text,
    }
}

/// The contract's rules ensure that exactly one of the three fields is set.
pub(super) fn answer(answer: pb::Answer) -> Answer {
    if !answer.choice_ids.is_empty() {
        Answer::Chosen(answer.choice_ids)
    } else if !answer.number.is_empty() {
        Answer::Number(answer.number)
    } else {
        Answer::Text(answer.text)
    }
}

fn answer_message(answer: &Answer) -> pb::Answer {
    match answer.clone() {
        Answer::Chosen(choice_ids) => pb::Answer {
            choice_ids,
            ..Default::default()
        },
        Answer::Number(number) => pb::Answer {
            number,
            ..Default::default()
        },
        Answer::Text(text) => pb::Answer {
            text,
            ..Default::default()
        },
    }
}

pub(super) fn form_answers(given: Vec<pb::FormAnswer>) -> Result<Answers, Error> {
    let count = given.len();
    let answers: Answers = given
        .into_iter()
        .map(|answer| (answer.name, answer.text))
        .collect();
    if answers.len() < count {
        return Err(Invalid::new("form_answers", "a question is answered twice").into());
    }
    Ok(answers)
}

pub(super) fn summary(application: &Application) -> pb::ApplicationSummary {
    let applicant = application.applicant.as_ref();
    pb::ApplicationSummary {
        application_id: application.id.to_string(),
        vacancy_id: application.vacancy.to_string(),
        vacancy_title: application.vacancy_title.clone(),
        state: state(application.state).into(),
        name: applicant
            .map(|applicant| applicant.name.as_str().to_owned())
            .unwrap_or_default(),
        age: applicant
            .map(|applicant| applicant.age.years().into())
            .unwrap_or_default(),
        submitted_at: Some(timestamp(application.submitted_at)),
        verdict: application.verdict.as_ref().map(|found| verdict(found, None)),
    }
}

/// An application with all its data, for managers.
pub(super) struct Dossier {
    pub(super) application: Application,
    pub(super) attempt: Option<Attempt>,
    pub(super) comments: BTreeMap<TaskIndex, String>,
    pub(super) contacts: Vec<ContactNote>,
    pub(super) has_photo: bool,
}

pub(super) fn application(dossier: &Dossier) -> pb::Application {
    let application = &dossier.application;
    let applicant = application.applicant.as_ref();
    let answers = dossier.attempt.as_ref().map_or_else(Vec::new, |attempt| {
        attempt
            .answers
            .iter()
            .filter_map(|(index, given)| given_answer(attempt, *index, given, dossier.comments.get(index)))
            .collect()
    });
    let form_answers = application.form.iter().map(|(name, text)| pb::FormAnswer {
        name: name.clone(),
        text: text.clone(),
    });
    pb::Application {
        application_id: application.id.to_string(),
        vacancy_id: application.vacancy.to_string(),
        vacancy_version: application.vacancy_version,
        vacancy_title: application.vacancy_title.clone(),
        state: state(application.state).into(),
        person: applicant.map(person),
        age: applicant
            .map(|applicant| applicant.age.years().into())
            .unwrap_or_default(),
        form_answers: form_answers.collect(),
        has_photo: dossier.has_photo,
        submitted_at: Some(timestamp(application.submitted_at)),
        contacts: dossier.contacts.iter().map(contact).collect(),
        assignment: application.invitation.as_ref().map(assignment),
        answers,
        verdict: application
            .verdict
            .as_ref()
            .map(|found| verdict(found, dossier.attempt.as_ref())),
        decision: application.decision.as_ref().map(decision),
        erased_at: application.erased_at.map(timestamp),
    }
}

pub(super) fn contact(note: &ContactNote) -> pb::ContactNote {
    pb::ContactNote {
        text: note.text.clone(),
        by: Some((&note.by).into()),
        at: Some(timestamp(note.at)),
    }
}

pub(super) fn assignment(invitation: &Invitation) -> pb::Assignment {
    pb::Assignment {
        test_set_id: invitation.test_set.to_string(),
        test_set_version: invitation.test_set_version,
        test_set_name: invitation.test_set_name.clone(),
        link_expires_at: Some(timestamp(invitation.expires_at)),
    }
}

fn given_answer(
    attempt: &Attempt,
    index: TaskIndex,
    given: &GivenAnswer,
    comment: Option<&String>,
) -> Option<pb::GivenAnswer> {
    let task = attempt.task(index)?;
    let score = match given.grading {
        GradingState::Scored(score) => Some(i32::from(score.value())),
        _ => None,
    };
    Some(pb::GivenAnswer {
        test_id: attempt.test_set.tests.get(index.test)?.id.to_string(),
        task_id: task.id.clone(),
        question: task.prompt.clone(),
        kind: task.kind.as_ref().to_owned(),
        answer: Some(answer_message(&given.answer)),
        chosen_texts: chosen_texts(&task.kind.input(&attempt.seed(index)), &given.answer),
        given_at: Some(timestamp(given.at)),
        graded: score.is_some(),
        score: score.unwrap_or_default(),
        comment: comment.cloned().unwrap_or_default(),
        awaits_grader: matches!(given.grading, GradingState::AwaitsGrader(_)),
    })
}

fn chosen_texts(input: &Input, answer: &Answer) -> Vec<String> {
    let (
        Answer::Chosen(ids),
        Input::ChooseOne(choices) | Input::ChooseAny(choices) | Input::Arrange(choices),
    ) = (answer, input)
    else {
        return Vec::new();
    };
    ids.iter()
        .filter_map(|id| choices.iter().find(|choice| choice.id == *id))
        .map(|choice| choice.text.clone())
        .collect()
}

/// Without the attempt, which is erased with the personal data, the names of the tests are empty.
fn verdict(verdict: &Verdict, attempt: Option<&Attempt>) -> pb::Verdict {
    let name = |test: TestId| {
        let tests = attempt
            .map(|attempt| attempt.test_set.tests.as_slice())
            .unwrap_or_default();
        tests
            .iter()
            .find(|known| known.id == test)
            .map(|known| known.name.clone())
    };
    let tests = verdict.outcome.tests.iter().map(|test| pb::TestScore {
        test_id: test.test.to_string(),
        name: name(test.test).unwrap_or_default(),
        score: test.score.value().into(),
    });
    pb::Verdict {
        score: verdict.outcome.total.value().into(),
        recommendation: recommendation(verdict.recommendation).into(),
        tests: tests.collect(),
        traits: traits(&verdict.outcome),
    }
}

fn recommendation(recommendation: Recommendation) -> pb::Recommendation {
    match recommendation {
        Recommendation::Admit => pb::Recommendation::Admit,
        Recommendation::BelowMinimum => pb::Recommendation::BelowMinimum,
        Recommendation::NotAmongBest => pb::Recommendation::NotAmongBest,
    }
}

fn decision(decision: &Decision) -> pb::Decision {
    pb::Decision {
        approved: decision.worker.is_some(),
        reason: decision.reason.clone(),
        by: Some((&decision.by).into()),
        at: Some(timestamp(decision.at)),
        worker_id: decision
            .worker
            .map(|worker| worker.to_string())
            .unwrap_or_default(),
    }
}
