//! Fills in templates.

use std::path::Path;

use chrono_tz::Tz;
use strum::VariantArray as _;

use super::load::{Error, Loaded, load};
use crate::domain::facts::{Facts, Locale, Value, one_line};
use crate::domain::language::Language;
use crate::domain::notification::Letter;
use crate::domain::routing::ROUTES;

/// The longest subject, in characters.
const MAX_SUBJECT: usize = 200;

/// The compiled templates, with the company's time zone and site.
pub struct Templates {
    loaded: Loaded,
    zone: Tz,
    site: String,
}

impl Templates {
    /// Loads the templates of the folder, or the embedded ones, and checks each line of the routing
    /// table by its example in each language. `site` has no slash at the end.
    pub fn load(folder: Option<&Path>, zone: Tz, site: &str) -> Result<Self, Error> {
        let templates = Self {
            loaded: load(folder)?,
            zone,
            site: site.to_owned(),
        };
        for route in ROUTES {
            for &language in Language::VARIANTS {
                templates.preview(route.template, language)?;
            }
        }
        Ok(templates)
    }

    /// Writes the letter to the recipient `name`.
    pub fn fill(
        &self,
        template: &str,
        language: Language,
        name: &str,
        facts: &Facts,
    ) -> Result<Letter, Error> {
        let mut values = facts.values(Locale {
            language,
            zone: self.zone,
            site: &self.site,
        });
        values.insert("name".to_owned(), Value::Text(one_line(name, MAX_SUBJECT)));
        values.insert("site".to_owned(), Value::Text(self.site.clone()));
        let fill = |ending: &str| {
            let file = format!("{template}/{language}.{ending}");
            let Ok(compiled) = self.loaded.env.get_template(&file) else {
                return Err(Error::Missing(file));
            };
            compiled
                .render(&values)
                .map_err(|error| Error::Broken(file, error))
        };
        Ok(Letter {
            subject: one_line(&fill("subject")?, MAX_SUBJECT),
            text: fill("txt")?,
            html: fill("html")?,
        })
    }

    /// Writes the letter with the facts of the template's example.
    pub fn preview(&self, template: &str, language: Language) -> Result<Letter, Error> {
        let example = self
            .example(template)
            .ok_or_else(|| Error::Missing(template.to_owned()))?;
        let name = match language {
            Language::Ru => "Анна",
            Language::En => "Anna",
        };
        self.fill(template, language, name, example)
    }

    pub fn example(&self, template: &str) -> Option<&Facts> {
        self.loaded.examples.get(template)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use strum::VariantArray as _;

    use super::{Error, Templates};
    use crate::domain::facts::Facts;
    use crate::domain::language::Language::{self, En, Ru};
    use crate::domain::routing::ROUTES;

    fn templates() -> Templates {
        Templates::load(None, chrono_tz::Europe::Moscow, "https://artel.example").unwrap()
    }

    #[test]
    fn n3_each_line_of_the_routing_table_has_a_letter_in_both_languages() {
        let templates = templates();
        for route in ROUTES {
            for &language in Language::VARIANTS {
                let letter = templates.preview(route.template, language).unwrap();
                for part in [&letter.subject, &letter.text, &letter.html] {
                    assert!(
                        !part.trim().is_empty() && !part.contains("{{") && !part.contains("{%"),
                        "{part}"
                    );
                }
                assert!(letter.text.contains("https://artel.example"));
            }
        }
    }

    #[test]
    fn n3_a_missing_fact_is_an_error() {
        let broken = templates().fill("order-placed", Ru, "Anna", &Facts::default());
        assert!(matches!(broken, Err(Error::Broken(..))));
    }

    #[test]
    fn n3_the_letter_is_in_the_language_and_the_companys_time_zone() {
        let letter = templates().preview("order-placed", Ru).unwrap();
        assert_eq!(
            letter.subject,
            "Заказ принят: Cleaning, 24 ноября 2026 г., 10:00–12:00 MSK"
        );
        let letter = templates().preview("order-completed", En).unwrap();
        assert!(letter.text.contains("RUB\u{a0}1,000.00"), "{}", letter.text);
    }

    #[test]
    fn hostile_names_are_escaped_in_html_and_cannot_add_headers_or_paragraphs() {
        let templates = templates();
        let evil = "<script>alert(1)</script>\r\nBcc: victim@example.org";
        let facts = templates
            .example("application-new")
            .unwrap()
            .clone()
            .text("candidate", evil);
        let letter = templates.fill("application-new", En, evil, &facts).unwrap();
        assert!(!letter.html.contains("<script>") && letter.html.contains("&lt;script&gt;"));
        assert!(!letter.subject.contains(['\r', '\n']));
        assert!(!letter.text.contains("\nBcc"));
    }

    #[test]
    fn letters_to_an_unconfirmed_address_carry_nothing_that_the_applicant_wrote() {
        let templates = templates();
        for &language in Language::VARIANTS {
            let facts = templates.example("application-received").unwrap();
            let letter = templates
                .fill("application-received", language, "Buy at spam.example", facts)
                .unwrap();
            assert!(!format!("{letter:?}").contains("spam.example"));
        }
    }

    #[test]
    fn n3_templates_may_lie_in_a_folder_and_a_broken_one_is_named() {
        let folder = std::env::temp_dir().join(format!("artel-templates-{}", std::process::id()));
        fs::create_dir_all(folder.join("order-placed")).unwrap();
        fs::write(folder.join("order-placed/ru.txt"), "no subject").unwrap();
        let error = Templates::load(Some(&folder), chrono_tz::UTC, "").err().unwrap();
        assert_eq!(
            error.to_string(),
            "order-placed/ru.txt does not begin with a line \"Subject: …\" and an empty one"
        );
        fs::write(folder.join("order-placed/ru.txt"), "Subject: x\n\ny").unwrap();
        let error = Templates::load(Some(&folder), chrono_tz::UTC, "").err().unwrap();
        assert_eq!(error.to_string(), "there is no template application-received");
        fs::remove_dir_all(folder).unwrap();
    }
}
