//! Generates the shared proto packages.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    contract_build::conventions()
}
