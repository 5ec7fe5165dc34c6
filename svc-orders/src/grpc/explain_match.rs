use std::collections::HashMap;

use orders_contract::v1 as pb;
use service_host::{Caller, field};
use tonic::Request;

use super::get_pipeline::version;
use super::{Api, convert};
use crate::Error;
use crate::domain::ids::WorkerId;
use crate::domain::matching::{Outcome, StepReport};

/// Explains what a pipeline would choose for an order, and why (M4).
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ExplainMatchRequest>,
) -> Result<pb::ExplainMatchResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let order = field::id("order_id", &request.order_id)?;
    let name = Some(request.pipeline.as_str()).filter(|name| !name.is_empty());
    let explanation = api.matcher.explain(order, name, version(request.version)).await?;
    let (chosen, why_nobody) = match &explanation.outcome {
        Outcome::Chosen { worker, .. } => (worker.to_string(), String::new()),
        Outcome::NoWorkerAvailable => (String::new(), "no active worker is free in the slot".to_owned()),
        Outcome::Held { step } => (String::new(), format!("the step {step} did not answer")),
    };
    let names: HashMap<WorkerId, &str> = explanation
        .samples
        .iter()
        .map(|sample| (sample.id, sample.name.as_str()))
        .collect();
    Ok(pb::ExplainMatchResponse {
        pipeline: explanation.pipeline.name().to_owned(),
        version: explanation.pipeline.version(),
        chosen_worker_id: chosen,
        why_nobody,
        steps: explanation
            .reports
            .iter()
            .map(|one| report(one, &names))
            .collect(),
    })
}

fn report(report: &StepReport, names: &HashMap<WorkerId, &str>) -> pb::StepReport {
    let verdicts = report
        .verdicts
        .iter()
        .map(|(worker, verdict)| pb::CandidateVerdict {
            worker_id: worker.to_string(),
            worker_name: names.get(worker).copied().unwrap_or_default().to_owned(),
            decision: convert::decision(verdict).into(),
            score: verdict
                .score()
                .map_or(0, |score| i32::try_from(score.as_millionths()).unwrap_or(0)),
            why: verdict.why().to_owned(),
        });
    pb::StepReport {
        step: report.step.clone(),
        weight: i32::try_from(report.weight.as_thousandths()).unwrap_or(i32::MAX),
        note: report.note.to_owned(),
        verdicts: verdicts.collect(),
    }
}
