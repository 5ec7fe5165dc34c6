//! The mails taken in, one entry for each recipient, as a person would find them in the mailbox.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use chrono::{DateTime, Utc};
use mail_parser::MessageParser;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::World;

/// What a mail program would show of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contents {
    /// Without angle brackets.
    pub message_id: Option<String>,
    pub subject: String,
    /// The plain text part, decoded.
    pub text: Option<String>,
    /// The HTML part, decoded.
    pub html: Option<String>,
}

impl Contents {
    /// Reads a mail as it came over the wire; None where no header can be found in it.
    pub fn read(raw: &[u8]) -> Option<Self> {
        let mail = MessageParser::default().parse(raw)?;
        let text_part = mail
            .text_part(0)
            .filter(|part| part.is_text() && !part.is_text_html());
        let html_part = mail.html_part(0).filter(|part| part.is_text_html());
        Some(Self {
            message_id: mail.message_id().map(str::to_owned),
            subject: mail.subject().unwrap_or_default().to_owned(),
            text: text_part.and_then(|part| part.text_contents()).map(str::to_owned),
            html: html_part.and_then(|part| part.text_contents()).map(str::to_owned),
        })
    }
}

/// A mail in one recipient's mailbox.
#[derive(Clone, Debug, Serialize)]
pub struct Mail {
    pub id: Uuid,
    pub received_at: DateTime<Utc>,
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipient.
    pub to: String,
    #[serde(flatten)]
    pub contents: Contents,
    /// How often a mail with this Message-ID came for this recipient; the mailbox shows it once.
    pub times_received: u32,
}

/// All mailboxes, bounded.
pub struct Mailbox {
    mails: VecDeque<Mail>,
    keep: usize,
}

impl Mailbox {
    /// Keeps so many; older ones are forgotten.
    pub fn keeping(keep: usize) -> Self {
        let mails = VecDeque::new();
        Self { mails, keep }
    }

    /// Puts the mail into the recipient's mailbox. True when a mail of the same Message-ID lies
    /// there already: like the large mail providers, the mailbox then shows only the first.
    pub fn put(&mut self, from: &str, to: &str, contents: &Contents) -> bool {
        let known = self.mails.iter_mut().find(|mail| {
            mail.contents.message_id.is_some()
                && mail.contents.message_id == contents.message_id
                && mail.to == to
        });
        if let Some(mail) = known {
            mail.times_received += 1;
            return true;
        }
        if self.mails.len() >= self.keep {
            self.mails.pop_front();
        }
        self.mails.push_back(Mail {
            id: Uuid::now_v7(),
            received_at: Utc::now(),
            from: from.to_owned(),
            to: to.to_owned(),
            contents: contents.clone(),
            times_received: 1,
        });
        false
    }
}

#[derive(Deserialize)]
pub struct OfRecipient {
    to: Option<String>,
}

impl OfRecipient {
    fn is(&self, mail: &Mail) -> bool {
        self.to
            .as_ref()
            .is_none_or(|to| to.eq_ignore_ascii_case(&mail.to))
    }
}

/// `GET /mailbox?to=`: oldest first.
pub async fn list(State(world): State<Arc<World>>, Query(query): Query<OfRecipient>) -> Json<Value> {
    let mailbox = world.mailbox.lock();
    let mails: Vec<&Mail> = mailbox.mails.iter().filter(|mail| query.is(mail)).collect();
    Json(json!({ "mails": mails }))
}

/// `DELETE /mailbox?to=`: empties one mailbox, or all.
pub async fn remove(State(world): State<Arc<World>>, Query(query): Query<OfRecipient>) -> Json<Value> {
    let mut mailbox = world.mailbox.lock();
    let before = mailbox.mails.len();
    mailbox.mails.retain(|mail| !query.is(mail));
    Json(json!({ "removed": before - mailbox.mails.len() }))
}
