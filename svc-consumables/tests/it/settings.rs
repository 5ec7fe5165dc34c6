//! Durations that would overload the bakery, or never call it, are refused at the start.

use clap::Parser;
use svc_consumables::config::BakeryOptions;

#[derive(Debug, Parser)]
struct Settings {
    #[command(flatten)]
    _bakery: BakeryOptions,
}

#[test]
fn durations_have_bounds_and_the_defaults_are_within() {
    Settings::try_parse_from(["x"]).unwrap();
    for setting in [
        "--bakery-timeout=0ms",
        "--cookie-expected=0ms",
        "--cookie-poll=0s",
        "--cookie-poll=2h",
        "--cookie-retry=1ms",
        "--cookie-longest-retry=90000h",
    ] {
        let refused = Settings::try_parse_from(["x", setting]).unwrap_err();
        assert!(
            refused.to_string().contains("is not between"),
            "{setting}: {refused}"
        );
    }
}
