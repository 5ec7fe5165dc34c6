//! A client of the mail server.

use std::time::Duration;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::config::MailOptions;
use crate::domain::notification::message_id;
use crate::store::deliveries::Claimed;

#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// How long sending one mail may take.
    timeout: Duration,
    /// How much longer a mail counts as in flight before its process counts as dead.
    spare: Duration,
}

/// Why a mail was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the address {0:?} is not valid")]
    Address(String, #[source] lettre::address::AddressError),
    #[error("the letter cannot be encoded as a mail: {0}")]
    Letter(#[source] lettre::error::Error),
    /// The server refused the mail or is away.
    #[error("{}", with_sources(.0))]
    Server(#[source] lettre::transport::smtp::Error),
    #[error("the mail server did not answer in time")]
    Timeout,
}

impl Error {
    /// Whether another attempt would fail, too.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Address(..) | Self::Letter(_) => true,
            Self::Server(error) => error.is_permanent(),
            Self::Timeout => false,
        }
    }
}

impl Mailer {
    /// Does not connect yet.
    pub fn new(options: &MailOptions) -> Result<Self, lettre::transport::smtp::Error> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&options.smtp_url)?
            .timeout(Some(options.smtp_timeout))
            .build();
        Ok(Self {
            transport,
            from: options.mail_from.clone(),
            timeout: options.smtp_timeout,
            spare: options.mail_lease,
        })
    }

    /// How long an attempt without a result counts as in flight.
    pub fn lease(&self) -> Duration {
        self.timeout + self.spare
    }

    /// Sends the mail. `Ok` means that the server has accepted responsibility for it.
    pub async fn send(&self, mail: &Claimed) -> Result<(), Error> {
        let message = self.message(mail)?;
        match tokio::time::timeout(self.timeout, self.transport.send(message)).await {
            Err(_) => Err(Error::Timeout),
            Ok(sent) => sent.map(drop).map_err(Error::Server),
        }
    }

    /// Whether the server answers, for the service's health.
    pub async fn probe(&self) -> Result<(), String> {
        match tokio::time::timeout(Duration::from_secs(2), self.transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err("the mail server does not answer SMTP".to_owned()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("no answer within two seconds".to_owned()),
        }
    }

    /// Addresses recipients without their names: an attacker could write any text as the name of an
    /// applicant.
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
                message_id(mail.id(), self.from.email.domain())
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

/// The error with its sources. The innermost one is the mail server's answer.
fn with_sources(error: &lettre::transport::smtp::Error) -> String {
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
