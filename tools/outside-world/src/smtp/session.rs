//! One connection, command by command.

use std::io;
use std::sync::Arc;

use chrono::Utc;
use serde_json::json;
use tokio::io::{BufReader, BufWriter};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::command::Command;
use super::wire::{data, line, reply};
use crate::calls::Call;
use crate::faults::Mode;
use crate::mailbox::Contents;
use crate::world::{Service, World};

/// Connections at one time; further ones wait to be accepted.
const CONNECTIONS: usize = 100;

/// Recipients of one mail.
const RECIPIENTS: usize = 100;

/// Takes connections until the shutdown; those that are open then are cut, as by any server that
/// stops.
pub async fn serve(listener: TcpListener, world: Arc<World>, shutdown: CancellationToken) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else {
            return Ok(());
        };
        let stream = tokio::select! {
            accepted = listener.accept() => accepted?.0,
            () = shutdown.cancelled() => return Ok(()),
        };
        let session = Session::new(stream, world.clone());
        let stopped = shutdown.clone();
        tokio::spawn(async move {
            let ended = stopped.run_until_cancelled(session.run()).await;
            if let Some(Err(error)) = ended {
                tracing::debug!(%error, "mail session cut");
            }
            drop(place);
        });
    }
}

/// Who sends to whom, between MAIL and the end of DATA.
struct Envelope {
    from: String,
    to: Vec<String>,
    fault: Option<Mode>,
}

struct Session {
    reader: BufReader<OwnedReadHalf>,
    writer: BufWriter<OwnedWriteHalf>,
    world: Arc<World>,
    greeted: bool,
    /// Silence was met since the last mail began: it is the next one's.
    silenced: bool,
    envelope: Option<Envelope>,
}

/// What comes after a reply.
#[derive(PartialEq, Eq)]
enum Then {
    Listen,
    Close,
}

impl Session {
    fn new(stream: TcpStream, world: Arc<World>) -> Self {
        let (reader, writer) = stream.into_split();
        let (reader, writer) = (BufReader::new(reader), BufWriter::new(writer));
        Self {
            reader,
            writer,
            world,
            greeted: false,
            silenced: false,
            envelope: None,
        }
    }

    async fn run(mut self) -> io::Result<()> {
        self.stay_silent().await;
        reply(&mut self.writer, "220 outside-world ESMTP").await?;
        loop {
            let line = match line(&mut self.reader).await {
                Ok(Some(line)) => line,
                Ok(None) => return Ok(()),
                Err(error) => {
                    reply(&mut self.writer, "500 5.5.2 line not understood, closing").await?;
                    return Err(error);
                }
            };
            self.stay_silent().await;
            if self.obey(Command::parse(&line)).await? == Then::Close {
                return Ok(());
            }
        }
    }

    /// A frozen server does not even say who it is: silence is met by a greeting and by any
    /// command, and each wait is a call.
    async fn stay_silent(&mut self) {
        let silent = {
            let mut faults = self.world.faults.lock();
            faults.is_silent(Service::Smtp) && faults.meet(Service::Smtp).is_some()
        };
        if silent {
            self.world.speaks(Service::Smtp).await;
            self.silenced = true;
        }
    }

    async fn obey(&mut self, command: Command) -> io::Result<Then> {
        let text = match command {
            Command::Ehlo => {
                self.greet();
                &format!(
                    "250-outside-world\r\n250-SIZE {}\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 PIPELINING",
                    self.limit()
                )
            }
            Command::Helo => {
                self.greet();
                "250 outside-world"
            }
            Command::Mail(from, size) => return self.begin(from, size).await,
            Command::Rcpt(to) => self.add(to),
            Command::Data => return self.take_in().await,
            Command::Rset => {
                self.envelope = None;
                "250 2.0.0 forgotten"
            }
            Command::Noop => "250 2.0.0 nothing done",
            Command::Vrfy => "252 2.5.2 send and see",
            Command::Quit => {
                reply(&mut self.writer, "221 2.0.0 goodbye").await?;
                return Ok(Then::Close);
            }
            Command::Malformed => "501 5.5.4 parameters not understood",
            Command::Unknown => "500 5.5.2 command not understood",
        };
        reply(&mut self.writer, text).await?;
        Ok(Then::Listen)
    }

    fn greet(&mut self) {
        self.greeted = true;
        self.envelope = None;
    }

    fn limit(&self) -> usize {
        self.world.options.mail_bytes
    }

    /// MAIL: the point at which every fault but silence is met, so that one mail is one call even
    /// where a connection carries many.
    async fn begin(&mut self, from: String, size: Option<usize>) -> io::Result<Then> {
        let refusal = if !self.greeted {
            Some("503 5.5.1 say EHLO first")
        } else if self.envelope.is_some() {
            Some("503 5.5.1 one mail at a time")
        } else if size.is_some_and(|size| size > self.limit()) {
            Some("552 5.3.4 larger than the announced SIZE")
        } else {
            None
        };
        if let Some(text) = refusal {
            reply(&mut self.writer, text).await?;
            return Ok(Then::Listen);
        }
        let fault = if std::mem::take(&mut self.silenced) {
            Some(Mode::Silent)
        } else {
            self.world.faults.lock().meet(Service::Smtp)
        };
        let envelope = Envelope {
            from,
            to: Vec::new(),
            fault,
        };
        let (status, text) = match fault {
            Some(Mode::Away) => (421, "421 4.3.2 away"),
            Some(Mode::Error) => (451, "451 4.3.0 something broke"),
            Some(Mode::Nonsense | Mode::Truncated | Mode::Wrong) => (0, "It works!"),
            Some(Mode::Slow | Mode::Silent | Mode::Broken) | None => {
                self.envelope = Some(envelope);
                reply(&mut self.writer, "250 2.1.0 sender noted").await?;
                return Ok(Then::Listen);
            }
        };
        self.write_down(&envelope, status, None, false);
        reply(&mut self.writer, text).await?;
        Ok(Then::Close)
    }

    /// RCPT: addresses with `bounced` in them are refused for good, with `deferred` until later.
    fn add(&mut self, to: String) -> &'static str {
        let Some(envelope) = &mut self.envelope else {
            return "503 5.5.1 say MAIL first";
        };
        if envelope.to.len() == RECIPIENTS {
            return "452 4.5.3 too many recipients";
        }
        if to.contains("bounced") {
            return "550 5.1.1 no such mailbox";
        }
        if to.contains("deferred") {
            return "451 4.2.1 mailbox busy, try later";
        }
        envelope.to.push(to);
        "250 2.1.5 recipient noted"
    }

    async fn take_in(&mut self) -> io::Result<Then> {
        let Some(envelope) = self.envelope.take_if(|envelope| !envelope.to.is_empty()) else {
            reply(&mut self.writer, "503 5.5.1 say MAIL and RCPT first").await?;
            return Ok(Then::Listen);
        };
        reply(&mut self.writer, "354 end with a lone dot").await?;
        let limit = self.limit();
        let (status, text) = match data(&mut self.reader, limit).await? {
            None => (552, "552 5.3.4 too large"),
            Some(raw) => match Contents::read(&raw) {
                None => (554, "554 5.6.0 no mail in it"),
                Some(message) => {
                    let known = self.put(&envelope, &message);
                    self.write_down(&envelope, 250, Some(&message), known);
                    (250, "250 2.0.0 taken in")
                }
            },
        };
        if status != 250 {
            self.write_down(&envelope, status, None, false);
        }
        match envelope.fault {
            Some(Mode::Slow) => tokio::time::sleep(self.world.options.slow).await,
            Some(Mode::Broken) => return Ok(Then::Close),
            _ => {}
        }
        reply(&mut self.writer, text).await?;
        Ok(Then::Listen)
    }

    /// True when every recipient has the mail already.
    fn put(&self, envelope: &Envelope, message: &Contents) -> bool {
        let mut mailbox = self.world.mailbox.lock();
        let mut known = true;
        for to in &envelope.to {
            known &= mailbox.put(&envelope.from, to, message);
        }
        known
    }

    fn write_down(&self, envelope: &Envelope, status: u16, message: Option<&Contents>, replayed: bool) {
        let subject = message.map(|message| &message.subject);
        tracing::info!(service = ?Service::Smtp, to = ?envelope.to, subject, status, replayed);
        self.world.calls.lock().push(Call {
            at: Utc::now(),
            service: Service::Smtp,
            method: "DATA".to_owned(),
            path: envelope.to.join(","),
            idempotency_key: message.and_then(|message| message.message_id.clone()),
            body: json!({ "from": envelope.from, "to": envelope.to, "subject": subject }),
            status,
            replayed,
            fault: envelope.fault,
        });
    }
}
