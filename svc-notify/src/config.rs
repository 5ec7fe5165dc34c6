//! The settings of svc-notify. Each is a flag and an environment variable.

use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Tz;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use lettre::Address;
use lettre::message::Mailbox;
use service_host::config::parse::duration_between;
use strum::VariantNames as _;

use crate::domain::delivery::RetrySchedule;
use crate::domain::language::Language;
use crate::templates::Templates;
use crate::use_cases::announce::Announcer;

/// The settings of `svc-notify serve`.
#[derive(Debug, Clone, clap::Args)]
pub struct Config {
    /// How letters are written.
    #[command(flatten)]
    pub letters: LetterOptions,
    /// How mails are sent.
    #[command(flatten)]
    pub mail: MailOptions,
}

/// How letters are written.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Letters")]
pub struct LetterOptions {
    /// The URL of the public site, http or https, for links in letters.
    #[arg(long, env = "ARTEL_SITE_URL", default_value = "http://localhost:17000", value_parser = site, value_name = "URL")]
    pub site_url: String,

    /// The time zone of times in letters.
    #[arg(
        long,
        env = "ARTEL_TIME_ZONE",
        default_value = "Europe/Moscow",
        value_parser = zone,
        value_name = "ZONE"
    )]
    pub time_zone: Tz,

    /// A folder with templates that replace the built-in ones.
    #[arg(long, env = "ARTEL_TEMPLATES_DIR", value_name = "FOLDER")]
    pub templates_dir: Option<PathBuf>,

    /// The address of the consumables department.
    #[arg(
        long,
        env = "ARTEL_DEPARTMENT_MAIL",
        default_value = "consumables@artel.example",
        value_name = "ADDRESS"
    )]
    pub department_mail: Address,

    /// The language of letters to the consumables department.
    #[arg(
        long,
        env = "ARTEL_DEPARTMENT_LANGUAGE",
        default_value = "ru",
        value_parser = PossibleValuesParser::new(Language::VARIANTS).try_map(|code| code.parse::<Language>()),
        value_name = "LANGUAGE"
    )]
    pub department_language: Language,
}

impl LetterOptions {
    /// Loads the templates.
    pub fn announcer(&self) -> anyhow::Result<Announcer> {
        Ok(Announcer {
            templates: Templates::load(self.templates_dir.as_deref(), self.time_zone, &self.site_url)?,
            department_mail: self.department_mail.to_string(),
            department_language: self.department_language,
        })
    }
}

/// How mails are sent.
#[derive(Clone, clap::Args)]
#[command(next_help_heading = "Mail")]
pub struct MailOptions {
    /// The URL of the mail server: `smtp://user:password@host:port` or `smtps://…`; `?tls=required`
    /// requires STARTTLS.
    #[arg(
        long,
        env = "ARTEL_SMTP_URL",
        default_value = "smtp://127.0.0.1:17325",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub smtp_url: String,

    /// The sender of mails.
    #[arg(
        long,
        env = "ARTEL_MAIL_FROM",
        default_value = "Artel <noreply@artel.example>",
        value_name = "ADDRESS"
    )]
    pub mail_from: Mailbox,

    /// How long sending one mail may take. Shorter than the thirty seconds of a drain, so that a
    /// shutdown does not cut a mail that may have been accepted already.
    #[arg(long, env = "ARTEL_SMTP_TIMEOUT", default_value = "20s",
          value_parser = duration_between(Duration::from_millis(100), Duration::from_secs(25)), value_name = "TIME")]
    pub smtp_timeout: Duration,

    /// The pause after a mail's first failure. Each further pause is four times as long, up to six
    /// hours.
    #[arg(long, env = "ARTEL_MAIL_FIRST_PAUSE", default_value = "10s",
          value_parser = duration_between(Duration::from_millis(10), Duration::from_hours(6)), value_name = "TIME")]
    pub mail_first_pause: Duration,

    /// Attempts before a mail is given up. A manager can send it again then.
    #[arg(long, env = "ARTEL_MAIL_ATTEMPTS", default_value_t = 8,
          value_parser = clap::value_parser!(u32).range(1..=100), value_name = "COUNT")]
    pub mail_attempts: u32,

    /// How long after its timeout a mail without a result counts as in flight. After that its
    /// process counts as dead, and the mail is due again.
    #[arg(long, env = "ARTEL_MAIL_LEASE", default_value = "1m",
          value_parser = duration_between(Duration::from_secs(1), Duration::from_hours(1)), value_name = "TIME")]
    pub mail_lease: Duration,

    /// How often the job looks for mails that are due. A commit in its own process wakes it at
    /// once.
    #[arg(long, env = "ARTEL_MAIL_POLL", default_value = "1s",
          value_parser = duration_between(Duration::from_millis(10), Duration::from_mins(10)), value_name = "TIME")]
    pub mail_poll: Duration,
}

impl MailOptions {
    pub fn schedule(&self) -> RetrySchedule {
        RetrySchedule {
            first_pause: self.mail_first_pause,
            attempts: self.mail_attempts,
        }
    }
}

impl std::fmt::Debug for MailOptions {
    /// Without the URL, which can hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailOptions")
            .field("mail_from", &self.mail_from)
            .field("mail_first_pause", &self.mail_first_pause)
            .field("mail_attempts", &self.mail_attempts)
            .finish_non_exhaustive()
    }
}

fn zone(text: &str) -> Result<Tz, String> {
    text.parse()
        .map_err(|_| "write a name of the IANA time zone database, such as Europe/Moscow".to_owned())
}

fn site(text: &str) -> Result<String, String> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let plain =
        |rest: &str| !rest.is_empty() && !rest.contains(|c: char| c.is_whitespace() || c.is_control());
    if rest.is_some_and(plain) && !text.contains(['?', '#']) {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err("write http://host or https://host, with a path if needed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::site;

    #[test]
    fn a_site_is_an_http_url_without_a_slash_at_the_end() {
        assert_eq!(site("https://artel.example/").unwrap(), "https://artel.example");
        for wrong in [
            "artel.example",
            "javascript:alert(1)",
            "http://",
            "http://a b",
            "http://a?b",
        ] {
            assert!(site(wrong).is_err(), "{wrong}");
        }
    }
}
