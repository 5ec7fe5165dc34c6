use admin_contract::v1 as pb;
use conventions::wire::timestamp;
use messaging::Events;

use super::{Published, optional_id};
use crate::domain::Versioned;
use crate::domain::vacancy::Vacancy;

impl Published for Vacancy {
    type State = pb::VacancyState;

    fn state(version: &Versioned<Self>) -> Self::State {
        let body = version.body.clone();
        let questions = body.questions.into_iter().map(|question| pb::FormQuestion {
            name: question.name,
            text: question.text,
            required: question.required,
        });
        let variants = body.variants.into_iter().map(|variant| pb::TestSetVariant {
            test_set_id: variant.test_set_id.to_string(),
            weight: variant.weight,
            hypothesis_id: optional_id(variant.hypothesis_id),
        });
        pb::VacancyState {
            vacancy_id: version.id.to_string(),
            version: version.version,
            title: body.title,
            description: body.description,
            questions: questions.collect(),
            variants: variants.collect(),
            rule: Some(pb::AdmissionRule {
                minimum_score: body.rule.minimum_score,
                best_percent: body.rule.best_percent,
                window: body.rule.window,
            }),
            archived: version.archived,
            changed_at: Some(timestamp(version.changed_at)),
            changed_by: Some((&version.changed_by).into()),
        }
    }

    fn events(version: &Versioned<Self>) -> Events {
        Events::of(&Self::state(version))
    }
}
