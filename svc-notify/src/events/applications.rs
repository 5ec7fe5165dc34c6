//! What is told of applications and their tests.

use conventions::types::Person;
use onboarding_contract::v1 as pb;

use super::announce::Tells;
use super::wire::{self, Unreadable, present, time};
use crate::domain::facts::{Fact, Facts, in_query};
use crate::domain::news::News;
use crate::domain::recipient::Kind;

/// What these notifications are about.
pub(super) const KIND: &str = "application";

fn news(id: &str, vacancy: &str, candidate: Option<&Person>, facts: Facts) -> Result<News, Unreadable> {
    let recipient = wire::recipient(Kind::Candidate, wire::id("application_id", id)?, candidate)?;
    Ok(News {
        candidate: Some(recipient),
        ..News::of(KIND, id, facts.text("vacancy", vacancy))
    })
}

/// What managers are told besides.
fn for_managers(id: &str, candidate: Option<&Person>) -> Result<Facts, Unreadable> {
    let candidate = present("candidate", candidate)?;
    Ok(Facts::default()
        .text("candidate", &candidate.name)
        .with("link", Fact::Link(format!("/applications/{id}"))))
}

/// A page of the site that opens with a token of the candidate's.
fn personal_page(page: &str, id: &str, token: &str) -> Fact {
    Fact::Link(format!(
        "/{page}?application={}&token={}",
        in_query(id),
        in_query(token)
    ))
}

impl Tells for pb::ApplicationSubmitted {
    fn news(&self) -> Result<News, Unreadable> {
        let facts = Facts::default()
            .with(
                "confirm_link",
                personal_page("confirm", &self.application_id, &self.confirmation_token),
            )
            .with(
                "expires",
                Fact::Time(time("expires_at", self.expires_at.as_ref())?),
            );
        news(
            &self.application_id,
            &self.vacancy_title,
            self.candidate.as_ref(),
            facts,
        )
    }
}

impl Tells for pb::ApplicationRepeated {
    fn news(&self) -> Result<News, Unreadable> {
        news(
            &self.application_id,
            &self.vacancy_title,
            self.candidate.as_ref(),
            Facts::default(),
        )
    }
}

impl Tells for pb::ApplicationConfirmed {
    fn news(&self) -> Result<News, Unreadable> {
        let email = &present("candidate", self.candidate.as_ref())?.email;
        let facts =
            for_managers(&self.application_id, self.candidate.as_ref())?.text("candidate_email", email);
        news(
            &self.application_id,
            &self.vacancy_title,
            self.candidate.as_ref(),
            facts,
        )
    }
}

impl Tells for pb::TestSetAssigned {
    fn news(&self) -> Result<News, Unreadable> {
        let facts = Facts::default()
            .text("test_set", &self.test_set_name)
            .with(
                "tests_link",
                personal_page("tests", &self.application_id, &self.personal_token),
            )
            .with(
                "expires",
                Fact::Time(time("expires_at", self.expires_at.as_ref())?),
            );
        news(
            &self.application_id,
            &self.vacancy_title,
            self.candidate.as_ref(),
            facts,
        )
    }
}

impl Tells for pb::TestsFinished {
    fn news(&self) -> Result<News, Unreadable> {
        let traits = self.traits.iter().map(|measured| {
            Facts::default()
                .text("trait", &measured.name)
                .with("score", Fact::Number(measured.score.into()))
        });
        let facts = for_managers(&self.application_id, self.candidate.as_ref())?
            .with("score", Fact::Number(self.score.into()))
            .with("recommended", Fact::Flag(self.recommended))
            .with("traits", Fact::Items(traits.collect()));
        news(
            &self.application_id,
            &self.vacancy_title,
            self.candidate.as_ref(),
            facts,
        )
    }
}

impl Tells for pb::ApplicationApproved {
    fn news(&self) -> Result<News, Unreadable> {
        news(
            &self.application_id,
            &self.vacancy_title,
            self.candidate.as_ref(),
            Facts::default(),
        )
    }
}

impl Tells for pb::ApplicationDeclined {
    fn news(&self) -> Result<News, Unreadable> {
        let facts = Facts::default().with("message", Fact::Lines(self.message.clone()));
        news(
            &self.application_id,
            &self.vacancy_title,
            self.candidate.as_ref(),
            facts,
        )
    }
}
