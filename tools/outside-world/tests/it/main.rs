//! The documented contracts of the stand-ins, each from outside.

#[cfg(test)]
mod bakery;
#[cfg(test)]
mod calls_and_faults;
#[cfg(test)]
mod card;
#[cfg(test)]
mod golden_hat;
#[cfg(test)]
mod smtp;
#[cfg(test)]
mod support;
#[cfg(test)]
mod wallet;
