//! Commands and their arguments.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory as _, Parser, Subcommand};
use serde_json::Value;

use crate::call::Caller;
use crate::commands::{self, Request};
use crate::contracts::Context;
use crate::failure::Error;
use crate::keys::{self, Key};
use crate::mesh::{Addresses, Mesh};
use crate::{health, show, status};

/// The command line of Artel's internal teams. Every command is one call of a public contract.
///
/// Addresses default to those of `make up`; ARTEL_ADMIN_ADDRESS, ARTEL_ORDERS_ADDRESS, … change
/// them.
#[derive(Parser)]
#[command(name = "artel", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Args)]
pub struct Globals {
    #[command(flatten)]
    addresses: Addresses,
    /// Print answers as protobuf JSON.
    #[arg(long, global = true)]
    json: bool,
    /// The caller's token (JWT).
    #[arg(long, global = true, env = "ARTEL_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Call as ROLE:ID (several roles separated by commas) with a token signed by the development
    /// key. Without --as and --token, a command calls as the owner of its object, or as a manager.
    #[arg(long = "as", global = true, value_name = "ROLE:ID", conflicts_with = "token")]
    identity: Option<String>,
    /// The folder of the development key.
    #[arg(
        long,
        global = true,
        env = "ARTEL_KEYS",
        default_value = ".artel/keys",
        value_name = "FOLDER"
    )]
    keys: PathBuf,
    /// The request id (UUID): a command repeated with the same id has one effect.
    #[arg(long, global = true, value_name = "UUID")]
    request_id: Option<uuid::Uuid>,
    /// How long to retry while a service is away, in seconds.
    #[arg(long, global = true, default_value_t = 5, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(0..=3600))]
    patience: u64,
}

/// The commands.
#[derive(Subcommand)]
enum Command {
    /// Service types.
    #[command(subcommand)]
    ServiceType(commands::admin::ServiceType),
    /// Tests, from JSON files.
    #[command(subcommand)]
    Test(commands::admin::Test),
    /// Test sets.
    #[command(subcommand)]
    TestSet(commands::admin::TestSet),
    /// Vacancies.
    #[command(subcommand)]
    Vacancy(commands::admin::Vacancy),
    /// Managers and their roles.
    #[command(subcommand)]
    Manager(commands::admin::Manager),
    /// Quality cases.
    #[command(subcommand)]
    Case(commands::quality::Case),
    /// The board of hypotheses.
    #[command(subcommand)]
    Hypothesis(commands::quality::Hypothesis),
    /// The audit log, newest first.
    Audit(commands::quality::Audit),
    /// Applications, for candidates and managers.
    #[command(subcommand)]
    Application(commands::onboarding::Application),
    /// Clients.
    #[command(subcommand)]
    Client(commands::orders::Client),
    /// Workers.
    #[command(subcommand)]
    Worker(commands::orders::Worker),
    /// Orders.
    #[command(subcommand)]
    Order(commands::orders::Order),
    /// Matching pipelines.
    #[command(subcommand)]
    Pipeline(commands::orders::Pipeline),
    /// Kits of the consumables department.
    #[command(subcommand)]
    Kit(commands::consumables::Kit),
    /// Materials and their stock.
    #[command(subcommand)]
    Material(commands::consumables::Material),
    /// Employees of the consumables department.
    #[command(subcommand)]
    Employee(commands::consumables::Employee),
    /// Accounts, invoices, payments.
    #[command(subcommand)]
    Billing(commands::billing::Billing),
    /// The ledger.
    #[command(subcommand)]
    Ledger(commands::billing::Ledger),
    /// Mails: deliveries and templates.
    #[command(subcommand)]
    Mail(commands::notify::Mail),
    /// Events that could not be processed and need an operator's decision.
    #[command(subcommand)]
    Parked(commands::parked::Parked),
    /// Show the state of all services: health, outboxes, consumer lags, parked events.
    Status,
    /// Print changes as they happen.
    #[command(subcommand)]
    Watch(Watch),
    /// Call any method with a JSON request: artel call orders GetOrder '{"orderId": "…"}'
    Call {
        /// The context, such as orders.
        context: Context,
        /// The method's name.
        method: String,
        /// The request as protobuf JSON; - reads standard input.
        #[arg(default_value = "{}")]
        request: String,
    },
    /// List a context's methods with their roles.
    Methods {
        /// The context, such as orders.
        context: Context,
    },
    /// Sign a development token.
    Token {
        /// Roles, separated by commas: client, worker, manager, quality, consumables, root,
        /// service.
        #[arg(long, value_delimiter = ',', required = true)]
        role: Vec<String>,
        /// The subject: the id of a client, worker, manager or employee.
        #[arg(long)]
        subject: String,
        /// The lifetime in seconds.
        #[arg(long, default_value_t = 3_600)]
        ttl: u64,
    },
    /// Development keys.
    #[command(subcommand)]
    Keys(Keys),
    /// Query a server's health. The exit code is 0 only if it serves.
    Health {
        /// The server's address, such as http://127.0.0.1:17101.
        address: String,
        /// Query one dependency only, such as postgres.
        #[arg(long, default_value = "")]
        part: String,
    },
    /// Play the life of an order against a running mesh and print each step.
    Demo(commands::demo::Demo),
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// What to watch.
#[derive(Subcommand)]
enum Watch {
    /// Changes of one order.
    Order {
        /// The order's id.
        order_id: uuid::Uuid,
    },
    /// The department's queue of kits.
    Kits,
}

/// Development keys.
#[derive(Subcommand)]
enum Keys {
    /// Create a key and its JWKS, unless they exist.
    Init {
        /// The folder.
        #[arg(long)]
        dir: PathBuf,
        /// The `iss` claim of tokens.
        #[arg(long, default_value = "artel")]
        issuer: String,
        /// The `aud` claim of tokens.
        #[arg(long, default_value = "artel")]
        audience: String,
    },
}

/// Runs one command.
pub async fn run(cli: Cli) -> Result<(), Error> {
    let globals = cli.globals;
    let request = match cli.command {
        Command::ServiceType(command) => command.request()?,
        Command::Test(command) => command.request()?,
        Command::TestSet(command) => command.request(),
        Command::Vacancy(command) => command.request(),
        Command::Manager(command) => command.request(),
        Command::Case(command) => command.request(),
        Command::Hypothesis(command) => command.request(),
        Command::Audit(command) => command.request(),
        Command::Application(command) => return command.run(&globals).await,
        Command::Client(command) => command.request(),
        Command::Worker(command) => command.request(),
        Command::Order(command) => return command.run(&globals).await,
        Command::Pipeline(command) => command.request()?,
        Command::Kit(command) => command.request(),
        Command::Material(command) => command.request(),
        Command::Employee(command) => command.request(),
        Command::Billing(command) => return command.run(&globals).await,
        Command::Ledger(command) => return command.run(&globals).await,
        Command::Mail(command) => command.request(),
        Command::Parked(command) => return command.run(&globals).await,
        other => return run_other(&globals, other).await,
    };
    globals.send(request).await
}

/// Executes commands that are more than one call with one answer.
async fn run_other(globals: &Globals, command: Command) -> Result<(), Error> {
    match command {
        Command::Status => print(&status::table(globals).await),
        Command::Watch(Watch::Order { order_id }) => {
            globals
                .follow(Request::new(Context::Orders, "WatchOrders").field("orderId", order_id))
                .await
        }
        Command::Watch(Watch::Kits) => {
            globals
                .follow(Request::new(Context::Consumables, "WatchKits").by("consumables"))
                .await
        }
        Command::Call {
            context,
            method,
            request,
        } => {
            let text = if request == "-" { stdin()? } else { request };
            let body =
                serde_json::from_str(&text).map_err(|error| Error::Input(format!("the request: {error}")))?;
            globals
                .send(Request {
                    body,
                    ..Request::new(context, &method)
                })
                .await
        }
        Command::Methods { context } => print(&commands::methods(context)),
        Command::Token { role, subject, ttl } => {
            let token = Key::load(&globals.keys)?.sign(&role, &subject, Duration::from_secs(ttl))?;
            print(&format!("{token}\n"))
        }
        Command::Keys(Keys::Init {
            dir,
            issuer,
            audience,
        }) => keys::init(&dir, &issuer, &audience),
        Command::Health { address, part } => {
            let serving = health::check(&address, &part).await?;
            if serving {
                print("SERVING\n")
            } else {
                Err(Error::Input(format!("{address} does not serve")))
            }
        }
        Command::Demo(demo) => demo.run(globals).await,
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "artel", &mut std::io::stdout());
            Ok(())
        }
        _ => Ok(()),
    }
}

impl Globals {
    /// Connections to the services.
    pub fn mesh(&self) -> Mesh {
        Mesh::new(self.addresses.clone())
    }

    /// The address of a service.
    pub fn address(&self, context: Context) -> &str {
        self.addresses.of(context)
    }

    /// The development key.
    pub fn key(&self) -> Result<Key, Error> {
        Key::load(&self.keys)
    }

    /// A caller with the identity of --token or --as, else of `usual` (roles:id), else anonymous.
    pub fn caller(&self, usual: &str) -> Result<Caller, Error> {
        let token = match (&self.token, &self.identity) {
            (Some(token), _) => Some(token.clone()),
            (None, Some(identity)) => Some(self.sign(identity)?),
            (None, None) if usual.is_empty() => None,
            (None, None) => Some(self.sign(usual)?),
        };
        Ok(Caller::new(self.mesh(), token).patient(Duration::from_secs(self.patience)))
    }

    fn sign(&self, identity: &str) -> Result<String, Error> {
        let (roles, subject) = identity.split_once(':').ok_or_else(|| {
            Error::Input(format!(
                "--as wants ROLE:ID, such as manager:{}",
                uuid::Uuid::nil()
            ))
        })?;
        let roles: Vec<String> = roles.split(',').map(str::to_owned).collect();
        self.key()?.sign(&roles, subject, keys::TTL)
    }

    /// Sends a request and prints the answer.
    pub async fn send(&self, request: Request) -> Result<(), Error> {
        let answer = self.ask(request).await?;
        self.print(&answer)
    }

    /// Sends a request.
    pub async fn ask(&self, mut request: Request) -> Result<Value, Error> {
        if let (Some(id), Some(fields)) = (self.request_id, request.body.as_object_mut()) {
            fields.insert("requestId".to_owned(), id.to_string().into());
        }
        self.caller(&request.usual)?
            .call(request.context, &request.method, request.body)
            .await
    }

    /// Prints each answer of a stream until the stream ends or standard output is closed.
    pub async fn follow(&self, request: Request) -> Result<(), Error> {
        let caller = self.caller(&request.usual)?;
        let mut answers = caller
            .stream(request.context, &request.method, request.body)
            .await?;
        while let Some(answer) = answers.next().await? {
            self.print(&answer)?;
        }
        Ok(())
    }

    /// Prints an answer.
    pub fn print(&self, answer: &Value) -> Result<(), Error> {
        if self.json {
            print(&format!("{answer:#}\n"))
        } else {
            print(&show::plain(answer))
        }
    }
}

/// Prints text. A closed standard output is not an error.
pub fn print(text: &str) -> Result<(), Error> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::Io(error.to_string())),
        _ => Ok(()),
    }
}

fn stdin() -> Result<String, Error> {
    std::io::read_to_string(std::io::stdin()).map_err(|error| Error::Io(format!("standard input: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
