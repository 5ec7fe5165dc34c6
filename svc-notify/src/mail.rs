//! Handing a mail to the mail server.

use std::time::Duration;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::config::MailOptions;
use crate::domain::notification::message_id;
use crate::store::deliveries::Claimed;

/// A mail server.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// What one mail may take altogether.
    bound: Duration,
    /// What is given on top of that before its process is believed dead.
    spare: Duration,
}

/// Why a mail was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address makes no sense.
    #[error("the address {0:?} can't be written to")]
    Address(String, #[source] lettre::address::AddressError),
    /// No mail can be made of it.
    #[error("no mail can be made of the letter: {0}")]
    Letter(#[source] lettre::error::Error),
    /// The server refused, or was away.
    #[error("{}", one_text(.0))]
    Server(#[source] lettre::transport::smtp::Error),
    /// The server took too long.
    #[error("the mail server took too long")]
    Slow,
}

impl Error {
    /// Trying again will not help.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Address(..) | Self::Letter(_) => true,
            Self::Server(error) => error.is_permanent(),
            Self::Slow => false,
        }
    }
}

impl Mailer {
    /// Prepares the transport. Connects to nothing.
    pub fn new(options: &MailOptions) -> Result<Self, lettre::transport::smtp::Error> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&options.smtp_url)?
            .timeout(Some(options.smtp_timeout))
            .build();
        Ok(Self {
            transport,
            from: options.mail_from.clone(),
            bound: options.smtp_timeout,
            spare: options.mail_lease,
        })
    }

    /// For how long an attempt that says nothing may be believed to be under way.
    pub fn lease(&self) -> Duration {
        self.bound + self.spare
    }

    /// Hands the mail over. Ok means that the server took responsibility for it.
    pub async fn send(&self, mail: &Claimed) -> Result<(), Error> {
        let message = self.message(mail)?;
        match tokio::time::timeout(self.bound, self.transport.send(message)).await {
            Err(_) => Err(Error::Slow),
            Ok(sent) => sent.map(drop).map_err(Error::Server),
        }
    }

    /// Is the server there? For health.
    pub async fn probe(&self) -> Result<(), String> {
        match tokio::time::timeout(Duration::from_secs(2), self.transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err("the mail server does not answer as one".to_owned()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("no answer within two seconds".to_owned()),
        }
    }

    /// Recipients stand there without their names: those of unconfirmed applicants are anybody's words.
    fn message(&self, mail: &Claimed) -> Result<Message, Error> {
        let to: Address = mail
            .email
            .parse()
            .map_err(|error| Error::Address(mail.email.clone(), error))?;
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .message_id(Some(format!(
                "<{}>",
                message_id(mail.id, self.from.email.domain())
            )))
            .subject(mail.subject.clone())
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .multipart(MultiPart::alternative_plain_html(
                mail.body_text.clone(),
                mail.body_html.clone(),
            ))
            .map_err(Error::Letter)
    }
}

/// The error with its sources: the mail server's own words are the innermost.
fn one_text(error: &lettre::transport::smtp::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        source = inner.source();
    }
    text
}
