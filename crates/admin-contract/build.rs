//! Generates the contract from `proto/artel/admin/v1`.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    contract_build::context("admin")
}
