//! C4 without a database: stock changes by movements and is never negative.

use chrono::DateTime;
use conventions::Actor;
use proptest::prelude::*;
use svc_consumables::domain::ids::{KitId, MaterialCode};
use svc_consumables::domain::line::Line;
use svc_consumables::domain::material::Material;
use svc_consumables::domain::stock::{Balance, Cause, Change, Error, Kind, Stock};
use uuid::Uuid;

fn soap() -> MaterialCode {
    MaterialCode("soap".to_owned())
}

fn balance(on_hand: u32, low_level: u32, low: bool) -> Balance {
    Balance {
        material: Material {
            low_level,
            ..Material::unnamed(soap())
        },
        on_hand,
        reserved: 0,
        low,
    }
}

fn line(kit: u128, needed: u32) -> Line {
    Line::new(KitId(Uuid::from_u128(kit)), Material::unnamed(soap()), needed)
}

fn finish(stock: Stock) -> Change {
    stock.finish(Cause {
        by: Actor::system(),
        at: DateTime::UNIX_EPOCH,
        reason: String::new(),
    })
}

#[test]
fn c4_a_kit_gets_what_is_there_and_the_rest_is_short() {
    let mut stock = Stock::new([balance(5, 0, false)]);
    let mut lines = [line(1, 3), line(2, 4)];
    stock.fill(&mut lines).unwrap();
    assert_eq!((lines[0].reserved, lines[0].short()), (3, 0));
    assert_eq!((lines[1].reserved, lines[1].short()), (2, 2));
    assert_eq!(stock.balance(&soap()).unwrap().free(), 0);
}

#[test]
fn c4_low_stock_is_announced_once_per_crossing_and_again_after_it_recovered() {
    let mut stock = Stock::new([balance(5, 3, false)]);
    stock.write_off(&soap(), 3, &mut []).unwrap();
    let changes = finish(stock);
    assert_eq!(changes.became_low.len(), 1);

    let mut stock = Stock::new([balance(2, 3, true)]);
    stock.write_off(&soap(), 1, &mut []).unwrap();
    let changes = finish(stock);
    assert_eq!(
        changes.became_low,
        [],
        "lower stock is not announced a second time"
    );

    let mut stock = Stock::new([balance(1, 3, true)]);
    stock.receive(&soap(), 9).unwrap();
    assert_eq!(finish(stock).recovered, [soap()]);
}

#[test]
fn c4_a_count_below_what_is_set_aside_takes_it_back_from_the_kits_that_can_best_wait() {
    let mut stock = Stock::new([balance(5, 0, false)]);
    let mut lines = [line(1, 3), line(2, 2)];
    stock.fill(&mut lines).unwrap();
    // The claims are given with the latest slot first.
    lines.reverse();
    stock.count(&soap(), 2, &mut lines).unwrap();
    assert_eq!((lines[0].reserved, lines[1].reserved), (0, 2));
    let after = stock.balance(&soap()).unwrap().clone();
    assert_eq!((after.on_hand, after.reserved), (2, 2));
}

#[test]
fn c4_what_ready_kits_hold_can_not_be_written_off() {
    let mut stock = Stock::new([balance(5, 0, false)]);
    stock.fill(&mut [line(1, 4)]).unwrap();
    let refused = stock.write_off(&soap(), 2, &mut []);
    let available = 1;
    assert_eq!(
        refused,
        Err(Error::NotEnough {
            material: soap(),
            requested: 2,
            available
        })
    );
    assert!(
        finish(stock)
            .movements
            .iter()
            .all(|movement| movement.kind == Kind::Reservation)
    );
}

#[test]
fn c4_no_more_comes_back_than_went_out() {
    let mut stock = Stock::new([balance(5, 0, false)]);
    let mut lines = [line(1, 4)];
    stock.fill(&mut lines).unwrap();
    stock.issue(&lines).unwrap();
    stock.take_return(&mut lines[0], 3).unwrap();
    assert!(stock.take_return(&mut lines[0], 2).is_err());
    assert_eq!(stock.balance(&soap()).unwrap().on_hand, 4);
}

#[derive(Debug, Clone)]
enum Act {
    Receive(u32),
    WriteOff(u32),
    Count(u32),
    Fill,
    Release(usize),
    Issue(usize),
    TakeReturn(usize, u32),
}

fn an_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (1..20_u32).prop_map(Act::Receive),
        (1..20_u32).prop_map(Act::WriteOff),
        (0..40_u32).prop_map(Act::Count),
        Just(Act::Fill),
        (0..3_usize).prop_map(Act::Release),
        (0..3_usize).prop_map(Act::Issue),
        (0..3_usize, 1..5_u32).prop_map(|(kit, pieces)| Act::TakeReturn(kit, pieces)),
    ]
}

proptest! {
    /// In each sequence of acts nothing is negative, nothing is oversold, and the balance is the
    /// sum of its movements. A refused act changes nothing.
    #[test]
    fn c4_stock_is_never_negative_and_equals_its_movements(acts in prop::collection::vec(an_act(), 0..60)) {
        let mut stock = Stock::new([balance(0, 5, false)]);
        let mut open = vec![line(1, 7), line(2, 9), line(3, 4)];
        let mut issued: Vec<Line> = Vec::new();
        for act in acts {
            let before = stock.balance(&soap()).unwrap().clone();
            let done = match act {
                Act::Receive(pieces) => stock.receive(&soap(), pieces),
                Act::WriteOff(pieces) => stock.write_off(&soap(), pieces, &mut open),
                Act::Count(counted) => stock.count(&soap(), counted, &mut open),
                Act::Fill => stock.fill(&mut open),
                Act::Release(kit) => stock.release(&mut open[kit..=kit]),
                Act::Issue(kit) => {
                    let fresh = line(open[kit].kit.0.as_u128() + 3, open[kit].needed);
                    let gone = std::mem::replace(&mut open[kit], fresh);
                    let done = stock.issue(std::slice::from_ref(&gone));
                    issued.push(gone);
                    done
                }
                Act::TakeReturn(kit, pieces) => match issued.get_mut(kit) {
                    Some(line) => stock.take_return(line, pieces),
                    None => Ok(()),
                },
            };
            let after = stock.balance(&soap()).unwrap().clone();
            prop_assert!(after.reserved <= after.on_hand);
            prop_assert_eq!(after.reserved, open.iter().map(|line| line.reserved).sum::<u32>());
            if done.is_err() {
                prop_assert_eq!(after, before);
            }
        }
        let (on_hand, reserved) = {
            let balance = stock.balance(&soap()).unwrap();
            (i64::from(balance.on_hand), i64::from(balance.reserved))
        };
        let changes = finish(stock);
        prop_assert_eq!(changes.movements.iter().map(|movement| movement.on_hand_change).sum::<i64>(), on_hand);
        prop_assert_eq!(changes.movements.iter().map(|movement| movement.reserved_change).sum::<i64>(), reserved);
    }
}
