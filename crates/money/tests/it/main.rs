//! The rules of money, as domain.md states them.
#![cfg(test)]

mod g1_money;
