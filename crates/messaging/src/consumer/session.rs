//! Membership in the consumer group: a thread that drives the client, and replaces it after any
//! failure.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::intake::Intake;
use super::rebalance::Assignments;
use crate::backoff::Backoff;
use crate::kafka::{ConnectionWatch, Kafka, POLL_INTERVAL, reach};

/// A membership that lasted this long resets the back-off.
const STABLE_AFTER: Duration = Duration::from_mins(1);

/// Why a membership ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("the kafka client failed: {0}")]
    Client(#[from] KafkaError),
    #[error(
        "the broker refuses the session timeout of {0:?}: set ARTEL_KAFKA_SESSION_TIMEOUT to a value between the broker's \
         group.min.session.timeout.ms and group.max.session.timeout.ms"
    )]
    SessionTimeout(Duration),
    #[error("this client cannot reach the broker any more, but a new one can")]
    CutOff,
    #[error("a partition's task ended without being stopped")]
    Task,
    #[error("a record arrived outside its partition's queue")]
    Unsplit,
    #[error("the client's thread ended without being stopped")]
    Thread,
}

/// Is a member of the group until `stop`.
pub(super) async fn run(intake: &Arc<Intake>, stop: &CancellationToken) {
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
    while !stop.is_cancelled() {
        let began = Instant::now();
        match membership(intake, stop).await {
            Ok(()) => return,
            Err(reason) => {
                tracing::error!(error = %reason, "the consumer starts again");
                if began.elapsed() > STABLE_AFTER {
                    backoff.reset();
                }
                backoff.wait(stop).await;
            }
        }
    }
}

/// Runs on its own thread: rebalances block until tasks have finished, and must not block a thread
/// of the runtime.
async fn membership(intake: &Arc<Intake>, stop: &CancellationToken) -> Result<(), Ended> {
    let (ended, end) = oneshot::channel();
    let runtime = Handle::current();
    let thread = {
        let intake = Arc::clone(intake);
        let stop = stop.clone();
        std::thread::Builder::new()
            .name(format!("kafka-{}", intake.service))
            .spawn(move || {
                let _ = ended.send(drive(&intake, &stop, &runtime));
            })
    };
    if thread.is_err() {
        return Err(Ended::Thread);
    }
    end.await.unwrap_or(Err(Ended::Thread))
}

fn drive(intake: &Arc<Intake>, stop: &CancellationToken, runtime: &Handle) -> Result<(), Ended> {
    let _runtime = runtime.enter();
    let context = Assignments::new(intake, runtime.clone());
    let task_failed = Arc::clone(&context.task_failed);
    let config = intake.kafka.consumer(&intake.group);
    let consumer: Arc<StreamConsumer<Assignments>> = Arc::new(config.create_with_context(context)?);
    consumer.context().set_consumer(&consumer);
    let topics: Vec<String> = intake
        .routes
        .topics()
        .iter()
        .map(|topic| intake.kafka.prefixed(topic))
        .collect();
    let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
    consumer.subscribe(&topics)?;
    let ended = runtime.block_on(async {
        let cut_off = until_cut_off(&intake.kafka, &consumer);
        tokio::pin!(cut_off);
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = &mut cut_off => return Err(Ended::CutOff),
                () = task_failed.notified() => return Err(Ended::Task),
                received = consumer.recv() => match received {
                    Ok(_) => return Err(Ended::Unsplit),
                    Err(error) if is_fatal(&error) => return Err(error.into()),
                    // The client would retry forever without logging it.
                    Err(error) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::InvalidSessionTimeout) => {
                        return Err(Ended::SessionTimeout(intake.kafka.options().session_timeout));
                    }
                    // The client recovers by itself. No pause: the next item may be a rebalance.
                    Err(error) => tracing::debug!(%error, "kafka"),
                },
                () = tokio::time::sleep(POLL_INTERVAL) => {}
            }
        }
    });
    // The tasks hold the client. It leaves the group only when the last reference is dropped below.
    consumer.context().stop_all();
    if matches!(ended, Err(Ended::CutOff)) {
        // This client blocks, because it cannot tell the broker that it leaves. The next client
        // must not wait for it.
        std::thread::spawn(move || drop(consumer));
    } else {
        drop(consumer);
    }
    ended
}

/// Returns when this client has lost the broker for good.
async fn until_cut_off(kafka: &Kafka, consumer: &Arc<StreamConsumer<Assignments>>) {
    let mut watch = ConnectionWatch::new(kafka);
    loop {
        tokio::time::sleep(POLL_INTERVAL).await;
        let consumer = Arc::clone(consumer);
        if watch.is_cut_off(move || reach(consumer.client())).await {
            return;
        }
    }
}

fn is_fatal(error: &KafkaError) -> bool {
    matches!(error, KafkaError::MessageConsumptionFatal(_))
        || error.rdkafka_error_code() == Some(RDKafkaErrorCode::Fatal)
}
