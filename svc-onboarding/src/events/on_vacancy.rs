//! A vacancy was created, edited or archived.

use admin_contract::v1 as admin;
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};

use crate::domain::form::Question;
use crate::domain::rule::{Best, Rule};
use crate::domain::score::Score;
use crate::domain::vacancy::Vacancy;
use crate::domain::variant::Variant;
use crate::store;

/// The largest window that the contract allows. It applies to a share without a window.
const MAX_WINDOW: u32 = 10_000;

/// Stores the latest version of each vacancy.
pub struct OnVacancy;

impl On<admin::VacancyState> for OnVacancy {
    async fn on(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Received<admin::VacancyState>,
    ) -> Result<(), Stop> {
        let vacancy = vacancy(&event.message)?;
        Ok(store::vacancies::put(conn, &vacancy, event.time).await?)
    }
}

fn vacancy(state: &admin::VacancyState) -> Result<Vacancy, Stop> {
    let questions = state.questions.iter().map(|question| Question {
        name: question.name.clone(),
        text: question.text.clone(),
        required: question.required,
    });
    let variants = state.variants.iter().map(variant).collect::<Result<_, _>>()?;
    Ok(Vacancy {
        id: messaging::id("vacancy_id", &state.vacancy_id)?,
        version: state.version,
        title: state.title.clone(),
        description: state.description.clone(),
        questions: questions.collect(),
        variants,
        rule: rule(&messaging::required("rule", state.rule)?)?,
        archived: state.archived,
    })
}

fn variant(variant: &admin::TestSetVariant) -> Result<Variant, Stop> {
    Ok(Variant {
        test_set: messaging::id("test_set_id", &variant.test_set_id)?,
        weight: u32::try_from(variant.weight).map_err(Stop::refused)?,
        hypothesis: match variant.hypothesis_id.as_str() {
            "" => None,
            hypothesis => Some(messaging::id("hypothesis_id", hypothesis)?),
        },
    })
}

/// 0 means that a condition is not set.
fn rule(rule: &admin::AdmissionRule) -> Result<Rule, Stop> {
    let minimum = Score::new(rule.minimum_score.into()).map_err(Stop::refused)?;
    let percent = u8::try_from(rule.best_percent).map_err(Stop::refused)?;
    let window = u32::try_from(rule.window).map_err(Stop::refused)?;
    let best = Best {
        percent,
        window: if window == 0 { MAX_WINDOW } else { window },
    };
    Ok(Rule {
        minimum: (minimum > Score::NONE).then_some(minimum),
        best: (percent > 0).then_some(best),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h4_zeros_in_a_rule_set_no_condition() {
        let empty = admin::AdmissionRule::default();
        let expected = Rule {
            minimum: None,
            best: None,
        };
        assert_eq!(rule(&empty).unwrap(), expected);
    }

    #[test]
    fn h4_a_rule_is_read_completely() {
        let read = rule(&admin::AdmissionRule {
            minimum_score: 60,
            best_percent: 3,
            window: 0,
        });
        let expected = Rule {
            minimum: Some(Score::new(60).unwrap()),
            best: Some(Best {
                percent: 3,
                window: MAX_WINDOW,
            }),
        };
        assert_eq!(read.unwrap(), expected);
    }
}
