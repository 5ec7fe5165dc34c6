//! The managers' command line.

use clap::Parser;
use svc_totalizator::client::Bet;
use uuid::Uuid;

use crate::support::House;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    bet: Bet,
}

async fn run(house: &House, token: &str, words: &str) -> Result<String, String> {
    let address = format!("--address={}", house.address);
    let token = format!("--token={token}");
    let mut arguments = vec!["bet", &address, &token];
    arguments.extend(words.split_whitespace());
    let mut out = Vec::new();
    match Cli::parse_from(arguments).bet.run(&mut out).await {
        Ok(()) => Ok(String::from_utf8(out).unwrap()),
        Err(error) => Err(format!("{error:#}")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_bets_and_reads_the_settlement_on_the_command_line() {
    let house = House::open().await;
    let order = house.open_order().await;
    let id = order.0;
    let (one, two) = (
        house.tokens.manager(Uuid::new_v4()),
        house.tokens.manager(Uuid::new_v4()),
    );
    let placed = run(
        &house,
        &one,
        &format!("place --order {id} --condition completed --stake 100.00"),
    )
    .await;
    assert!(placed.unwrap().contains("100.00 RUB"));
    run(
        &house,
        &two,
        &format!("place --order {id} --condition no-show --stake 50"),
    )
    .await
    .unwrap();
    let again = run(
        &house,
        &two,
        &format!("place --order {id} --condition failed --stake 50"),
    )
    .await;
    assert!(again.unwrap_err().contains("BET_ALREADY_PLACED"));
    let pool = run(&house, &one, &format!("pool --order {id}")).await.unwrap();
    assert!(pool.contains("150.00 RUB staked by 2"), "{pool}");
    let listed = run(&house, &one, "list --own --json").await.unwrap();
    assert!(listed.contains("\"stake\":10000"), "{listed}");
    house.tell(&order.completed()).await;
    house.settled(&order).await;
    let settlement = run(&house, &one, &format!("settlement --order {id}"))
        .await
        .unwrap();
    assert!(settlement.contains("gives 50.00 RUB to"), "{settlement}");
    assert!(settlement.contains("(you)"), "{settlement}");
    let without = run(&house, "", "list").await;
    assert!(without.unwrap_err().contains("ARTEL_TOKEN"));
}
