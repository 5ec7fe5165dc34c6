//! The settings of svc-billing: every one a flag and an environment variable.

use std::time::Duration;

use chrono_tz::Tz;
use clap::Args;
use money::{Currency, Money, Ratio};
use service_host::config::parse;

use crate::domain::{Calendar, Cycle, RetrySchedule, Rules, Settings};
use crate::gateways::Addresses;

/// Everything that `svc-billing serve` can be told.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// The company's rules.
    #[command(flatten)]
    pub company: CompanyOptions,
    /// Those who move real money.
    #[command(flatten)]
    pub providers: ProviderOptions,
    /// How often the jobs look for work that nobody told them about.
    #[arg(long, env = "ARTEL_BILLING_TICK", default_value = "10s",
        value_parser = parse::duration_between(Duration::from_millis(10), Duration::from_hours(1)))]
    pub tick: Duration,
}

/// What the company has settled on.
#[derive(Debug, Clone, Args)]
pub struct CompanyOptions {
    /// The one currency of this deployment, an ISO 4217 code.
    #[arg(long, env = "ARTEL_CURRENCY", default_value = "RUB")]
    pub currency: Currency,
    /// The time zone in which weeks and months end.
    #[arg(long, env = "ARTEL_TIME_ZONE", default_value = "Europe/Moscow", value_parser = time_zone)]
    pub time_zone: Tz,
    /// The worker's share of a completed order's price, in hundredths of a per cent.
    #[arg(long, env = "ARTEL_WORKER_SHARE_BASIS_POINTS", default_value_t = 6_000,
        value_parser = clap::value_parser!(i64).range(0..=10_000))]
    pub worker_share_basis_points: i64,
    /// The worker's fine for a failed order, in minor units.
    #[arg(long, env = "ARTEL_FAILURE_FINE_MINOR", default_value_t = 4_000,
        value_parser = clap::value_parser!(i64).range(0..=1_000_000_000_000))]
    pub failure_fine_minor: i64,
    /// How often clients are invoiced and charged: week or month.
    #[arg(long, env = "ARTEL_CLIENT_CYCLE", default_value = "week")]
    pub client_cycle: Cycle,
    /// How often workers are paid out: week or month.
    #[arg(long, env = "ARTEL_WORKER_CYCLE", default_value = "month")]
    pub worker_cycle: Cycle,
    /// Pauses before a declined charge is tried again; after the last one the invoice is overdue.
    #[arg(long, env = "ARTEL_CHARGE_RETRIES", default_value = "1d,3d,7d")]
    pub charge_retries: RetrySchedule,
}

/// Gateways and the payout provider.
#[derive(Debug, Clone, Args)]
pub struct ProviderOptions {
    /// The card gateway's base URL.
    #[arg(long, env = "ARTEL_CARD_URL", default_value = "http://127.0.0.1:17301")]
    pub card_url: String,
    /// The wallet gateway's base URL.
    #[arg(long, env = "ARTEL_WALLET_URL", default_value = "http://127.0.0.1:17301")]
    pub wallet_url: String,
    /// Golden Hat's base URL.
    #[arg(long, env = "ARTEL_GOLDEN_HAT_URL", default_value = "http://127.0.0.1:17301")]
    pub golden_hat_url: String,
    /// How long a provider's answer may take.
    #[arg(long, env = "ARTEL_PROVIDER_TIMEOUT", default_value = "10s",
        value_parser = parse::duration_between(Duration::from_millis(100), Duration::from_mins(1)))]
    pub provider_timeout: Duration,
    /// The first pause before a request whose outcome is unknown is repeated. Doubles, up to an hour.
    #[arg(long, env = "ARTEL_PROVIDER_FIRST_PAUSE", default_value = "10s",
        value_parser = parse::duration_between(Duration::from_millis(10), Duration::from_hours(1)))]
    pub provider_first_pause: Duration,
    /// How often an accepted payout is asked about.
    #[arg(long, env = "ARTEL_PAYOUT_POLL_INTERVAL", default_value = "1m",
        value_parser = parse::duration_between(Duration::from_millis(10), Duration::from_hours(24)))]
    pub payout_poll_interval: Duration,
}

impl Config {
    /// What rules and jobs go by.
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

    /// Where the gateways are.
    pub fn gateways(&self) -> Addresses {
        Addresses {
            card: self.providers.card_url.clone(),
            wallet: self.providers.wallet_url.clone(),
            timeout: self.providers.provider_timeout,
        }
    }
}

fn time_zone(name: &str) -> Result<Tz, String> {
    name.parse()
        .map_err(|_| format!("{name:?} is no IANA time zone, such as Europe/Moscow"))
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
    fn lengths_of_time_that_would_stop_or_flood_the_jobs_are_refused() {
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
