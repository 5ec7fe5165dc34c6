//! Answers of candidates.

use onboarding_contract::v1 as pb;
use uuid::Uuid;

pub fn request_id() -> String {
    Uuid::new_v4().to_string()
}

pub fn text(text: &str) -> pb::Answer {
    pb::Answer {
        text: text.to_owned(),
        ..Default::default()
    }
}

pub fn choose(ids: &[&str]) -> pb::Answer {
    pb::Answer {
        choice_ids: ids.iter().map(|id| (*id).to_owned()).collect(),
        ..Default::default()
    }
}

/// A right or a wrong answer to a task of the arithmetic test.
pub fn reply(task: &pb::ShownTask, rightly: bool) -> pb::Answer {
    let id_of = |text: &str| {
        let choice = task.choices.iter().find(|choice| choice.text == text);
        choice.unwrap().choice_id.clone()
    };
    match (task.task_id.as_str(), rightly) {
        ("choice", true) => choose(&[&id_of("right")]),
        ("choice", false) => choose(&[&id_of("left")]),
        ("sum", _) => pb::Answer {
            number: if rightly { "4,2" } else { "-4" }.to_owned(),
            ..Default::default()
        },
        ("order", true) => choose(&[&id_of("first"), &id_of("second"), &id_of("third")]),
        ("order", false) => choose(&[&id_of("third"), &id_of("second"), &id_of("first")]),
        other => panic!("no answer to {other:?}"),
    }
}
