//! The tasks of a process: they live and end together.

use std::any::Any;
use std::collections::HashMap;
use std::error::Error as StdError;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::refusal::chain;

/// Why the process can't go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A task failed.
    #[error("{task} failed")]
    Failed {
        /// Which.
        task: &'static str,
        /// Why.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A task panicked.
    #[error("{task} panicked: {text}")]
    Panicked {
        /// Which.
        task: &'static str,
        /// With these words.
        text: String,
    },
    /// A task ended though nobody asked for a shutdown.
    #[error("{0} ended though nobody asked it to")]
    Ended(&'static str),
    /// After a shutdown, tasks took longer to end than they may. They were cut.
    #[error("still running after the shutdown's bound: {0}")]
    Slow(String),
}

/// How a task may end: as `()` or as a `Result`.
pub trait Ending: Send + 'static {
    /// The failure, if it is one.
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

/// Runs named tasks until the shutdown. When one ends early, the others are asked to end as well: a process with half of
/// its parts would look alive and do nothing.
pub struct Supervisor {
    shutdown: CancellationToken,
    tasks: JoinSet<Result<(), Error>>,
    names: HashMap<Id, &'static str>,
}

impl Supervisor {
    /// Without tasks yet. All tasks watch the same token.
    pub fn new(shutdown: CancellationToken) -> Self {
        Self {
            shutdown,
            tasks: JoinSet::new(),
            names: HashMap::new(),
        }
    }

    /// Starts a task. It ends by itself soon after the shutdown was asked for, and not before.
    pub fn spawn<F>(&mut self, name: &'static str, task: F)
    where
        F: Future<Output: Ending> + Send + 'static,
    {
        let shutdown = self.shutdown.clone();
        let handle = self.tasks.spawn(async move {
            match AssertUnwindSafe(task).catch_unwind().await {
                Err(panic) => Err(Error::Panicked {
                    task: name,
                    text: words(panic.as_ref()),
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

    /// Waits until the shutdown is asked for, or a task ends early and thereby asks for it; then up to `bound` for the
    /// rest to end.
    ///
    /// # Errors
    /// The first task that ended early; or those that did not end in time. Return it from `main`: the process then
    /// ends with a non-zero status, and whoever supervises it starts it again.
    pub async fn run(mut self, bound: Duration) -> Result<(), Error> {
        let mut first = None;
        tokio::select! {
            () = self.shutdown.cancelled() => {}
            error = Self::early(&mut self.tasks, &mut self.names) => first = error,
        }
        self.shutdown.cancel();
        let rest = async {
            while let Some(error) = Self::early(&mut self.tasks, &mut self.names).await {
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
                tracing::error!(error = chain(&error), "the process ends because of a failure");
                Err(error)
            }
        }
    }

    /// The next failure; `None` when all tasks have ended well.
    async fn early(
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

/// What a panic says.
pub(crate) fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text")
        .to_owned()
}
