//! The tasks of a process, which run and end together.

use std::any::Any;
use std::collections::HashMap;
use std::error::Error as StdError;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::error_chain::chain;

/// Why the process must end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A task failed.
    #[error("{task} failed")]
    Failed {
        /// The task's name.
        task: &'static str,
        /// The task's error.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A task panicked.
    #[error("{task} panicked: {text}")]
    Panicked {
        /// The task's name.
        task: &'static str,
        /// The message of the panic.
        text: String,
    },
    /// A task ended before shutdown was requested.
    #[error("{0} ended before shutdown was requested")]
    Ended(&'static str),
    /// Tasks did not end in time after the shutdown. They were cut off.
    #[error("tasks did not end in time after the shutdown: {0}")]
    Slow(String),
}

/// The output of a task: `()` or a `Result`.
pub trait Ending: Send + 'static {
    /// The error, if the task failed.
    fn failure(self) -> Option<Box<dyn StdError + Send + Sync>>;
}

impl Ending for () {
    fn failure(self) -> Option<Box<dyn StdError + Send + Sync>> {
        None
    }
}

impl<E> Ending for Result<(), E>
where
    E: Into<Box<dyn StdError + Send + Sync>> + Send + 'static,
{
    fn failure(self) -> Option<Box<dyn StdError + Send + Sync>> {
        self.err().map(Into::into)
    }
}

/// Runs named tasks until the shutdown. If one task ends early, the supervisor shuts down the
/// others, because a process with only some of its parts would look alive and not work.
pub struct Supervisor {
    shutdown: CancellationToken,
    tasks: JoinSet<Result<(), Error>>,
    names: HashMap<Id, &'static str>,
}

impl Supervisor {
    /// A supervisor without tasks. All tasks must watch `shutdown`.
    pub fn new(shutdown: CancellationToken) -> Self {
        Self {
            shutdown,
            tasks: JoinSet::new(),
            names: HashMap::new(),
        }
    }

    /// Starts a task. It must end soon after shutdown is requested, and not before.
    pub fn spawn<F>(&mut self, name: &'static str, task: F)
    where
        F: Future<Output: Ending> + Send + 'static,
    {
        let shutdown = self.shutdown.clone();
        let handle = self.tasks.spawn(async move {
            match AssertUnwindSafe(task).catch_unwind().await {
                Err(panic) => Err(Error::Panicked {
                    task: name,
                    text: panic_message(panic.as_ref()),
                }),
                Ok(ending) => match ending.failure() {
                    Some(source) => Err(Error::Failed { task: name, source }),
                    None if shutdown.is_cancelled() => Ok(()),
                    None => Err(Error::Ended(name)),
                },
            }
        });
        self.names.insert(handle.id(), name);
    }

    /// Waits until shutdown is requested or a task ends early, which also requests it. Then waits
    /// up to `bound` until the other tasks have ended.
    ///
    /// # Errors
    /// The first task that ended early, or the tasks that did not end in time. Return the error
    /// from `main`, so that the process ends with a non-zero status and is restarted.
    pub async fn run(mut self, bound: Duration) -> Result<(), Error> {
        let mut first = None;
        tokio::select! {
            () = self.shutdown.cancelled() => {}
            error = Self::next_failure(&mut self.tasks, &mut self.names) => first = error,
        }
        self.shutdown.cancel();
        let rest = async {
            while let Some(error) = Self::next_failure(&mut self.tasks, &mut self.names).await {
                first.get_or_insert(error);
            }
        };
        if tokio::time::timeout(bound, rest).await.is_err() {
            let mut slow: Vec<_> = self.names.values().copied().collect();
            slow.sort_unstable();
            first.get_or_insert(Error::Slow(slow.join(", ")));
        }
        match first {
            None => Ok(()),
            Some(error) => {
                tracing::error!(error = chain(&error), "the process ends after a failure");
                Err(error)
            }
        }
    }

    /// The next failure. `None` once all tasks have ended without one.
    async fn next_failure(
        tasks: &mut JoinSet<Result<(), Error>>,
        names: &mut HashMap<Id, &'static str>,
    ) -> Option<Error> {
        while let Some(joined) = tasks.join_next_with_id().await {
            match joined {
                Ok((id, result)) => {
                    names.remove(&id);
                    if let Err(error) = result {
                        return Some(error);
                    }
                }
                Err(error) => {
                    let task = names.remove(&error.id()).unwrap_or("a task");
                    return Some(Error::Panicked {
                        task,
                        text: error.to_string(),
                    });
                }
            }
        }
        None
    }
}

/// The message of a panic.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text")
        .to_owned()
}
