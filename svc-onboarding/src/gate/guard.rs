use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tonic::Request;
use uuid::Uuid;

use super::lane::{Lane, Permit};
use super::sender;
use super::used_challenges::UsedChallenges;
use crate::config::GateOptions;
use crate::domain::challenge::{Challenge, Challenges, Difficulty, Refused, Solved, TooDifficult};
use crate::domain::ids::VacancyId;
use crate::domain::rate::{self, Buckets, Limit};
use crate::error::Error;

/// Checks public calls before they use the database.
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
    used_challenges: UsedChallenges,
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
    pub fn new(options: &GateOptions) -> Result<Self, TooDifficult> {
        let secret = options.challenge_secret.clone().unwrap_or_else(|| {
            tracing::warn!(
                "no challenge secret is set; challenges are valid in this process only, not after a \
                 restart or in other replicas"
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
                used_challenges: UsedChallenges::new(options.senders),
            }),
            lane: Lane::new(options.lane_width, options.lane_queue),
            trusted_proxies: options.trusted_proxies,
        })
    }

    /// Counts a public call against its sender's address. Returns that address.
    pub fn call<M>(&self, request: &Request<M>, now: DateTime<Utc>) -> Result<IpAddr, Error> {
        let sender = sender::of(request, self.trusted_proxies);
        self.state()
            .calls
            .take(rate::address(sender), now)
            .map_err(Error::TooManyCalls)?;
        Ok(sender)
    }

    /// Issues a challenge.
    pub fn challenge(&self, vacancy: VacancyId, now: DateTime<Utc>) -> Challenge {
        self.challenges.issue(Uuid::new_v4(), vacancy, now)
    }

    /// Checks an application's proof of work, then counts the application against its sender.
    ///
    /// The proof comes first, so that an application without work does not use up the limits of
    /// other senders behind the same address. A repeated request with its own challenge is not
    /// counted again. An application with an expired, solved challenge is counted, because it still
    /// uses the database: it may be a repeated request.
    pub fn application(&self, sender: IpAddr, proof: Proof<'_>, now: DateTime<Utc>) -> Result<Solved, Error> {
        let checked = self
            .challenges
            .check(proof.challenge, proof.nonce, proof.vacancy, now);
        let mut state = self.state();
        if checked == Err(Refused::Expired) {
            state.count(sender, now)?;
        }
        let solved = checked?;
        match state.used_challenges.request(solved.id) {
            Some(request) if request == proof.request => return Ok(solved),
            Some(_) => return Err(Error::ChallengeUsed),
            None => {}
        }
        state.count(sender, now)?;
        state.used_challenges.record(solved, proof.request, now);
        Ok(solved)
    }

    /// Waits for a place in the lane. Refuses at once if the queue is full.
    pub async fn enter_lane(&self) -> Result<Permit<'_>, Error> {
        self.lane.enter().await
    }

    /// A panic under the lock leaves no inconsistent state, so poisoning is ignored.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The proof of work of an application.
#[derive(Debug, Clone, Copy)]
pub struct Proof<'a> {
    /// The request's id.
    pub request: Uuid,
    pub vacancy: VacancyId,
    pub challenge: &'a str,
    /// The solution.
    pub nonce: u64,
}
