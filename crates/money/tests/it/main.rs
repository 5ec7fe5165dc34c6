//! The rules of money in domain.md.
#![cfg(test)]

mod g1_money;
