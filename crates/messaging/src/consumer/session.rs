//! The consumer group membership: a thread that drives the client, made anew whenever something is wrong with it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::builder::Intake;
use super::rebalance::Assignments;
use crate::kafka::{Kafka, reach};
use crate::pause::Pause;
use crate::watch::Watch;

/// A membership that lasted this long was a good one.
const GOOD: Duration = Duration::from_mins(1);

/// How often the client is asked although it did not say that it has something for us. It says so when one of its queues stops
/// being empty, and then only: where that one call is missed, as rust-rdkafka's #665 and #840 tell, a group or a partition would
/// stand still for minutes or for ever, and no log would say so.
pub(super) const ASK_ANYWAY: Duration = Duration::from_secs(1);

/// Why a membership ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("the kafka client failed: {0}")]
    Client(#[from] KafkaError),
    #[error(
        "the broker refuses a session time-out (ARTEL_KAFKA_SESSION_TIMEOUT) of {0:?}: its group.min.session.timeout.ms and \
         group.max.session.timeout.ms are its bounds"
    )]
    SessionTimeout(Duration),
    #[error("the client can't reach the broker any more, and a new one can")]
    CutOff,
    #[error("a partition's task ended by itself")]
    Task,
    #[error("a record came past its partition's task")]
    Unsplit,
    #[error("the client's thread ended by itself")]
    Thread,
}

/// Is a member of the group until `stop`.
pub(super) async fn run(intake: &Arc<Intake>, stop: &CancellationToken) {
    let mut pause = Pause::new(Duration::from_millis(200), Duration::from_secs(10));
    while !stop.is_cancelled() {
        let began = Instant::now();
        match membership(intake, stop).await {
            Ok(()) => return,
            Err(reason) => {
                tracing::error!(error = %reason, "the consumer starts again");
                if began.elapsed() > GOOD {
                    pause.reset();
                }
                pause.wait(stop).await;
            }
        }
    }
}

/// Runs on a thread of its own: rebalances wait there for tasks to finish, which no thread of the runtime may do.
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
    let broken = Arc::clone(&context.broken);
    let config = intake.kafka.consumer(&intake.group);
    let consumer: Arc<StreamConsumer<Assignments>> = Arc::new(config.create_with_context(context)?);
    consumer.context().belongs_to(&consumer);
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
                () = broken.notified() => return Err(Ended::Task),
                received = consumer.recv() => match received {
                    Ok(_) => return Err(Ended::Unsplit),
                    Err(error) if is_fatal(&error) => return Err(error.into()),
                    // The client would ask on and on, and nobody would hear of it.
                    Err(error) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::InvalidSessionTimeout) => {
                        return Err(Ended::SessionTimeout(intake.kafka.options().session_timeout));
                    }
                    // The client recovers by itself. No pause here: a rebalance may be next in line.
                    Err(error) => tracing::debug!(%error, "kafka"),
                },
                () = tokio::time::sleep(ASK_ANYWAY) => {}
            }
        }
    });
    // Tasks hold the client; only without them does the drop below leave the group.
    consumer.context().stop_all();
    if matches!(ended, Err(Ended::CutOff)) {
        // It would like to leave the group, and there is nobody that it could tell; the next one does not wait for that.
        std::thread::spawn(move || drop(consumer));
    } else {
        drop(consumer);
    }
    ended
}

/// Returns when this client has lost the broker for good.
async fn until_cut_off(kafka: &Kafka, consumer: &Arc<StreamConsumer<Assignments>>) {
    let mut watch = Watch::new(kafka);
    loop {
        tokio::time::sleep(ASK_ANYWAY).await;
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
