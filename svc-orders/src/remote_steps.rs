//! Matching steps of other teams: gRPC services that implement `MatchingStepService` (M3).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use conventions::{Validate as _, wire};
use orders_contract::v1 as pb;
use orders_contract::v1::matching_step_service_client::MatchingStepServiceClient;
use tonic::transport::{Channel, Endpoint};

use crate::domain::ids::WorkerId;
use crate::domain::matching::{Question, RegularSample, Score, Unanswered, Verdict};

/// Clients of remote steps, one connection per address.
#[derive(Debug, Default)]
pub struct RemoteSteps {
    channels: Mutex<HashMap<String, Channel>>,
}

impl RemoteSteps {
    /// Asks a step, within its deadline. Every failure is logged and counts as no answer.
    pub async fn ask(&self, question: &Question<'_>) -> Result<BTreeMap<WorkerId, Verdict>, Unanswered> {
        let remote = question.remote;
        let no_answer = |why: &dyn std::fmt::Display| {
            tracing::warn!(
                order.id = %question.task.order,
                matching.step = question.step,
                error = %why,
                "a remote matching step gave no answer"
            );
            Unanswered
        };
        let channel = self
            .channel(&remote.endpoint)
            .map_err(|error| no_answer(&error))?;
        let mut client = MatchingStepServiceClient::new(channel);
        let answer = tokio::time::timeout(remote.deadline, client.judge(request(question)))
            .await
            .map_err(|_| no_answer(&"deadline exceeded"))?
            .map_err(|status| no_answer(&status.message()))?
            .into_inner();
        answer.validate().map_err(|error| no_answer(&error))?;
        answer
            .verdicts
            .iter()
            .map(verdict)
            .collect::<Result<_, _>>()
            .map_err(|why| no_answer(&why))
    }

    fn channel(&self, address: &str) -> Result<Channel, tonic::transport::Error> {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(channel) = channels.get(address) {
            return Ok(channel.clone());
        }
        // Without keep-alives, calls to a frozen server would each take their whole deadline.
        let channel = Endpoint::from_shared(address.to_owned())?
            .connect_timeout(Duration::from_millis(500))
            .http2_keep_alive_interval(Duration::from_secs(2))
            .keep_alive_timeout(Duration::from_secs(1))
            .keep_alive_while_idle(true)
            .connect_lazy();
        channels.insert(address.to_owned(), channel.clone());
        Ok(channel)
    }
}

fn request(question: &Question<'_>) -> pb::JudgeRequest {
    let task = question.task;
    pb::JudgeRequest {
        order_id: task.order.to_string(),
        slot: Some(wire::slot(task.slot.start(), task.slot.end())),
        needed_traits: wire::traits(&task.needs),
        reference_sample: Some(pb::ReferenceSample {
            id: question.reference.id.to_string(),
            completed: count(question.reference.completed),
        }),
        samples: question
            .samples
            .iter()
            .map(|sample| regular_sample(sample))
            .collect(),
    }
}

fn regular_sample(sample: &RegularSample) -> pb::RegularSample {
    pb::RegularSample {
        id: sample.id.to_string(),
        traits: wire::traits(&sample.traits),
        completed: count(sample.record.completed),
        failed: count(sample.record.failed),
        rating_count: count(sample.record.rating_count),
        rating_sum: count(sample.record.rating_sum),
        load: count(sample.load),
    }
}

fn count(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn verdict(verdict: &pb::JudgeVerdict) -> Result<(WorkerId, Verdict), String> {
    let worker = verdict
        .sample_id
        .parse()
        .map_err(|_| format!("sample_id {:?} is not a UUID", verdict.sample_id))?;
    let why = verdict.why.clone().into();
    let verdict = match verdict.decision() {
        pb::Decision::Pass => Verdict::Pass(why),
        pb::Decision::Reject => Verdict::Reject(why),
        pb::Decision::Score => {
            Verdict::Score(Score::millionths(u64::try_from(verdict.score).unwrap_or(0)), why)
        }
        pb::Decision::Unspecified => return Err(format!("the verdict on {worker} has no decision")),
    };
    Ok((worker, verdict))
}
