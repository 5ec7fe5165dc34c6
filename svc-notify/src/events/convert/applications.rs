//! Applications and their tests.

use conventions::wire::{InvalidField, required};
use onboarding_contract::ApplicationEvent;
use onboarding_contract::v1 as pb;

use super::{Announced, recipient};
use crate::domain::announcement::Announcement;
use crate::domain::facts::{Fact, Facts, in_query};
use crate::domain::ids::RecipientId;
use crate::domain::recipient::Kind;

fn announcement(event: &ApplicationEvent<'_>, facts: Facts) -> Result<Announcement, InvalidField> {
    let id = event.application_id;
    let candidate = recipient(Kind::Candidate, RecipientId(id), event.candidate)?;
    let facts = facts.text("vacancy", event.vacancy_title);
    Ok(Announcement {
        candidate: Some(candidate),
        ..Announcement::new("application", id, facts)
    })
}

/// The facts that managers are told of besides.
fn for_managers(event: &ApplicationEvent<'_>) -> Result<Facts, InvalidField> {
    let candidate = required("candidate", event.candidate)?;
    let link = format!("/applications/{}", event.application_id);
    Ok(Facts::default()
        .text("candidate", &candidate.name)
        .with("link", Fact::Link(link)))
}

/// A page of the site that a token of the candidate opens, and when the token expires.
fn personal_page(
    event: &ApplicationEvent<'_>,
    fact: &str,
    page: &str,
    token: &str,
) -> Result<Facts, InvalidField> {
    let link = format!(
        "/{page}?application={}&token={}",
        event.application_id,
        in_query(token)
    );
    let expires = required("expires_at", event.expires_at)?;
    Ok(Facts::default()
        .with(fact, Fact::Link(link))
        .with("expires", Fact::Time(expires)))
}

impl Announced for pb::ApplicationSubmitted {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        let event = self.try_into()?;
        let facts = personal_page(&event, "confirm_link", "confirm", &self.confirmation_token)?;
        announcement(&event, facts)
    }
}

impl Announced for pb::ApplicationRepeated {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        announcement(&self.try_into()?, Facts::default())
    }
}

impl Announced for pb::ApplicationConfirmed {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        let event = self.try_into()?;
        let email = &required("candidate", self.candidate.as_ref())?.email;
        let facts = for_managers(&event)?.text("candidate_email", email);
        announcement(&event, facts)
    }
}

impl Announced for pb::TestSetAssigned {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        let event = self.try_into()?;
        let facts = personal_page(&event, "tests_link", "tests", &self.personal_token)?;
        announcement(&event, facts.text("test_set", &self.test_set_name))
    }
}

impl Announced for pb::TestsFinished {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        let event = self.try_into()?;
        let traits = self.traits.iter().map(|measured| {
            Facts::default()
                .text("trait", &measured.name)
                .with("score", Fact::Number(measured.score.into()))
        });
        let facts = for_managers(&event)?
            .with("score", Fact::Number(self.score.into()))
            .with("recommended", Fact::Flag(self.recommended))
            .with("traits", Fact::Items(traits.collect()));
        announcement(&event, facts)
    }
}

impl Announced for pb::ApplicationApproved {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        announcement(&self.try_into()?, Facts::default())
    }
}

impl Announced for pb::ApplicationDeclined {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        let facts = Facts::default().with("message", Fact::Lines(self.message.clone()));
        announcement(&self.try_into()?, facts)
    }
}
