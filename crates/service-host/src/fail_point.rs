//! Named points in the code at which a test can crash or block a process. In test builds only.
//!
//! A test starts a program with the environment variable `FAILPOINTS`: `point=action`, separated by
//! `;`.
//!
//! * `relay::sent=return`: the process is killed by SIGKILL, without drain or destructors, like in
//!   a crash of the machine.
//! * `relay::sent=2*off->return`: the same, but only when the point is reached for the third time.
//! * `relay::sent=pause`: the thread blocks until the process is killed.
//! * every other action of the crate [`fail`](https://docs.rs/fail): `sleep(100)`, `print`, …
//!
//! Code marks a point by `fail_point::reach("relay::sent")`. `docs/fail-points.md` lists all
//! points. Only tests enable the feature `failpoints`. Without it, `reach` is empty; a release
//! build with it does not compile.

#[cfg(all(feature = "failpoints", not(debug_assertions)))]
compile_error!(
    "fail points are for test builds: build releases with `cargo build --release --workspace --exclude mesh-tests`"
);

/// Runs the action that the environment sets for `point`. Empty in a build without fail points.
#[inline]
pub fn reach(point: &'static str) {
    #[cfg(feature = "failpoints")]
    armed::reach(point);
    #[cfg(not(feature = "failpoints"))]
    let _ = point;
}

#[cfg(feature = "failpoints")]
mod armed {
    use std::sync::Once;

    use rustix::process::{Signal, getpid, kill_process};

    /// The first point that is reached reads the environment, so that programs need no setup.
    static ARM: Once = Once::new();

    pub(super) fn reach(point: &'static str) {
        ARM.call_once(arm);
        fail::fail_point!(point, |_| die());
    }

    fn arm() {
        let settings = std::env::var("FAILPOINTS").unwrap_or_default();
        for setting in settings.split(';').filter(|setting| !setting.is_empty()) {
            let armed = setting
                .split_once('=')
                .ok_or_else(|| "no action".to_owned())
                .and_then(|(point, action)| fail::cfg(point.trim(), action.trim()));
            if let Err(error) = armed {
                tracing::error!(setting, error, "the fail point is invalid");
                std::process::exit(2);
            }
        }
    }

    fn die() {
        let _ = kill_process(getpid(), Signal::KILL);
        // No code after the point may run before the signal has ended all threads.
        loop {
            std::thread::park();
        }
    }
}
