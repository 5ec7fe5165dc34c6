//! Generates the contract from `proto/artel/billing/v1`.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    contract_build::context("billing")
}
