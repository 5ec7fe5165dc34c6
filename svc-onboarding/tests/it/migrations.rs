//! Migrations.

use svc_onboarding::MIGRATIONS;

#[tokio::test]
async fn every_migration_goes_up_down_and_up_again() {
    let sets = [service_host::MIGRATIONS, messaging::MIGRATIONS, MIGRATIONS];
    test_support::every_migration_can_be_taken_back(&sets).await;
}
