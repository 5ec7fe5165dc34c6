//! The settings of svc-billing. Each is a flag and an environment variable.

use std::time::Duration;

use chrono_tz::Tz;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use money::{Currency, Money, Ratio};
use service_host::config::parse;
use strum::VariantNames as _;

use crate::domain::{Calendar, Cycle, RetrySchedule, Rules, Settings};
use crate::gateways::Addresses;

#[derive(Debug, Clone, Args)]
pub struct Config {
    #[command(flatten)]
    pub company: CompanyOptions,
    #[command(flatten)]
    pub providers: ProviderOptions,
    /// The interval between runs of a job.
    #[arg(long, env = "ARTEL_BILLING_TICK", default_value = "10s",
        value_parser = parse::duration_between(Duration::from_millis(10), Duration::from_hours(1)))]
    pub tick: Duration,
}

/// The rules of the company.
#[derive(Debug, Clone, Args)]
pub struct CompanyOptions {
    /// The only currency of the deployment, an ISO 4217 code.
    #[arg(long, env = "ARTEL_CURRENCY", default_value = "RUB")]
    pub currency: Currency,
    /// The IANA time zone in which weeks and months end.
    #[arg(long, env = "ARTEL_TIME_ZONE", default_value = "Europe/Moscow", value_parser = time_zone)]
    pub time_zone: Tz,
    /// The share of the price that the worker of a completed order earns, in hundredths of a per
    /// cent.
    #[arg(long, env = "ARTEL_WORKER_SHARE_BASIS_POINTS", default_value_t = 6_000,
        value_parser = clap::value_parser!(i64).range(0..=10_000))]
    pub worker_share_basis_points: i64,
    /// The fine of the worker of a failed order, in minor units.
    #[arg(long, env = "ARTEL_FAILURE_FINE_MINOR", default_value_t = 4_000,
        value_parser = clap::value_parser!(i64).range(0..=1_000_000_000_000))]
    pub failure_fine_minor: i64,
    /// How often clients are invoiced and charged.
    #[arg(long, env = "ARTEL_CLIENT_CYCLE", default_value = "week", value_parser = cycle())]
    pub client_cycle: Cycle,
    /// How often workers are paid out.
    #[arg(long, env = "ARTEL_WORKER_CYCLE", default_value = "month", value_parser = cycle())]
    pub worker_cycle: Cycle,
    /// The pauses after declined charges. After the last one the invoice is overdue.
    #[arg(long, env = "ARTEL_CHARGE_RETRIES", default_value = "1d,3d,7d")]
    pub charge_retries: RetrySchedule,
}

/// Gateways and the payout provider.
#[derive(Debug, Clone, Args)]
pub struct ProviderOptions {
    /// The base URL of the card gateway.
    #[arg(long, env = "ARTEL_CARD_URL", default_value = "http://127.0.0.1:17301")]
    pub card_url: String,
    /// The base URL of the wallet gateway.
    #[arg(long, env = "ARTEL_WALLET_URL", default_value = "http://127.0.0.1:17301")]
    pub wallet_url: String,
    /// The base URL of Golden Hat, the payout provider.
    #[arg(long, env = "ARTEL_GOLDEN_HAT_URL", default_value = "http://127.0.0.1:17301")]
    pub golden_hat_url: String,
    /// The deadline of a call to a gateway or the payout provider.
    #[arg(long, env = "ARTEL_PROVIDER_TIMEOUT", default_value = "10s",
        value_parser = parse::duration_between(Duration::from_millis(100), Duration::from_mins(1)))]
    pub provider_timeout: Duration,
    /// The pause before a request with an unknown outcome is sent again. Doubles every time, up to
    /// an hour.
    #[arg(long, env = "ARTEL_PROVIDER_FIRST_PAUSE", default_value = "10s",
        value_parser = parse::duration_between(Duration::from_millis(10), Duration::from_hours(1)))]
    pub provider_first_pause: Duration,
    /// The interval between requests for the status of an accepted payout.
    #[arg(long, env = "ARTEL_PAYOUT_POLL_INTERVAL", default_value = "1m",
        value_parser = parse::duration_between(Duration::from_millis(10), Duration::from_hours(24)))]
    pub payout_poll_interval: Duration,
}

impl Config {
    /// The settings of rules and jobs.
    pub fn settings(&self) -> Settings {
        let company = &self.company;
        Settings {
            currency: company.currency,
            rules: Rules {
                worker_share: Ratio::basis_points(company.worker_share_basis_points),
                fine: Money::new(company.failure_fine_minor, company.currency),
            },
            calendar: Calendar {
                client: company.client_cycle,
                worker: company.worker_cycle,
                zone: company.time_zone,
            },
            charge_retries: company.charge_retries.clone(),
            first_pause: self.providers.provider_first_pause,
            payout_poll: self.providers.payout_poll_interval,
        }
    }

    pub fn gateways(&self) -> Addresses {
        Addresses {
            card: self.providers.card_url.clone(),
            wallet: self.providers.wallet_url.clone(),
            timeout: self.providers.provider_timeout,
        }
    }
}

fn cycle() -> impl clap::builder::TypedValueParser<Value = Cycle> {
    PossibleValuesParser::new(Cycle::VARIANTS).try_map(|word| word.parse::<Cycle>())
}

fn time_zone(name: &str) -> Result<Tz, String> {
    name.parse()
        .map_err(|_| format!("{name:?} is not an IANA time zone such as Europe/Moscow"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        providers: ProviderOptions,
    }

    #[test]
    fn durations_that_would_stop_or_flood_the_jobs_are_refused() {
        assert!(Cli::try_parse_from(["x"]).is_ok());
        for wrong in [
            "--provider-timeout=0s",
            "--provider-timeout=2h",
            "--provider-first-pause=0ms",
            "--payout-poll-interval=0s",
            "--payout-poll-interval=9999h",
        ] {
            assert!(Cli::try_parse_from(["x", wrong]).is_err(), "{wrong}");
        }
    }
}
