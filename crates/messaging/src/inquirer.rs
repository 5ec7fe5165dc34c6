//! A client of the broker that only asks, and is made anew when nobody answers it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::BaseConsumer;
use rdkafka::error::KafkaError;

use crate::kafka::Logged;

/// After so many questions in a row without an answer the client is replaced: it may have lost the broker for good (see
/// [`Watch`](crate::watch::Watch)). Not at the first: on a busy machine a new client takes longer to connect than a question may.
const PATIENCE: u32 = 5;

/// Most events of the client that are looked at before a question, so that they don't pile up.
const DRAIN: usize = 1_000;

/// Asks questions only, never subscribes. Connects at the first question.
pub(crate) struct Inquirer {
    config: ClientConfig,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    client: Option<Arc<BaseConsumer<Logged>>>,
    /// How many questions in a row got no answer.
    unanswered: u32,
}

impl Inquirer {
    pub(crate) fn new(config: ClientConfig) -> Self {
        Self {
            config,
            state: Mutex::default(),
        }
    }

    /// Blocks until there is an answer, or none within the question's own bound.
    pub(crate) fn ask<T>(
        &self,
        question: impl FnOnce(&BaseConsumer<Logged>) -> Result<T, KafkaError>,
    ) -> Result<T, KafkaError> {
        let client = self.client()?;
        drain(&client);
        let answer = question(&client);
        let mut state = self.state();
        if answer.is_ok() {
            state.unanswered = 0;
        } else {
            state.unanswered += 1;
            if state.unanswered >= PATIENCE {
                *state = State::default();
            }
        }
        answer
    }

    fn client(&self) -> Result<Arc<BaseConsumer<Logged>>, KafkaError> {
        let mut state = self.state();
        if let Some(client) = &state.client {
            return Ok(Arc::clone(client));
        }
        let made = Arc::new(self.config.create_with_context(Logged)?);
        state.client = Some(Arc::clone(&made));
        Ok(made)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A client that nobody polls keeps what it wants to say: errors, while the broker is away, without end.
fn drain(client: &BaseConsumer<Logged>) {
    for _ in 0..DRAIN {
        if client.poll(Duration::ZERO).is_none() {
            return;
        }
    }
}
