//! Counted stock (C4): balances change only by movements and are never negative.
//!
//! A [`Stock`] holds the balances that a transaction has locked. Every change goes through it and
//! is recorded as a [`Movement`]; [`Stock::finish`] returns what is to be saved.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use conventions::Actor;

use crate::domain::ids::{KitId, MaterialCode};
use crate::domain::line::Line;
use crate::domain::material::Material;

/// The largest number of pieces of one material in stock. It keeps every sum within 32 bits.
pub const MAX_ON_HAND: u32 = 1_000_000_000;

/// The stock of one material.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    pub material: Material,
    /// Pieces in the building, reserved ones included.
    pub on_hand: u32,
    /// Pieces reserved for open kits. Never more than `on_hand`.
    pub reserved: u32,
    /// Whether low stock was announced and the stock has not recovered since.
    pub low: bool,
}

impl Balance {
    /// Pieces that are not reserved.
    pub fn free(&self) -> u32 {
        self.on_hand.saturating_sub(self.reserved)
    }

    fn is_low(&self) -> bool {
        self.free() < self.material.low_level
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// Goods arrived from a supplier.
    Receipt,
    /// Reserved for a kit.
    Reservation,
    /// No longer reserved: the kit was cancelled, or pieces were missing at a stock-take.
    Release,
    /// Left the building with a kit.
    Issue,
    /// Returned by the worker.
    Return,
    /// Broken, spoiled or lost.
    WriteOff,
    /// A stock-take counted another number than the balance.
    Correction,
}

/// One change of one balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    pub material: MaterialCode,
    pub kind: Kind,
    pub on_hand_change: i64,
    pub reserved_change: i64,
    pub kit: Option<KitId>,
}

/// Why a change of stock is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("material {0} is not known")]
    UnknownMaterial(MaterialCode),
    /// More than is free, or than kits that are not packed yet can give back.
    #[error("{requested} pieces of material {material} are requested, {available} are available")]
    NotEnough {
        material: MaterialCode,
        requested: u32,
        available: u32,
    },
    #[error("stock can't hold more than {MAX_ON_HAND} pieces of material {0}")]
    TooMuch(MaterialCode),
}

/// Who changes stock, when and why.
#[derive(Debug, Clone)]
pub struct Cause {
    pub by: Actor,
    pub at: DateTime<Utc>,
    pub reason: String,
}

/// The balances that a transaction has locked, and their movements so far.
#[derive(Debug)]
pub struct Stock {
    balances: BTreeMap<MaterialCode, Balance>,
    movements: Vec<Movement>,
}

/// The movements of a transaction with the low stock that they lead to. They are saved and
/// published together.
#[derive(Debug)]
pub struct Change {
    /// From the first to the last.
    pub movements: Vec<Movement>,
    /// Balances that became low. Each is announced.
    pub became_low: Vec<Balance>,
    /// Materials whose next low stock is announced again.
    pub recovered: Vec<MaterialCode>,
    pub cause: Cause,
}

impl Stock {
    pub fn new(balances: impl IntoIterator<Item = Balance>) -> Self {
        Self {
            balances: balances
                .into_iter()
                .map(|balance| (balance.material.code.clone(), balance))
                .collect(),
            movements: Vec::new(),
        }
    }

    /// The balance after the movements so far.
    pub fn balance(&self, material: &MaterialCode) -> Result<&Balance, Error> {
        self.balances
            .get(material)
            .ok_or(Error::UnknownMaterial(material.clone()))
    }

    pub fn receive(&mut self, material: &MaterialCode, pieces: u32) -> Result<(), Error> {
        self.add(material, pieces, Kind::Receipt, None)
    }

    /// A worker returns pieces of an issued kit.
    pub fn take_return(&mut self, line: &mut Line, pieces: u32) -> Result<(), Error> {
        let taken = line.reserved.saturating_sub(line.returned);
        if pieces > taken {
            return Err(Error::NotEnough {
                material: line.material.code.clone(),
                requested: pieces,
                available: taken,
            });
        }
        self.add(&line.material.code, pieces, Kind::Return, Some(line.kit))?;
        line.returned += pieces;
        Ok(())
    }

    /// Pieces are broken, spoiled or lost. If the free pieces are not enough, `claims` lose their
    /// reservations, the first one first.
    pub fn write_off(
        &mut self,
        material: &MaterialCode,
        pieces: u32,
        claims: &mut [Line],
    ) -> Result<(), Error> {
        let balance = self.balance(material)?;
        let available = balance.free() + releasable(material, claims);
        if pieces > available {
            return Err(Error::NotEnough {
                material: material.clone(),
                requested: pieces,
                available,
            });
        }
        self.release_claims(material, pieces.saturating_sub(balance.free()), claims)?;
        self.change(material, Kind::WriteOff, -i64::from(pieces), 0, None)
    }

    /// A stock-take counted `counted` pieces in the building. If kits have reserved more, `claims`
    /// lose their reservations, the first one first. A count that equals the balance makes no
    /// movement.
    pub fn count(&mut self, material: &MaterialCode, counted: u32, claims: &mut [Line]) -> Result<(), Error> {
        if counted > MAX_ON_HAND {
            return Err(Error::TooMuch(material.clone()));
        }
        let balance = self.balance(material)?;
        let (on_hand, reserved) = (balance.on_hand, balance.reserved);
        let held = reserved.saturating_sub(releasable(material, claims));
        if counted < held {
            return Err(Error::NotEnough {
                material: material.clone(),
                requested: held,
                available: counted,
            });
        }
        self.release_claims(material, reserved.saturating_sub(counted), claims)?;
        match i64::from(counted) - i64::from(on_hand) {
            0 => Ok(()),
            difference => self.change(material, Kind::Correction, difference, 0, None),
        }
    }

    /// Reserves what `lines` lack, in their order, as far as pieces are free.
    pub fn fill(&mut self, lines: &mut [Line]) -> Result<(), Error> {
        for line in lines {
            let pieces = line.short().min(self.balance(&line.material.code)?.free());
            if pieces > 0 {
                self.change(
                    &line.material.code,
                    Kind::Reservation,
                    0,
                    i64::from(pieces),
                    Some(line.kit),
                )?;
                line.reserved += pieces;
            }
        }
        Ok(())
    }

    /// Cancels the reservations of `lines`.
    pub fn release(&mut self, lines: &mut [Line]) -> Result<(), Error> {
        for line in lines.iter_mut().filter(|line| line.reserved > 0) {
            self.change(
                &line.material.code,
                Kind::Release,
                0,
                -i64::from(line.reserved),
                Some(line.kit),
            )?;
            line.reserved = 0;
        }
        Ok(())
    }

    /// The pieces reserved for `lines` leave the building.
    pub fn issue(&mut self, lines: &[Line]) -> Result<(), Error> {
        for line in lines.iter().filter(|line| line.reserved > 0) {
            let pieces = i64::from(line.reserved);
            self.change(&line.material.code, Kind::Issue, -pieces, -pieces, Some(line.kit))?;
        }
        Ok(())
    }

    /// Ends the transaction's movements. Low stock is checked here, once, because goods that arrive
    /// and are reserved for waiting kits at once must not announce that the stock recovered and
    /// became low again.
    pub fn finish(self, cause: Cause) -> Change {
        let mut change = Change {
            movements: self.movements,
            became_low: Vec::new(),
            recovered: Vec::new(),
            cause,
        };
        for balance in self.balances.into_values() {
            match (balance.low, balance.is_low()) {
                (false, true) => change.became_low.push(balance),
                (true, false) => change.recovered.push(balance.material.code),
                _ => {}
            }
        }
        change
    }

    fn add(
        &mut self,
        material: &MaterialCode,
        pieces: u32,
        kind: Kind,
        kit: Option<KitId>,
    ) -> Result<(), Error> {
        let on_hand = self.balance(material)?.on_hand;
        if on_hand.checked_add(pieces).is_none_or(|sum| sum > MAX_ON_HAND) {
            return Err(Error::TooMuch(material.clone()));
        }
        self.change(material, kind, i64::from(pieces), 0, kit)
    }

    fn release_claims(
        &mut self,
        material: &MaterialCode,
        pieces: u32,
        claims: &mut [Line],
    ) -> Result<(), Error> {
        let mut missing = pieces;
        for line in claims.iter_mut().filter(|line| line.material.code == *material) {
            let taken = line.reserved.min(missing);
            if taken > 0 {
                self.change(material, Kind::Release, 0, -i64::from(taken), Some(line.kit))?;
                line.reserved -= taken;
                missing -= taken;
            }
        }
        Ok(())
    }

    /// The only place where a balance changes.
    fn change(
        &mut self,
        material: &MaterialCode,
        kind: Kind,
        on_hand_change: i64,
        reserved_change: i64,
        kit: Option<KitId>,
    ) -> Result<(), Error> {
        let balance = self
            .balances
            .get_mut(material)
            .ok_or(Error::UnknownMaterial(material.clone()))?;
        let error = Error::NotEnough {
            material: material.clone(),
            requested: u32::try_from(on_hand_change.unsigned_abs().max(reserved_change.unsigned_abs()))
                .unwrap_or(u32::MAX),
            available: balance.free(),
        };
        let after = u32::try_from(i64::from(balance.on_hand) + on_hand_change)
            .ok()
            .zip(u32::try_from(i64::from(balance.reserved) + reserved_change).ok());
        match after {
            Some((on_hand, reserved)) if reserved <= on_hand => {
                balance.on_hand = on_hand;
                balance.reserved = reserved;
            }
            _ => return Err(error),
        }
        self.movements.push(Movement {
            material: material.clone(),
            kind,
            on_hand_change,
            reserved_change,
            kit,
        });
        Ok(())
    }
}

fn releasable(material: &MaterialCode, claims: &[Line]) -> u32 {
    claims
        .iter()
        .filter(|line| line.material.code == *material)
        .map(|line| line.reserved)
        .sum()
}
