//! The parts of billing without its process: a database, settings and the simulated outside world.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser;
use conventions::Role;
use diesel::sql_types::{BigInt, Bytea, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use money::{Currency, Money};
use outside_world::{Options, Running};
use prost::Message;
use serde_json::Value;
use service_host::{Clock, Database};
use svc_billing::config::Config;
use svc_billing::domain::{
    Account, AccountId, Actor, Cause, ClientId, Ending, Entry, Invoice, Means, OrderEnd, OrderId, Owner,
    OwnerKind, Settings, Transaction, TransactionId, WorkerId,
};
use svc_billing::gateways::{Client, Gateways, GoldenHat};
use svc_billing::jobs::charge::Charging;
use svc_billing::jobs::pay_out::PayingOut;
use svc_billing::jobs::{Wakes, close_accounts};
use svc_billing::store::invoices::Filter;
use svc_billing::store::{accounts, details, invoices, journal, periods};
use svc_billing::{Error, MIGRATIONS};
use test_support::{Kafka, Tokens, arguments};
use uuid::Uuid;

/// Sunday, 2026-11-22, noon in Moscow.
pub const SUNDAY_NOON: &str = "2026-11-22T09:00:00Z";

#[derive(Parser)]
#[command(args_override_self = true)]
struct Cli {
    #[command(flatten)]
    settings: service::Settings<Config>,
}

pub struct House {
    pub database: test_support::Database,
    pub db: Database,
    pub settings: Arc<Settings>,
    pub config: service::Settings<Config>,
    pub outside: Running,
    pub tokens: Tokens,
}

pub fn rub(minor_units: i64) -> Money {
    Money::new(minor_units, Currency::RUB)
}

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Noon of the Sunday that ends the week of these tests.
pub fn noon() -> DateTime<Utc> {
    at(SUNDAY_NOON)
}

impl House {
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    pub async fn with(more: &[&str]) -> Self {
        let database =
            test_support::Database::fresh(&[service_host::MIGRATIONS, messaging::MIGRATIONS, MIGRATIONS])
                .await;
        let outside = outside_world::start(Options::for_tests()).await.unwrap();
        let (tokens, kafka) = (Tokens::new(), Kafka::from_env());
        let providers = ["card-url", "wallet-url", "golden-hat-url"]
            .map(|name| format!("--{name}={}", outside.http_url()));
        let pace = [
            "--provider-first-pause=10s",
            "--provider-timeout=1s",
            "--payout-poll-interval=1m",
            "--charge-retries=1d,3d",
            "--tick=50ms",
        ];
        let config = Cli::parse_from(
            std::iter::once("svc-billing".to_owned())
                .chain(arguments(&database, &tokens))
                .chain(kafka.arguments())
                .chain(providers)
                .chain(pace.map(str::to_owned))
                .chain(more.iter().map(|argument| (*argument).to_owned())),
        )
        .settings;
        Self {
            db: Database::new(&config.service.database).unwrap(),
            settings: Arc::new(config.own.settings()),
            database,
            config,
            outside,
            tokens,
        }
    }

    pub async fn conn(&self) -> AsyncPgConnection {
        self.database.connection().await
    }

    /// Opens a client's account, with a card if a token is given.
    pub async fn client(&self, card: Option<&str>) -> ClientId {
        let id = ClientId(Uuid::new_v4());
        self.open(&Owner::Client(id), card.map(|token| ("card", token)))
            .await;
        id
    }

    /// Opens a worker's account, with a beneficiary if one is given.
    pub async fn worker(&self, beneficiary: Option<&str>) -> WorkerId {
        let id = WorkerId(Uuid::new_v4());
        self.open(
            &Owner::Worker(id),
            beneficiary.map(|token| (GoldenHat::KIND, token)),
        )
        .await;
        id
    }

    async fn open(&self, owner: &Owner, means: Option<(&str, &str)>) {
        let account = AccountId(Uuid::now_v7());
        sql_query(
            "INSERT INTO accounts (id, owner_kind, owner, currency, opened_at, changed_at) \
             VALUES ($1, $2, $3, 'RUB', $4, $4)",
        )
        .bind::<SqlUuid, _>(account.0)
        .bind::<Text, _>(<&str>::from(owner.kind()))
        .bind::<Text, _>(owner.name())
        .bind::<Timestamptz, _>(noon())
        .execute(&mut self.conn().await)
        .await
        .unwrap();
        if let Some((provider, token)) = means {
            self.choose(account, provider, token).await;
        }
    }

    pub async fn choose(&self, account: AccountId, provider: &str, token: &str) {
        let means = Means {
            provider: provider.to_owned(),
            token: token.to_owned(),
        };
        let by = Actor {
            role: Role::Client,
            id: "a client".to_owned(),
        };
        details::put(&mut self.conn().await, account, &means, &by, noon())
            .await
            .unwrap();
    }

    /// Books an order that ended, at most once per event id.
    pub async fn book(
        &self,
        event: Uuid,
        end: OrderEnd,
        booked_at: DateTime<Utc>,
    ) -> Result<Option<TransactionId>, Error> {
        let transaction = self.transaction(event, end, booked_at);
        let settings = &self.settings;
        self.db
            .transaction(async |conn: &mut AsyncPgConnection| {
                journal::book(conn, settings, &transaction).await
            })
            .await
    }

    pub fn transaction(&self, event: Uuid, end: OrderEnd, booked_at: DateTime<Utc>) -> Transaction {
        let entry = Entry {
            cause: Cause::event(event),
            order: Some(OrderId(Uuid::new_v4())),
            note: String::new(),
            by: Actor::system(),
            occurred_at: booked_at,
            booked_at,
        };
        Transaction::new(entry, self.settings.rules.settle(end).unwrap()).unwrap()
    }

    /// Books an order of 100.00 that ended.
    pub async fn order(&self, client: ClientId, worker: WorkerId, ending: Ending) {
        let end = OrderEnd {
            client,
            worker,
            price: rub(10_000),
            ending,
        };
        let booked = self.book(Uuid::new_v4(), end, noon()).await.unwrap();
        assert!(booked.is_some());
    }

    pub async fn account(&self, owner: &Owner) -> Account {
        accounts::get(&mut self.conn().await, owner).await.unwrap()
    }

    /// The balance as its owner sees it.
    pub async fn balance(&self, owner: &Owner) -> i64 {
        let balance = self.account(owner).await.balance;
        owner.kind().as_owner_sees(balance).unwrap().minor_units()
    }

    /// Closes a period that ends at this time.
    pub async fn close(&self, kind: OwnerKind, up_to: DateTime<Utc>) {
        let period = self.settings.calendar.ending_at(kind, up_to);
        self.db
            .transaction(async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
                Ok(periods::open(conn, kind, period, up_to).await?)
            })
            .await
            .unwrap();
        close_accounts::run(&self.db, &self.settings, &Wakes::default(), up_to)
            .await
            .unwrap();
    }

    pub async fn invoices(&self) -> Vec<Invoice> {
        let found = invoices::list(&mut self.conn().await, &Filter::default(), None, 100)
            .await
            .unwrap();
        found.into_iter().map(|(_, invoice)| invoice).collect()
    }

    pub async fn the_invoice(&self) -> Invoice {
        let mut all = self.invoices().await;
        assert_eq!(all.len(), 1, "one invoice is expected: {all:?}");
        all.remove(0)
    }

    /// The charging job with a fixed clock.
    pub fn charging(&self, now: DateTime<Utc>) -> Charging {
        self.charging_by(Clock::fixed(now))
    }

    pub fn charging_by(&self, clock: Clock) -> Charging {
        Charging {
            db: self.db.clone(),
            settings: self.settings.clone(),
            gateways: Gateways::new(&self.config.own.gateways()).unwrap(),
            clock,
        }
    }

    /// The paying-out job with a fixed clock.
    pub fn paying_out(&self, now: DateTime<Utc>) -> PayingOut {
        self.paying_out_by(Clock::fixed(now))
    }

    pub fn paying_out_by(&self, clock: Clock) -> PayingOut {
        let client = Client::new(self.config.own.providers.provider_timeout).unwrap();
        PayingOut {
            db: self.db.clone(),
            settings: self.settings.clone(),
            provider: GoldenHat::new(client, &self.config.own.providers.golden_hat_url),
            clock,
        }
    }

    /// Switches on a fault of a simulated provider.
    pub async fn fault(&self, service: &str, mode: &str, for_calls: u32) {
        let client = reqwest::Client::new();
        let url = format!("{}/_faults", self.outside.http_url());
        let body = serde_json::json!({ "service": service, "mode": mode, "for_calls": for_calls });
        client
            .put(url)
            .json(&body)
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap();
    }

    /// The requests that a simulated provider received, oldest first.
    pub async fn received(&self, service: &str) -> Vec<Value> {
        let url = format!("{}/_calls?service={service}", self.outside.http_url());
        let body: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
        body["calls"].as_array().unwrap().clone()
    }

    /// The events of one type in the outbox, in order.
    pub async fn events<M: conventions::Event>(&self) -> Vec<M> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Bytea)]
            payload: Vec<u8>,
        }
        let rows: Vec<Row> = sql_query("SELECT payload FROM outbox WHERE ce_type = $1 ORDER BY id")
            .bind::<Text, _>(M::TYPE)
            .load(&mut self.conn().await)
            .await
            .unwrap();
        rows.iter()
            .map(|row| <M as Message>::decode(row.payload.as_slice()).unwrap())
            .collect()
    }

    /// Makes the database refuse all writes of rows (`NEW`) that fulfil the condition.
    pub async fn break_rows(&self, table: &str, condition: &str) {
        use diesel_async::SimpleAsyncConnection as _;
        let sql = format!(
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'this row is broken' USING ERRCODE = 'data_exception'; END $$; \
             CREATE TRIGGER broken BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW WHEN ({condition}) \
             EXECUTE FUNCTION broken()"
        );
        self.conn().await.batch_execute(&sql).await.unwrap();
    }

    /// Reverts [`House::break_rows`].
    pub async fn mend_rows(&self) {
        use diesel_async::SimpleAsyncConnection as _;
        let mut conn = self.conn().await;
        conn.batch_execute("DROP FUNCTION broken CASCADE").await.unwrap();
    }

    /// The value of an SQL expression.
    pub async fn count(&self, sql: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = BigInt)]
            n: i64,
        }
        let row: Row = sql_query(format!("SELECT ({sql})::bigint AS n"))
            .get_result(&mut self.conn().await)
            .await
            .unwrap();
        row.n
    }
}

pub fn days(count: i64) -> TimeDelta {
    TimeDelta::days(count)
}

pub fn company(account: svc_billing::domain::CompanyAccount) -> Owner {
    Owner::Company(account)
}
