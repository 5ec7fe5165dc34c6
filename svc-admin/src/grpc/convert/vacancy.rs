use admin_contract::v1 as pb;
use service_host::{Refusal, field};

use crate::domain::vacancy::{Question, Rule, Vacancy, Variant};
use crate::error::Error;
use crate::grpc::Api;
use crate::grpc::entry::Submitted;

impl Submitted<Vacancy> for pb::Vacancy {
    fn draft(self, _: &Api) -> Result<Vacancy, Error> {
        let rule = field::required("vacancy.rule", self.rule)?;
        let questions = self.questions.into_iter().map(|question| Question {
            name: question.name,
            text: question.text,
            required: question.required,
        });
        let variants = self.variants.into_iter().enumerate().map(|(index, variant)| {
            let at = format!("vacancy.variants[{index}]");
            Ok(Variant {
                test_set_id: field::id(&format!("{at}.test_set_id"), &variant.test_set_id)?,
                weight: variant.weight,
                hypothesis_id: field::optional_id(&format!("{at}.hypothesis_id"), &variant.hypothesis_id)?,
            })
        });
        let vacancy = Vacancy {
            title: self.title,
            description: self.description,
            questions: questions.collect(),
            variants: variants.collect::<Result<_, Refusal>>()?,
            rule: Rule {
                minimum_score: rule.minimum_score,
                best_percent: rule.best_percent,
                window: rule.window,
            },
        };
        Ok(vacancy.check()?)
    }
}
