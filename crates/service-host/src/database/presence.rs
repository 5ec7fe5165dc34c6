//! What is known of the server: kept in one place by whoever asks it, read by whoever is about to.

use diesel::{ConnectionError, QueryResult};
use tokio::sync::watch;

use super::failure::{away, is_away};

/// How a server is described that takes what is sent and says nothing.
pub(super) const SILENT: &str = "the server does not answer";

/// Whether the server answers, as the last question found it. All clones know the same.
#[derive(Clone)]
pub(super) struct Presence(watch::Sender<Known>);

struct Known {
    state: State,
    /// How often it fell silent so far: a waiting task must not miss a silence that was short.
    silences: u64,
}

#[derive(PartialEq, Eq)]
enum State {
    /// Nobody has asked yet.
    Unknown,
    There,
    /// It can't be reached, or makes no connection. Whoever has one may try.
    Away(String),
    /// It takes questions and does not answer: it is frozen, or the network swallows everything. Whoever asks would wait.
    Silent,
}

impl Presence {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(Known {
            state: State::Unknown,
            silences: 0,
        }))
    }

    /// Notes what came of a question on a connection.
    pub(super) fn answered<T>(&self, answer: &QueryResult<T>) {
        self.found(match answer {
            Err(error) if is_away(error) => State::Away(error.to_string()),
            // An error is an answer.
            _ => State::There,
        });
    }

    /// Notes that a question on a connection had no answer in time.
    pub(super) fn unanswered(&self) {
        self.found(State::Silent);
    }

    /// Notes that no connection could be made. That alone is no silence, though it took long: a server with too much to do is
    /// slow at it, while the connections that it has work; to give those up would give it more to do.
    pub(super) fn unopened(&self, reason: &ConnectionError) {
        if self.admit().is_ok() {
            self.found(State::Away(reason.to_string()));
        }
    }

    fn found(&self, state: State) {
        self.0.send_if_modified(|known| {
            if known.state == state {
                return false;
            }
            match (&known.state, &state) {
                (_, State::Silent) => {
                    known.silences += 1;
                    tracing::warn!("the database does not answer; whatever waits for it is given up");
                }
                (State::Silent, _) => tracing::info!("the database answers again"),
                _ => {}
            }
            known.state = state;
            true
        });
    }

    /// Refuses at once where whoever asked would wait in vain.
    pub(super) fn admit(&self) -> QueryResult<()> {
        if self.0.borrow().state == State::Silent {
            return Err(silent());
        }
        Ok(())
    }

    /// Returns when the server falls silent, counted from the call of this function, not from the first poll.
    pub(super) fn silence(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut known = self.0.subscribe();
        let silences = known.borrow_and_update().silences;
        async move {
            if known.wait_for(|known| known.silences > silences).await.is_err() {
                // Nobody is left who could ask it.
                std::future::pending::<()>().await;
            }
        }
    }

    /// What the last question found, or the first one will.
    pub(super) async fn known(&self) -> QueryResult<()> {
        let mut known = self.0.subscribe();
        let known = known.wait_for(|known| known.state != State::Unknown).await;
        match known.as_ref().map(|known| &known.state) {
            Ok(State::Away(reason)) => Err(away(reason)),
            Ok(State::Silent) => Err(silent()),
            _ => Ok(()),
        }
    }
}

pub(super) fn silent() -> diesel::result::Error {
    away(SILENT)
}
