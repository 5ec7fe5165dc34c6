//! Prints the story while it is played.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::cli::{Globals, print};
use crate::contracts::Context::{Billing, Orders};
use crate::failure::Error;
use crate::show;
use crate::story::{self, Ending, Point, Script, Stage};

/// Options of the demo.
#[derive(Debug, clap::Args)]
pub struct Demo {
    /// The root manager's id, as `svc-admin create-root` printed it.
    #[arg(long, env = "ARTEL_ROOT_MANAGER")]
    root: Uuid,
    /// The address at which the development mail server lists mailboxes.
    #[arg(long, env = "ARTEL_MAILBOX", default_value = "http://127.0.0.1:17301")]
    mailbox: String,
    /// The consumables department's address.
    #[arg(
        long,
        env = "ARTEL_DEPARTMENT_MAIL",
        default_value = "consumables@artel.example"
    )]
    department: String,
    /// A program that runs when the order is assigned and when it has ended. Its arguments are the
    /// moment (assigned, ended), the order's id and the managers' ids. Its output becomes part of
    /// the story.
    #[arg(long, value_name = "PROGRAM")]
    hook: Option<PathBuf>,
    /// How long the demo waits for a service that is away, in seconds.
    #[arg(long, default_value_t = 180)]
    wait: u64,
}

impl Demo {
    /// Plays the story.
    pub async fn run(self, globals: &Globals) -> Result<(), Error> {
        let begun = Instant::now();
        let hook = self.hook;
        let stage = Stage::new(Script {
            mesh: globals.mesh(),
            key: globals.key()?,
            mailbox: self.mailbox,
            root: self.root,
            department: self.department,
            currency: "RUB".to_owned(),
            patience: Duration::from_secs(self.wait),
            tell: Box::new(move |who, what| {
                let _ = print(&format!(
                    "{:>6.1} s  {who:<10} {what}\n",
                    begun.elapsed().as_secs_f32()
                ));
            }),
            at: Box::new(move |point, order_id, managers| match &hook {
                Some(program) => run_hook(program, point, order_id, managers),
                None => Ok(()),
            }),
        })?;
        print(&format!(
            "The main job, through public gRPC alone. Trace {}\n\n",
            stage.trace
        ))?;
        let ending = story::play(&stage).await?;
        let text = closing(&stage, &ending).await?;
        print(&text)
    }
}

fn run_hook(
    program: &std::path::Path,
    point: Point,
    order_id: &str,
    managers: &[String],
) -> Result<(), Error> {
    let point = match point {
        Point::Assigned => "assigned",
        Point::Ended => "ended",
    };
    let status = Command::new(program)
        .arg(point)
        .arg(order_id)
        .args(managers)
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Error::Story(format!(
            "{} {point} ended with {status}",
            program.display()
        ))),
        Err(error) => Err(Error::Io(format!("{}: {error}", program.display()))),
    }
}

/// Prints balances, the trace id and what to do next.
async fn closing(stage: &Stage, ending: &Ending) -> Result<String, Error> {
    let root = stage.root()?;
    let mut out = String::from("\nBalances at the end\n");
    let accounts = [
        ("client Anna", "OWNER_KIND_CLIENT", &ending.client.id),
        ("worker", "OWNER_KIND_WORKER", &ending.worker.id),
    ];
    for (who, kind, id) in accounts {
        let account = root
            .call(Billing, "GetAccount", json!({ "ownerKind": kind, "ownerId": id }))
            .await?;
        let _ = writeln!(
            out,
            "  {who:<16} {:>14}   paid so far {:>14}",
            amount(&account, "/account/balance"),
            amount(&account, "/account/cumulativePaid")
        );
    }
    let company = root.call(Billing, "ListCompanyAccounts", json!({})).await?;
    for account in story::list(&company, "/accounts") {
        let _ = writeln!(
            out,
            "  {:<16} {:>14}",
            story::text(account, "/code")?,
            amount(account, "/balance")
        );
    }
    let order = root
        .call(Orders, "GetOrder", json!({ "orderId": ending.order_id }))
        .await?;
    let _ = write!(
        out,
        "\nOrder {} is {}. Trace {}\n\nThe mesh stays up. Go on with\n  \
         target/debug/artel order show {}\n  target/debug/artel status\n  target/debug/artel --help\n  make down\n",
        ending.order_id,
        story::text(&order, "/order/state")?
            .trim_start_matches("ORDER_STATE_")
            .to_lowercase(),
        stage.trace,
        ending.order_id,
    );
    Ok(out)
}

fn amount(answer: &Value, path: &str) -> String {
    answer
        .pointer(path)
        .and_then(show::money)
        .map(|money| money.to_string())
        .unwrap_or_default()
}
