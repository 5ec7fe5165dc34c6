//! A client that queries the broker, and is replaced when it gets no answers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::BaseConsumer;
use rdkafka::error::KafkaError;

use super::client_log::ClientLog;

/// After so many failed queries in a row the client is replaced, because it may have lost the
/// broker for good (see [`ConnectionWatch`](super::ConnectionWatch)). Not after the first: on a
/// busy machine a new client may take longer to connect than a query is allowed to take.
const MAX_FAILURES: u32 = 5;

/// Most events of the client that are discarded before a query.
const MAX_DISCARDED: usize = 1_000;

/// Queries the broker and never subscribes. Connects at the first query.
pub(crate) struct QueryClient {
    config: ClientConfig,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    client: Option<Arc<BaseConsumer<ClientLog>>>,
    /// Failed queries in a row.
    failures: u32,
}

impl QueryClient {
    pub(crate) fn new(config: ClientConfig) -> Self {
        Self {
            config,
            state: Mutex::default(),
        }
    }

    /// Runs a query. Blocks until it is answered or its own timeout has passed.
    pub(crate) fn query<T>(
        &self,
        query: impl FnOnce(&BaseConsumer<ClientLog>) -> Result<T, KafkaError>,
    ) -> Result<T, KafkaError> {
        let client = self.client()?;
        discard_events(&client);
        let answer = query(&client);
        let mut state = self.state();
        if answer.is_ok() {
            state.failures = 0;
        } else {
            state.failures += 1;
            if state.failures >= MAX_FAILURES {
                *state = State::default();
            }
        }
        answer
    }

    fn client(&self) -> Result<Arc<BaseConsumer<ClientLog>>, KafkaError> {
        let mut state = self.state();
        if let Some(client) = &state.client {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(self.config.create_with_context(ClientLog)?);
        state.client = Some(Arc::clone(&client));
        Ok(client)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Discards the events of the client. Without polling they would pile up: while the broker is away,
/// the client reports errors without end.
fn discard_events(client: &BaseConsumer<ClientLog>) {
    for _ in 0..MAX_DISCARDED {
        if client.poll(Duration::ZERO).is_none() {
            return;
        }
    }
}
