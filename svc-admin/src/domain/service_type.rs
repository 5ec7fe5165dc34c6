//! Service types: what clients can order (rule A1).

use money::{Currency, Money};
use serde::{Deserialize, Serialize};

use super::invalid::each_once;
use super::{Entry, Invalid, Kind};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceType {
    pub name: String,
    pub description: String,
    /// Positive, before discounts.
    #[serde(with = "super::money_json")]
    pub base_price: Money,
    /// The usual duration of the work.
    pub duration_seconds: i64,
    /// How long after the slot's start the worker may still begin.
    pub grace_period_seconds: i64,
    /// The scores of an ideal worker, each trait once.
    pub needed_traits: Vec<NeededTrait>,
    /// The contents of a kit, each material once.
    pub materials: Vec<Material>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeededTrait {
    /// Such as `patience`.
    pub name: String,
    /// The score of an ideal worker, 0 to 100.
    pub score: i32,
}

/// A quantity of one material.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Material {
    pub code: String,
    /// In the material's own unit.
    pub quantity: i64,
}

impl Entry for ServiceType {
    const KIND: Kind = Kind::ServiceType;
}

impl ServiceType {
    /// Checks what the contract's rules cannot express: the price's sign and currency, and that no
    /// trait and no material is listed twice.
    pub fn check(self, currency: Currency) -> Result<Self, Invalid> {
        if self.base_price.currency() != currency {
            let text = format!("must be {currency}, the deployment's only currency");
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
    fn a1_a_valid_service_type_is_accepted() {
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
    fn a1_a_price_of_zero_or_less_is_refused() {
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
    fn a1_a_material_listed_twice_is_refused_and_its_place_named() {
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
    fn a5_a_stored_body_is_readable_and_is_read_back_unchanged() {
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
