//! A whole process of billing, between a peer that speaks as svc-orders and callers.

use clap::Parser;
use service_host::{Clock, Database};
use svc_billing::domain::Owner;
use svc_billing::store::accounts;

use crate::support::{House, noon};

/// A running process of billing whose clock begins at [`noon`], with a peer that speaks as
/// svc-orders.
pub struct Mesh {
    pub house: House,
    pub channel: tonic::transport::Channel,
    orders: test_support::Database,
    shutdown: tokio_util::sync::CancellationToken,
}

impl Mesh {
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    pub async fn with(more: &[&str]) -> Self {
        let quick = ["--provider-first-pause=50ms", "--payout-poll-interval=50ms"];
        let house = House::with(&[&quick, more].concat()).await;
        let kafka = messaging::Kafka::new(&house.config.service.kafka);
        for topics in [billing_contract::TOPICS, orders_contract::TOPICS] {
            messaging::topics::ensure(&kafka, topics, 2, 1).await.unwrap();
        }
        let app = svc_billing::app::build(&house.config, Clock::starting_at(noon())).unwrap();
        let address = app.local_addr();
        let shutdown = tokio_util::sync::CancellationToken::new();
        tokio::spawn(app.run(shutdown.clone()));

        let orders = test_support::Database::fresh(&[messaging::MIGRATIONS]).await;
        let peer = Self::peer(&orders);
        tokio::spawn(messaging::Relay::new(peer, &kafka, "orders").run(shutdown.clone()));
        Self {
            channel: test_support::channel(address).await,
            house,
            orders,
            shutdown,
        }
    }

    fn peer(database: &test_support::Database) -> Database {
        #[derive(Parser)]
        struct Peer {
            #[command(flatten)]
            database: service_host::config::DatabaseOptions,
        }
        let url = format!("--database-url={}", database.url());
        Database::new(&Peer::parse_from(["orders".to_owned(), url]).database).unwrap()
    }

    /// Says something as svc-orders.
    pub async fn say<E: conventions::Event>(&self, event: &E) {
        test_support::publish(&mut self.orders.connection().await, event)
            .await
            .unwrap();
    }

    /// Waits until an owner's account shows this balance.
    pub async fn balance_becomes(&self, owner: &Owner, expected: i64) {
        test_support::eventually(std::time::Duration::from_secs(30), async || match accounts::find(
            &mut self.house.conn().await,
            owner,
        )
        .await
        .unwrap()
        {
            None => Err("there is no account yet".to_owned()),
            Some(account) => {
                let seen = owner.kind().as_owner_sees(account.balance).unwrap().minor_units();
                if seen == expected {
                    Ok(())
                } else {
                    Err(format!("the balance is {seen}"))
                }
            }
        })
        .await;
    }
}

impl Drop for Mesh {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}
