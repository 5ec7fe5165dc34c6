//! Named places at which a test can make a process die, or stand still: in test builds only.
//!
//! A test starts a program with the variable `FAILPOINTS` in its environment, `point=action` separated by `;`:
//!
//! * `relay::sent=return`: the process is killed there by SIGKILL, as by a crash of the machine: no drain, no destructor.
//! * `relay::sent=2*off->return`: at the third pass only.
//! * `relay::sent=pause`: the thread stands still there until the process is killed from outside.
//! * all else that the crate [`fail`](https://docs.rs/fail) knows: `sleep(100)`, `print`, …
//!
//! Code says `fail_point::reach("relay::sent")`. Every point is listed in `docs/fail-points.md`. The feature `failpoints`
//! is switched on by tests alone; without it `reach` is empty, and a release build with it is refused.

#[cfg(all(feature = "failpoints", not(debug_assertions)))]
compile_error!(
    "fail points are for test builds: build releases with `cargo build --release --workspace --exclude mesh-tests`"
);

/// Does what the environment asks for at this point; nothing in a build without fail points.
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

    /// The environment is read at the first point that is reached, so that no program has to remember it at its start.
    static ARM: Once = Once::new();

    pub(super) fn reach(point: &'static str) {
        ARM.call_once(arm);
        fail::fail_point!(point, |_| die());
    }

    fn arm() {
        let wanted = std::env::var("FAILPOINTS").unwrap_or_default();
        for setting in wanted.split(';').filter(|setting| !setting.is_empty()) {
            let armed = setting
                .split_once('=')
                .ok_or_else(|| "no action".to_owned())
                .and_then(|(point, action)| fail::cfg(point.trim(), action.trim()));
            if let Err(error) = armed {
                tracing::error!(setting, error, "a fail point is not understood");
                std::process::exit(2);
            }
        }
    }

    fn die() {
        let _ = kill_process(getpid(), Signal::KILL);
        // The signal ends every thread; nothing after the point may run until it has.
        loop {
            std::thread::park();
        }
    }
}
