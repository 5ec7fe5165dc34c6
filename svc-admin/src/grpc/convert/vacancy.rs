//! Vacancies.

use admin_contract::v1 as pb;
use service_host::Refusal;

use super::{actor, id, missing, optional_id, read_optional_id, time};
use crate::domain::Versioned;
use crate::domain::vacancy::{Question, Rule, Vacancy, Variant};

/// From the wire.
pub fn read(from: Option<pb::Vacancy>) -> Result<Vacancy, Refusal> {
    let from = from.ok_or_else(|| missing("vacancy"))?;
    let rule = from.rule.ok_or_else(|| missing("vacancy.rule"))?;
    let variant = |(index, variant): (usize, pb::TestSetVariant)| {
        let field = format!("vacancy.variants[{index}]");
        Ok(Variant {
            test_set_id: id(&format!("{field}.test_set_id"), &variant.test_set_id)?,
            weight: variant.weight,
            hypothesis_id: read_optional_id(&format!("{field}.hypothesis_id"), &variant.hypothesis_id)?,
        })
    };
    Ok(Vacancy {
        title: from.title,
        description: from.description,
        questions: from
            .questions
            .into_iter()
            .map(|question| Question {
                name: question.name,
                text: question.text,
                required: question.required,
            })
            .collect(),
        variants: from
            .variants
            .into_iter()
            .enumerate()
            .map(variant)
            .collect::<Result<_, Refusal>>()?,
        rule: Rule {
            minimum_score: rule.minimum_score,
            best_percent: rule.best_percent,
            window: rule.window,
        },
    })
}

/// To the wire.
pub fn state(entry: &Versioned<Vacancy>) -> pb::VacancyState {
    let body = entry.body.clone();
    pb::VacancyState {
        vacancy_id: entry.id.to_string(),
        version: entry.version,
        title: body.title,
        description: body.description,
        questions: body
            .questions
            .into_iter()
            .map(|question| pb::FormQuestion {
                name: question.name,
                text: question.text,
                required: question.required,
            })
            .collect(),
        variants: body
            .variants
            .into_iter()
            .map(|variant| pb::TestSetVariant {
                test_set_id: variant.test_set_id.to_string(),
                weight: variant.weight,
                hypothesis_id: optional_id(variant.hypothesis_id),
            })
            .collect(),
        rule: Some(pb::AdmissionRule {
            minimum_score: body.rule.minimum_score,
            best_percent: body.rule.best_percent,
            window: body.rule.window,
        }),
        archived: entry.archived,
        changed_at: Some(time(entry.changed_at)),
        changed_by: Some(actor(&entry.changed_by)),
    }
}
