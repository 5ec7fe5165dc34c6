//! Service types: the catalogue of what clients can order (rule A1).

use money::{Currency, Money};
use serde::{Deserialize, Serialize};

use super::invalid::each_once;
use super::{Entry, Invalid, Kind};

/// What a manager says about a service type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceType {
    /// As clients see it.
    pub name: String,
    /// As clients see it.
    pub description: String,
    /// Before discounts; positive.
    #[serde(with = "super::money_json")]
    pub base_price: Money,
    /// How long the work usually takes.
    pub duration_seconds: i64,
    /// How long after the slot's start a worker may still begin.
    pub grace_period_seconds: i64,
    /// The trait scores that fit fully, each trait once.
    pub needed_traits: Vec<NeededTrait>,
    /// What a kit holds, each material once.
    pub materials: Vec<Material>,
}

/// A trait that the work needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeededTrait {
    /// Such as `patience`.
    pub name: String,
    /// The score that fits fully, 0..100.
    pub score: i32,
}

/// So much of one material.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Material {
    /// The material's code in the consumables department.
    pub code: String,
    /// In the material's own unit.
    pub quantity: i64,
}

impl Entry for ServiceType {
    const KIND: Kind = Kind::ServiceType;
}

impl ServiceType {
    /// Checks what the contract's rules can't: the price's sign and currency, and that nothing is listed twice.
    pub fn check(self, currency: Currency) -> Result<Self, Invalid> {
        if self.base_price.currency() != currency {
            let text = format!("must be in {currency}, the only currency here");
            return Err(Invalid::new("service_type.base_price.currency_code", text));
        }
        if !self.base_price.is_positive() {
            return Err(Invalid::new(
                "service_type.base_price.minor_units",
                "must be more than 0",
            ));
        }
        each_once(
            "service_type.needed_traits",
            self.needed_traits.iter().map(|needed| needed.name.as_str()),
        )?;
        each_once(
            "service_type.materials",
            self.materials.iter().map(|material| material.code.as_str()),
        )?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service_type() -> ServiceType {
        ServiceType {
            name: "Washing windows".into(),
            description: String::new(),
            base_price: Money::new(10_000, Currency::RUB),
            duration_seconds: 3_600,
            grace_period_seconds: 900,
            needed_traits: vec![NeededTrait {
                name: "patience".into(),
                score: 60,
            }],
            materials: vec![Material {
                code: "soap".into(),
                quantity: 2,
            }],
        }
    }

    #[test]
    fn a1_a_service_type_as_it_should_be_is_taken() {
        assert_eq!(service_type().check(Currency::RUB), Ok(service_type()));
    }

    #[test]
    fn g1_a_price_in_another_currency_is_refused() {
        let usd = "USD".parse().unwrap();
        let wrong = ServiceType {
            base_price: Money::new(1, usd),
            ..service_type()
        };
        assert_eq!(
            wrong.check(Currency::RUB).unwrap_err().field,
            "service_type.base_price.currency_code"
        );
    }

    #[test]
    fn a1_a_price_of_nothing_or_less_is_refused() {
        for minor_units in [0, -1] {
            let wrong = ServiceType {
                base_price: Money::new(minor_units, Currency::RUB),
                ..service_type()
            };
            assert_eq!(
                wrong.check(Currency::RUB).unwrap_err().field,
                "service_type.base_price.minor_units"
            );
        }
    }

    #[test]
    fn a1_a_material_listed_twice_is_refused_and_named() {
        let mut wrong = service_type();
        wrong.materials.push(Material {
            code: "soap".into(),
            quantity: 1,
        });
        assert_eq!(
            wrong.check(Currency::RUB).unwrap_err().field,
            "service_type.materials[1]"
        );
    }

    #[test]
    fn a5_a_body_stands_in_the_log_in_words_and_is_read_back_the_same() {
        let json = serde_json::to_value(service_type()).unwrap();
        assert_eq!(
            json["base_price"],
            serde_json::json!({ "currency": "RUB", "minor_units": 10_000 })
        );
        assert_eq!(
            serde_json::from_value::<ServiceType>(json).unwrap(),
            service_type()
        );
    }
}
