//! Properties of every pipeline, every pool and every answer of a remote step.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use uuid::Uuid;

use super::*;
use crate::domain::ids::{ClientId, OrderId, WorkerId};
use crate::domain::slot::Slot;
use crate::domain::worker::Record;

const OPTIONAL: [&str; 6] = [
    "not_previous",
    "traits_fit",
    "past_success",
    "quality_rating",
    "fair_load",
    "random",
];

fn slot(start: i64, length: i64) -> Slot {
    let start: DateTime<Utc> =
        DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::minutes(start);
    Slot::new(start, start + TimeDelta::minutes(length)).unwrap()
}

fn worker(number: usize) -> WorkerId {
    WorkerId(Uuid::from_u128(1_000 + number as u128))
}

fn samples() -> impl Strategy<Value = Vec<RegularSample>> {
    let record = (0_u32..50, 0_u32..50, 0_u32..20).prop_flat_map(|(completed, failed, rating_count)| {
        (rating_count..=5 * rating_count).prop_map(move |rating_sum| Record {
            completed,
            failed,
            rating_sum,
            rating_count,
        })
    });
    let busy = prop::collection::vec(
        (0_i64..180, 1_i64..90).prop_map(|(start, length)| slot(start, length)),
        0..3,
    );
    let traits = prop::collection::btree_map("[a-c]", 0_u8..=100, 0..3);
    let sample = (any::<bool>(), busy, traits, record, 0_u32..30);
    prop::collection::vec(sample, 0..12).prop_map(|samples| {
        let numbered = samples.into_iter().enumerate();
        numbered
            .map(|(number, (active, busy, traits, record, load))| RegularSample {
                id: worker(number),
                name: format!("worker {number}"),
                active,
                busy,
                traits,
                record,
                load,
            })
            .collect()
    })
}

fn tasks() -> impl Strategy<Value = Task> {
    let needs = prop::collection::btree_map("[a-c]", 0_u8..=100, 0..3);
    (
        any::<u128>(),
        0_i64..120,
        1_i64..60,
        needs,
        prop::option::of(0_usize..12),
    )
        .prop_map(|(order, start, length, needs, previous)| Task {
            order: OrderId(Uuid::from_u128(order)),
            slot: slot(start, length),
            needs,
            previous: previous.map(worker),
        })
}

fn remote(name: String, on_failure: RemoteFailure) -> PipelineStep {
    let deadline = Duration::from_millis(200);
    let remote = Remote {
        endpoint: "http://stars:50051".into(),
        deadline,
        on_failure,
    };
    PipelineStep {
        name,
        weight: Weight::ONE,
        action: Action::Remote(remote),
    }
}

fn pipelines(on_failure: RemoteFailure) -> impl Strategy<Value = Pipeline> {
    let optional = subsequence(OPTIONAL.to_vec(), 0..=OPTIONAL.len()).prop_shuffle();
    let weights = prop::collection::vec(0_u32..=100_000, OPTIONAL.len());
    let remotes = prop::collection::vec(any::<Index>(), 0..3);
    (optional, weights, remotes).prop_map(move |(optional, weights, remotes)| {
        let weight = |number: usize| Weight::thousandths(weights[number]).unwrap();
        let built_in = |(number, name): (usize, &&str)| PipelineStep::built_in(name, weight(number)).unwrap();
        let mut steps: Vec<_> = optional.iter().enumerate().map(built_in).collect();
        for (number, place) in remotes.iter().enumerate() {
            steps.insert(
                place.index(steps.len() + 1),
                remote(format!("remote_{number}"), on_failure),
            );
        }
        for required in ["free_in_slot", "active"] {
            steps.insert(0, PipelineStep::built_in(required, Weight::ONE).unwrap());
        }
        steps.push(PipelineStep::built_in("best_of", Weight::ONE).unwrap());
        Pipeline::new("any".into(), 1, steps).unwrap()
    })
}

/// A remote step's answer: no verdict, a pass, a rejection or a score for each worker; or no
/// answer.
fn answers() -> impl Strategy<Value = Option<BTreeMap<WorkerId, Verdict>>> {
    let verdict = prop_oneof![
        Just(Verdict::Pass("".into())),
        Just(Verdict::Reject("unlucky stars".into())),
        (0_u64..=1_000_000).prop_map(|score| Verdict::Score(Score::millionths(score), "".into())),
    ];
    prop::option::of(prop::collection::btree_map(
        (0_usize..12).prop_map(worker),
        verdict,
        0..12,
    ))
}

fn finish(run: &mut Run<'_>, answer: Option<&BTreeMap<WorkerId, Verdict>>) -> Outcome {
    loop {
        match run.advance() {
            Progress::Done(outcome) => return outcome,
            Progress::Ask(_) => run.answer(answer.ok_or(Unanswered)),
        }
    }
}

const CLIENT: ReferenceSample = ReferenceSample {
    id: ClientId(Uuid::from_u128(1)),
    completed: 0,
};

fn can_come(sample: &RegularSample, task: &Task) -> bool {
    sample.active && !sample.busy.iter().any(|busy| busy.overlaps(task.slot))
}

proptest! {
    #[test]
    fn o4_a_worker_is_chosen_exactly_when_an_active_worker_is_free_and_is_one_of_those(
        pipeline in pipelines(RemoteFailure::Skip), task in tasks(), samples in samples(), answer in answers(),
    ) {
        let mut run = Run::new(&pipeline, &task, &CLIENT, &samples);
        match finish(&mut run, answer.as_ref()) {
            Outcome::Chosen { worker, reasons } => {
                let chosen = samples.iter().find(|sample| sample.id == worker).unwrap();
                prop_assert!(can_come(chosen, &task));
                let steps: Vec<_> = reasons.iter().map(|reason| reason.step.as_str()).collect();
                let all: Vec<_> = pipeline.steps().iter().map(|step| step.name.as_str()).collect();
                prop_assert_eq!(steps, all, "every step gives its reason");
            }
            Outcome::NoWorkerAvailable => prop_assert!(!samples.iter().any(|sample| can_come(sample, &task))),
            Outcome::Held { step } => prop_assert!(false, "no step may hold the order, but {} did", step),
        }
    }

    #[test]
    fn o7_a_repeat_goes_to_another_worker_if_one_is_available(
        task in tasks(), samples in samples(),
    ) {
        let names = ["active", "free_in_slot", "not_previous", "random", "best_of"];
        let steps = names.map(|name| PipelineStep::built_in(name, Weight::ONE).unwrap()).to_vec();
        let pipeline = Pipeline::new("standard".into(), 1, steps).unwrap();
        let outcome = finish(&mut Run::new(&pipeline, &task, &CLIENT, &samples), None);
        let others = samples.iter().any(|sample| can_come(sample, &task) && Some(sample.id) != task.previous);
        if let Outcome::Chosen { worker, .. } = outcome {
            prop_assert_eq!(Some(worker) == task.previous, !others);
        }
    }

    #[test]
    fn m2_a_run_gives_the_same_result_for_every_order_of_the_pool(
        pipeline in pipelines(RemoteFailure::Skip), task in tasks(),
        pools in samples().prop_flat_map(|samples| (Just(samples.clone()), Just(samples).prop_shuffle())),
        answer in answers(),
    ) {
        let (pool, shuffled) = pools;
        let mut first = Run::new(&pipeline, &task, &CLIENT, &pool);
        let mut second = Run::new(&pipeline, &task, &CLIENT, &shuffled);
        prop_assert_eq!(finish(&mut first, answer.as_ref()), finish(&mut second, answer.as_ref()));
        prop_assert_eq!(first.reports(), second.reports());
    }

    #[test]
    fn m3_a_holding_step_without_an_answer_lets_no_order_be_assigned(
        pipeline in pipelines(RemoteFailure::Hold), task in tasks(), samples in samples(),
    ) {
        let asks = pipeline.steps().iter().any(|step| matches!(step.action, Action::Remote(_)));
        let outcome = finish(&mut Run::new(&pipeline, &task, &CLIENT, &samples), None);
        let available = samples.iter().any(|sample| can_come(sample, &task));
        prop_assert_eq!(matches!(outcome, Outcome::Held { .. }), asks && available);
        prop_assert_eq!(matches!(outcome, Outcome::NoWorkerAvailable), !available);
    }

    #[test]
    fn m4_every_step_gives_a_verdict_on_every_worker_that_no_earlier_step_rejected(
        pipeline in pipelines(RemoteFailure::Skip), task in tasks(), samples in samples(), answer in answers(),
    ) {
        let mut run = Run::new(&pipeline, &task, &CLIENT, &samples);
        finish(&mut run, answer.as_ref());
        let mut remaining: Vec<_> = samples.iter().map(|sample| sample.id).collect();
        for report in run.reports() {
            if report.note.starts_with("skipped") {
                continue;
            }
            let judged: Vec<_> = report.verdicts.keys().copied().collect();
            prop_assert_eq!(&judged, &remaining, "at {}", &report.step);
            if report.note.is_empty() {
                remaining.retain(|worker| !report.verdicts[worker].is_rejection());
            }
        }
    }
}

#[test]
fn m1_the_step_with_the_higher_weight_decides() {
    let task = Task {
        order: OrderId(Uuid::from_u128(5)),
        slot: slot(0, 60),
        needs: [("a".to_owned(), 100)].into(),
        previous: None,
    };
    let sample = |number, fit: u8, load| RegularSample {
        id: worker(number),
        name: String::new(),
        active: true,
        busy: Vec::new(),
        traits: [("a".to_owned(), fit)].into(),
        record: Record::default(),
        load,
    };
    let pool = [sample(1, 100, 10), sample(2, 50, 0)];
    let chosen = |fit_weight, load_weight| {
        let step = |name, weight| PipelineStep::built_in(name, Weight::thousandths(weight).unwrap()).unwrap();
        let steps = vec![
            step("active", 0),
            step("free_in_slot", 0),
            step("traits_fit", fit_weight),
            step("fair_load", load_weight),
            step("best_of", 0),
        ];
        let pipeline = Pipeline::new("standard".into(), 1, steps).unwrap();
        match finish(&mut Run::new(&pipeline, &task, &CLIENT, &pool), None) {
            Outcome::Chosen { worker, .. } => worker,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(chosen(3_000, 1_000), worker(1));
    assert_eq!(chosen(1_000, 1_000), worker(2));
}

#[test]
fn m5_every_registered_step_has_a_unique_name_and_a_summary() {
    let names: std::collections::HashSet<_> = BUILT_IN.iter().map(|step| step.name).collect();
    assert_eq!(names.len(), BUILT_IN.len());
    assert!(
        BUILT_IN
            .iter()
            .all(|step| !step.summary.is_empty() && built_in(step.name) == Some(*step))
    );
}
