//! The gate itself.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tonic::Request;
use uuid::Uuid;

use super::lane::{Lane, Turn};
use super::replays::Replays;
use super::sender;
use crate::config::GateOptions;
use crate::domain::challenge::{Challenge, Challenges, Difficulty, Refused, Solved, TooDifficult};
use crate::domain::rate::{self, Buckets, Limit};
use crate::error::Error;

/// Lets through what is worth working on.
pub struct Gate {
    challenges: Challenges,
    state: Mutex<State>,
    lane: Lane,
    trusted_proxies: usize,
}

struct State {
    calls: Buckets<IpAddr>,
    addresses: Buckets<IpAddr>,
    networks: Buckets<IpAddr>,
    replays: Replays,
}

impl State {
    /// Counts an application against its sender.
    fn count(&mut self, sender: IpAddr, now: DateTime<Utc>) -> Result<(), Error> {
        self.addresses
            .take(rate::address(sender), now)
            .map_err(Error::TooManyApplications)?;
        self.networks
            .take(rate::network(sender), now)
            .map_err(Error::TooManyApplications)
    }
}

impl Gate {
    /// A gate by its settings.
    pub fn new(options: &GateOptions) -> Result<Self, TooDifficult> {
        let secret = options.challenge_secret.clone().unwrap_or_else(|| {
            tracing::warn!(
                "no challenge secret is set: challenges end with this process and serve no other replica"
            );
            format!("{}{}", Uuid::new_v4(), Uuid::new_v4())
        });
        let buckets = |burst, interval| {
            let interval = TimeDelta::from_std(interval).unwrap_or(TimeDelta::MAX);
            Buckets::new(Limit { burst, interval }, options.senders)
        };
        Ok(Self {
            challenges: Challenges::new(
                secret.as_bytes(),
                Difficulty::new(options.challenge_difficulty)?,
                TimeDelta::from_std(options.challenge_lifetime).unwrap_or(TimeDelta::MAX),
            ),
            state: Mutex::new(State {
                calls: buckets(options.call_burst, options.call_interval),
                addresses: buckets(options.address_burst, options.address_interval),
                networks: buckets(options.network_burst, options.network_interval),
                replays: Replays::new(options.senders),
            }),
            lane: Lane::new(options.lane_width, options.lane_queue),
            trusted_proxies: options.trusted_proxies,
        })
    }

    /// Counts a public call against its sender's address; says who that is.
    pub fn call<M>(&self, request: &Request<M>, now: DateTime<Utc>) -> Result<IpAddr, Error> {
        let sender = sender::of(request, self.trusted_proxies);
        self.state()
            .calls
            .take(rate::address(sender), now)
            .map_err(Error::TooManyCalls)?;
        Ok(sender)
    }

    /// A new challenge.
    pub fn challenge(&self, vacancy: Uuid, now: DateTime<Utc>) -> Challenge {
        self.challenges.give(Uuid::new_v4(), vacancy, now)
    }

    /// Checks an application's proof of work, then counts the application against its sender.
    ///
    /// In this order: what took no work costs a neighbour behind the same address nothing. A repeated request with its own
    /// challenge passes without being counted again. One whose challenge was solved and has expired is counted, too: its
    /// sender may still ask for the answer that the request had.
    pub fn application(&self, sender: IpAddr, proof: Proof<'_>, now: DateTime<Utc>) -> Result<Solved, Error> {
        let checked = self
            .challenges
            .check(proof.challenge, proof.nonce, proof.vacancy, now);
        let mut state = self.state();
        if checked == Err(Refused::Expired) {
            state.count(sender, now)?;
        }
        let solved = checked.map_err(Error::Challenge)?;
        match state.replays.spent_on(solved.id) {
            Some(request) if request == proof.request => return Ok(solved),
            Some(_) => return Err(Error::ChallengeUsed),
            None => {}
        }
        state.count(sender, now)?;
        state.replays.remember(solved, proof.request, now);
        Ok(solved)
    }

    /// Waits for a turn in the lane; refused at once where too many wait.
    pub async fn turn(&self) -> Result<Turn<'_>, Error> {
        self.lane.turn().await
    }

    /// Nothing that is done under the lock can leave it half done.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an application shows of its work.
#[derive(Debug, Clone, Copy)]
pub struct Proof<'a> {
    /// The request.
    pub request: Uuid,
    /// What it applies for.
    pub vacancy: Uuid,
    /// The challenge, as it was given.
    pub challenge: &'a str,
    /// What solves it.
    pub nonce: u64,
}
