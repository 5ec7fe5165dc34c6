//! Events that could not be processed.

use std::io::{BufRead, IsTerminal as _, Write as _};

use clap::Subcommand;
use serde_json::Value;

use super::{Page, Request};
use crate::cli::Globals;
use crate::contracts::Context;
use crate::failure::Error;

/// Events that a service could not process.
#[derive(Debug, Subcommand)]
pub enum Parked {
    /// List a service's parked events.
    List {
        /// The service.
        service: Context,
        /// Only events in this state: waiting, parked, following, dropped. Default: all but
        /// dropped.
        #[arg(long, value_delimiter = ',', value_parser = ["waiting", "parked", "following", "dropped"])]
        state: Vec<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Show an event: reason, time, headers, decoded payload.
    Show {
        /// The service.
        service: Context,
        /// The event's number in the list.
        id: i64,
    },
    /// Retry an event after its cause was removed; later events of its key follow in order.
    Retry {
        /// The service.
        service: Context,
        /// The event's number in the list.
        id: i64,
    },
    /// Give an event up. The reason is kept; later events of its key continue.
    Drop {
        /// The service.
        service: Context,
        /// The event's number in the list.
        id: i64,
        /// The reason. A terminal prompts for it if it is missing.
        #[arg(long)]
        reason: Option<String>,
    },
}

impl Parked {
    /// Executes the command.
    pub async fn run(self, globals: &Globals) -> Result<(), Error> {
        match self {
            Self::List { service, state, page } => {
                let states = state
                    .iter()
                    .map(|state| format!("PARKED_STATE_{}", state.to_uppercase()));
                let list = Request::new(service, "ListParked").field("states", states.collect::<Vec<_>>());
                globals.send(page.of(list)).await
            }
            Self::Show { service, id } => {
                let mut shown = globals
                    .ask(Request::new(service, "GetParked").field("id", id))
                    .await?;
                decode(&mut shown);
                globals.print(&shown)
            }
            Self::Retry { service, id } => {
                globals
                    .send(Request::new(service, "RetryParked").field("id", id))
                    .await
            }
            Self::Drop { service, id, reason } => {
                let reason = given(reason)?;
                let request = Request::new(service, "DropParked")
                    .field("id", id)
                    .field("reason", reason);
                globals.send(request).await
            }
        }
    }
}

/// Replaces the payload's bytes by the decoded payload, if it could be decoded.
fn decode(shown: &mut Value) {
    let Some(fields) = shown.as_object_mut() else {
        return;
    };
    let text = fields.remove("payloadJson");
    let decoded = text
        .as_ref()
        .and_then(Value::as_str)
        .and_then(|text| serde_json::from_str(text).ok());
    if let Some(decoded) = decoded {
        fields.insert("payload".to_owned(), decoded);
    }
}

/// The reason from the option or the prompt. An event cannot be dropped without a reason.
fn given(reason: Option<String>) -> Result<String, Error> {
    let mut input = std::io::stdin();
    let reason = match reason {
        Some(reason) => reason,
        None if input.is_terminal() => asked(&mut std::io::BufReader::new(&mut input))?,
        None => String::new(),
    };
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::Input(
            "an event is not dropped without a reason: say why, with --reason".to_owned(),
        ));
    }
    Ok(reason.to_owned())
}

fn asked(input: &mut impl BufRead) -> Result<String, Error> {
    let io = |error: std::io::Error| Error::Io(format!("the terminal: {error}"));
    let mut errors = std::io::stderr();
    write!(errors, "Why is it dropped? It is kept with your name. ").map_err(io)?;
    errors.flush().map_err(io)?;
    let mut reason = String::new();
    input.read_line(&mut reason).map_err(io)?;
    Ok(reason)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_not_dropped_for_a_blank_reason() {
        assert!(given(Some("  ".to_owned())).is_err());
        assert_eq!(given(Some(" a test \n".to_owned())).unwrap(), "a test");
        assert_eq!(asked(&mut &b"a typed one\n"[..]).unwrap(), "a typed one\n");
    }

    #[test]
    fn a_payload_is_shown_decoded_or_as_bytes() {
        let mut decoded = json!({ "payload": "CgFh", "payloadJson": "{\"key\": \"a\"}" });
        decode(&mut decoded);
        assert_eq!(decoded, json!({ "payload": { "key": "a" } }));
        let mut bytes = json!({ "payload": "CgFh", "payloadJson": "" });
        decode(&mut bytes);
        assert_eq!(bytes, json!({ "payload": "CgFh" }));
    }
}
