//! Counted stock (C4): balances that change only by movements, and never below zero.
//!
//! A [`Stock`] is made of the balances that a transaction holds locked. Every change goes through it and leaves a
//! [`Movement`]; [`Stock::finish`] gives back what is to be written, and which materials have just become low.

use std::collections::BTreeMap;

use crate::domain::ids::{KitId, MaterialCode};
use crate::domain::line::Line;

/// The most pieces of one material that can be in store. Keeps every sum within 32 bits.
pub const MOST: u32 = 1_000_000_000;

/// What is in store of one material.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// The material.
    pub material: MaterialCode,
    /// Pieces in the building, those set aside for kits included.
    pub on_hand: u32,
    /// Pieces set aside for open kits. Never more than `on_hand`.
    pub reserved: u32,
    /// Fewer free pieces than this is low stock. 0: never low.
    pub low_level: u32,
    /// Low stock has been announced, and the stock has not recovered since.
    pub low: bool,
}

impl Balance {
    /// Pieces that nobody has a claim on.
    pub fn free(&self) -> u32 {
        self.on_hand.saturating_sub(self.reserved)
    }

    fn is_low(&self) -> bool {
        self.free() < self.low_level
    }
}

/// Why pieces moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Goods arrived from a supplier.
    Receipt,
    /// Set aside for a kit.
    Reservation,
    /// No longer set aside: the kit was cancelled, or a count took the pieces back from it.
    Release,
    /// Left the building with a kit.
    Issue,
    /// Brought back by the worker.
    Return,
    /// Broken, spoiled, lost.
    WriteOff,
    /// A stock-take counted something else than the books said.
    Correction,
}

/// One change of one balance. Written once, never edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// The material.
    pub material: MaterialCode,
    /// Why.
    pub kind: Kind,
    /// Change of the pieces in the building.
    pub on_hand: i64,
    /// Change of the pieces set aside.
    pub reserved: i64,
    /// For which kit, if for any.
    pub kit: Option<KitId>,
}

/// Why stock can't be changed so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nobody has registered the material.
    #[error("material {0} is not known")]
    UnknownMaterial(MaterialCode),
    /// More than is there (or than kits that are packed already leave).
    #[error("{wanted} pieces of material {material} are wanted, {available} are to be had")]
    NotEnough {
        /// The material.
        material: MaterialCode,
        /// Pieces asked for.
        wanted: u32,
        /// Pieces that could be had.
        available: u32,
    },
    /// More than the store can hold.
    #[error("there can't be more than {MOST} pieces of material {0}")]
    TooMuch(MaterialCode),
}

/// The balances that a transaction holds, and what has moved in it so far.
#[derive(Debug)]
pub struct Stock {
    balances: BTreeMap<MaterialCode, Balance>,
    movements: Vec<Movement>,
}

/// What a transaction changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// In the order in which they happened.
    pub movements: Vec<Movement>,
    /// Balances that have just become low: announce each.
    pub became_low: Vec<Balance>,
    /// Materials that have recovered: the next crossing will be announced again.
    pub recovered: Vec<MaterialCode>,
}

impl Stock {
    /// Starts from these balances.
    pub fn new(balances: impl IntoIterator<Item = Balance>) -> Self {
        Self {
            balances: balances
                .into_iter()
                .map(|balance| (balance.material.clone(), balance))
                .collect(),
            movements: Vec::new(),
        }
    }

    /// The balance as it is by now.
    pub fn balance(&self, material: &MaterialCode) -> Result<&Balance, Refused> {
        self.balances
            .get(material)
            .ok_or(Refused::UnknownMaterial(material.clone()))
    }

    /// Goods arrived.
    pub fn receive(&mut self, material: &MaterialCode, pieces: u32) -> Result<(), Refused> {
        self.add(material, pieces, Kind::Receipt, None)
    }

    /// A worker brought back what was left of a kit.
    pub fn bring_back(&mut self, line: &mut Line, pieces: u32) -> Result<(), Refused> {
        let taken = line.reserved.saturating_sub(line.returned);
        if pieces > taken {
            return Err(Refused::NotEnough {
                material: line.material.clone(),
                wanted: pieces,
                available: taken,
            });
        }
        self.add(&line.material, pieces, Kind::Return, Some(line.kit))?;
        line.returned += pieces;
        Ok(())
    }

    /// Pieces are gone. What kits had set aside is taken back from `claims`, the first named first, where the free
    /// pieces don't suffice.
    pub fn write_off(
        &mut self,
        material: &MaterialCode,
        pieces: u32,
        claims: &mut [Line],
    ) -> Result<(), Refused> {
        let balance = self.balance(material)?;
        let available = balance.free() + takable(material, claims);
        if pieces > available {
            return Err(Refused::NotEnough {
                material: material.clone(),
                wanted: pieces,
                available,
            });
        }
        self.take_back(material, pieces.saturating_sub(balance.free()), claims)?;
        self.change(material, Kind::WriteOff, -i64::from(pieces), 0, None)
    }

    /// A stock-take counted `counted` pieces in the building. Where that is less than what kits have set aside, pieces
    /// are taken back from `claims`, the first named first. A count that agrees with the books leaves no movement.
    pub fn count(
        &mut self,
        material: &MaterialCode,
        counted: u32,
        claims: &mut [Line],
    ) -> Result<(), Refused> {
        if counted > MOST {
            return Err(Refused::TooMuch(material.clone()));
        }
        let balance = self.balance(material)?;
        let (on_hand, reserved) = (balance.on_hand, balance.reserved);
        let held = reserved.saturating_sub(takable(material, claims));
        if counted < held {
            return Err(Refused::NotEnough {
                material: material.clone(),
                wanted: held,
                available: counted,
            });
        }
        self.take_back(material, reserved.saturating_sub(counted), claims)?;
        match i64::from(counted) - i64::from(on_hand) {
            0 => Ok(()),
            difference => self.change(material, Kind::Correction, difference, 0, None),
        }
    }

    /// Sets aside for `lines`, in their order, whatever is free: all that they lack, or part of it.
    pub fn fill(&mut self, lines: &mut [Line]) -> Result<(), Refused> {
        for line in lines {
            let pieces = line.short().min(self.balance(&line.material)?.free());
            if pieces > 0 {
                self.change(
                    &line.material,
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

    /// Puts back what was set aside for `lines`.
    pub fn release(&mut self, lines: &mut [Line]) -> Result<(), Refused> {
        for line in lines.iter_mut().filter(|line| line.reserved > 0) {
            self.change(
                &line.material,
                Kind::Release,
                0,
                -i64::from(line.reserved),
                Some(line.kit),
            )?;
            line.reserved = 0;
        }
        Ok(())
    }

    /// What was set aside for `lines` leaves the building.
    pub fn issue(&mut self, lines: &[Line]) -> Result<(), Refused> {
        for line in lines.iter().filter(|line| line.reserved > 0) {
            let pieces = i64::from(line.reserved);
            self.change(&line.material, Kind::Issue, -pieces, -pieces, Some(line.kit))?;
        }
        Ok(())
    }

    /// What is to be written. Low stock is judged here, once for the whole transaction: goods that arrive and go straight
    /// into waiting kits announce nothing twice.
    pub fn finish(self) -> Changes {
        let mut changes = Changes {
            movements: self.movements,
            ..Changes::default()
        };
        for balance in self.balances.into_values() {
            match (balance.low, balance.is_low()) {
                (false, true) => changes.became_low.push(balance),
                (true, false) => changes.recovered.push(balance.material),
                _ => {}
            }
        }
        changes
    }

    fn add(
        &mut self,
        material: &MaterialCode,
        pieces: u32,
        kind: Kind,
        kit: Option<KitId>,
    ) -> Result<(), Refused> {
        let on_hand = self.balance(material)?.on_hand;
        if on_hand.checked_add(pieces).is_none_or(|sum| sum > MOST) {
            return Err(Refused::TooMuch(material.clone()));
        }
        self.change(material, kind, i64::from(pieces), 0, kit)
    }

    fn take_back(
        &mut self,
        material: &MaterialCode,
        pieces: u32,
        claims: &mut [Line],
    ) -> Result<(), Refused> {
        let mut missing = pieces;
        for line in claims.iter_mut().filter(|line| line.material == *material) {
            let taken = line.reserved.min(missing);
            if taken > 0 {
                self.change(material, Kind::Release, 0, -i64::from(taken), Some(line.kit))?;
                line.reserved -= taken;
                missing -= taken;
            }
        }
        Ok(())
    }

    /// The one place where a balance changes.
    fn change(
        &mut self,
        material: &MaterialCode,
        kind: Kind,
        on_hand: i64,
        reserved: i64,
        kit: Option<KitId>,
    ) -> Result<(), Refused> {
        let balance = self
            .balances
            .get_mut(material)
            .ok_or(Refused::UnknownMaterial(material.clone()))?;
        let refused = Refused::NotEnough {
            material: material.clone(),
            wanted: u32::try_from(on_hand.unsigned_abs().max(reserved.unsigned_abs())).unwrap_or(u32::MAX),
            available: balance.free(),
        };
        let after = u32::try_from(i64::from(balance.on_hand) + on_hand)
            .ok()
            .zip(u32::try_from(i64::from(balance.reserved) + reserved).ok());
        match after {
            Some((on_hand, reserved)) if reserved <= on_hand => {
                balance.on_hand = on_hand;
                balance.reserved = reserved;
            }
            _ => return Err(refused),
        }
        self.movements.push(Movement {
            material: material.clone(),
            kind,
            on_hand,
            reserved,
            kit,
        });
        Ok(())
    }
}

fn takable(material: &MaterialCode, claims: &[Line]) -> u32 {
    claims
        .iter()
        .filter(|line| line.material == *material)
        .map(|line| line.reserved)
        .sum()
}
