//! Whether the database server answers, shared by all connections.

use diesel::{ConnectionError, QueryResult};
use tokio::sync::watch;

use super::failure::{away, is_away};

/// Describes a server that accepts statements and does not answer.
pub(super) const SILENT: &str = "the server does not answer";

/// Whether the server answered last. All clones share the state.
#[derive(Clone)]
pub(super) struct Presence(watch::Sender<Known>);

struct Known {
    state: State,
    /// How often the server became silent. Counted because a waiting task must not miss a short
    /// silence.
    silences: u64,
}

#[derive(PartialEq, Eq)]
enum State {
    /// The server was not probed yet.
    Unknown,
    Present,
    /// The server cannot be reached or opens no connection. Open connections may still work.
    Away(String),
    /// The server accepts statements and does not answer: it is frozen, or the network drops
    /// packets. A statement would wait.
    Silent,
}

impl Presence {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(Known {
            state: State::Unknown,
            silences: 0,
        }))
    }

    /// Records the result of a statement on a connection.
    pub(super) fn answered<T>(&self, answer: &QueryResult<T>) {
        self.found(match answer {
            Err(error) if is_away(error) => State::Away(error.to_string()),
            // An error is an answer.
            _ => State::Present,
        });
    }

    /// Records that a statement on a connection got no answer in time.
    pub(super) fn unanswered(&self) {
        self.found(State::Silent);
    }

    /// Records that no connection could be opened. This is not silence, even if it took long: an
    /// overloaded server is slow to open connections while its open connections work, and closing
    /// those would add to its load.
    pub(super) fn connect_failed(&self, reason: &ConnectionError) {
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
                    tracing::warn!("the database does not answer; waiting calls fail");
                }
                (State::Silent, _) => tracing::info!("the database answers again"),
                _ => {}
            }
            known.state = state;
            true
        });
    }

    /// Fails if the server is silent, because a statement would wait for nothing.
    pub(super) fn admit(&self) -> QueryResult<()> {
        if self.0.borrow().state == State::Silent {
            return Err(silent());
        }
        Ok(())
    }

    /// Returns when the server becomes silent after the call of this function, even if the future
    /// is polled later.
    pub(super) fn silence(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut known = self.0.subscribe();
        let silences = known.borrow_and_update().silences;
        async move {
            if known.wait_for(|known| known.silences > silences).await.is_err() {
                // No probe is left that could detect silence.
                std::future::pending::<()>().await;
            }
        }
    }

    /// The result of the last probe. Waits for the first one.
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
