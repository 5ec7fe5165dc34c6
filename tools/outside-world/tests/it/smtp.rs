use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::support::{Outside, answer};

/// A mail of two parts, its subject encoded, its HTML in base64, one line beginning with a dot.
const MAIL: &str = "Message-ID: <n-1@artel.example>\r\nSubject: =?utf-8?b?0JfQsNC60LDQtw==?=\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Content-Transfer-Encoding: 8bit\r\n\r\nПривет\r\n..точка\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\
    Content-Transfer-Encoding: base64\r\n\r\nPGI+aGk8L2I+\r\n--b--\r\n.";

struct Conversation {
    stream: BufReader<TcpStream>,
}

impl Conversation {
    async fn begin(outside: &Outside) -> Self {
        let stream = BufReader::new(TcpStream::connect(outside.running.smtp).await.unwrap());
        let mut conversation = Self { stream };
        assert!(conversation.reply().await.starts_with("220 "));
        conversation
    }

    async fn say(&mut self, line: &str) -> String {
        self.stream
            .write_all(format!("{line}\r\n").as_bytes())
            .await
            .unwrap();
        self.reply().await
    }

    /// The last line of the next reply.
    async fn reply(&mut self) -> String {
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).await.unwrap();
            if line.as_bytes().get(3) != Some(&b'-') {
                return line;
            }
        }
    }

    /// Says each line and checks the code of its reply.
    async fn expect(&mut self, exchange: &[(&str, &str)]) {
        for (line, code) in exchange {
            let reply = self.say(line).await;
            assert!(reply.starts_with(code), "{line:?} was answered {reply:?}");
        }
    }
}

async fn mails(outside: &Outside, to: &str) -> Vec<Value> {
    outside.get(&format!("/mailbox?to={to}")).await["mails"]
        .as_array()
        .unwrap()
        .clone()
}

async fn send(outside: &Outside, to: &str) {
    let mut talk = Conversation::begin(outside).await;
    let rcpt = format!("RCPT TO:<{to}>");
    let exchange = [
        ("EHLO me", "250"),
        ("MAIL FROM:<artel@artel.example>", "250"),
        (&rcpt, "250"),
    ];
    talk.expect(&exchange).await;
    talk.expect(&[("DATA", "354"), (MAIL, "250"), ("QUIT", "221")])
        .await;
}

#[tokio::test]
async fn a_mail_lies_decoded_in_the_mailbox_of_each_recipient() {
    let outside = Outside::start().await;
    let mut talk = Conversation::begin(&outside).await;
    talk.expect(&[
        ("EHLO me", "250"),
        ("MAIL FROM:<artel@artel.example> BODY=8BITMIME", "250"),
        ("RCPT TO:<a@example.org>", "250"),
        ("RCPT TO:<b@example.org>", "250"),
        ("DATA", "354"),
        (MAIL, "250"),
    ])
    .await;

    for to in ["a@example.org", "B@example.org"] {
        let mails = mails(&outside, to).await;
        assert_eq!(mails.len(), 1);
        let mail = &mails[0];
        assert_eq!(
            (&mail["subject"], &mail["from"]),
            (&json!("Заказ"), &json!("artel@artel.example"))
        );
        assert_eq!(mail["message_id"], "n-1@artel.example");
        assert_eq!(mail["text"].as_str().unwrap().trim_end(), "Привет\r\n.точка");
        assert_eq!(
            (&mail["html"], &mail["times_received"]),
            (&json!("<b>hi</b>"), &json!(1))
        );
    }
    let removed = answer(outside.request(reqwest::Method::DELETE, "/mailbox?to=a@example.org"))
        .await
        .1;
    assert_eq!(removed, json!({ "removed": 1 }));
    assert_eq!(
        outside.get("/mailbox").await["mails"].as_array().unwrap().len(),
        1
    );
}

#[tokio::test]
async fn the_same_message_id_is_shown_once_and_counted() {
    let outside = Outside::start().await;
    for _ in 0..2 {
        send(&outside, "a@example.org").await;
    }
    let mails = mails(&outside, "a@example.org").await;
    assert_eq!((mails.len(), &mails[0]["times_received"]), (1, &json!(2)));
    let calls = outside.calls("smtp").await;
    assert_eq!(
        (&calls[0]["replayed"], &calls[1]["replayed"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(calls[1]["idempotency_key"], "n-1@artel.example");
}

#[tokio::test]
async fn commands_out_of_order_or_without_sense_are_refused_and_the_talk_goes_on() {
    let outside = Outside::start().await;
    let mut talk = Conversation::begin(&outside).await;
    talk.expect(&[
        ("MAIL FROM:<a@artel.example>", "503"),
        ("EHLO me", "250"),
        ("RCPT TO:<a@example.org>", "503"),
        ("DATA", "503"),
        ("MAIL FROM:a@artel.example", "501"),
        ("MAIL FROM:<a@artel.example>", "250"),
        ("MAIL FROM:<a@artel.example>", "503"),
        ("DATA", "503"),
        ("RCPT TO:<nobody>", "501"),
        ("RSET", "250"),
        ("DATA", "503"),
        ("NOOP", "250"),
        ("VRFY a", "252"),
        ("STARTTLS", "500"),
        ("QUIT", "221"),
    ])
    .await;
}

#[tokio::test]
async fn bounced_addresses_are_refused_for_good_and_deferred_ones_until_later() {
    let outside = Outside::start().await;
    let mut talk = Conversation::begin(&outside).await;
    talk.expect(&[
        ("EHLO me", "250"),
        ("MAIL FROM:<a@artel.example>", "250"),
        ("RCPT TO:<bounced@example.org>", "550"),
        ("RCPT TO:<deferred@example.org>", "451"),
        ("RCPT TO:<a@example.org>", "250"),
    ])
    .await;
}

#[tokio::test]
async fn mails_larger_than_the_limit_are_refused_announced_or_not() {
    let outside = Outside::start().await;
    let mut talk = Conversation::begin(&outside).await;
    let large = format!("Subject: x\r\n\r\n{}\r\n.", "x\r\n".repeat(400_000));
    talk.expect(&[
        ("EHLO me", "250"),
        ("MAIL FROM:<a@artel.example> SIZE=2000000", "552"),
        ("MAIL FROM:<a@artel.example>", "250"),
        ("RCPT TO:<a@example.org>", "250"),
        ("DATA", "354"),
        (&large, "552"),
        ("NOOP", "250"),
    ])
    .await;
    assert!(mails(&outside, "a@example.org").await.is_empty());
}

#[tokio::test]
async fn the_mail_server_goes_away_for_as_many_mails_as_were_asked() {
    let outside = Outside::start().await;
    outside
        .fault(json!({ "service": "smtp", "mode": "away", "for_calls": 1 }))
        .await;
    let mut talk = Conversation::begin(&outside).await;
    talk.expect(&[("EHLO me", "250"), ("MAIL FROM:<a@artel.example>", "421")])
        .await;
    outside
        .fault(json!({ "service": "smtp", "mode": "nonsense", "for_calls": 1 }))
        .await;
    let mut talk = Conversation::begin(&outside).await;
    talk.expect(&[("EHLO me", "250"), ("MAIL FROM:<a@artel.example>", "It works!")])
        .await;
    send(&outside, "a@example.org").await;
    assert_eq!(mails(&outside, "a@example.org").await.len(), 1);
    let faults: Vec<Value> = outside
        .calls("smtp")
        .await
        .iter()
        .map(|call| call["fault"].clone())
        .collect();
    assert_eq!(faults, [json!("away"), json!("nonsense"), Value::Null]);
}

#[tokio::test]
async fn a_silent_mail_server_greets_nobody_and_answers_nothing_until_it_is_switched_off() {
    let outside = Outside::start().await;
    let mut greeted = Conversation::begin(&outside).await;
    outside
        .fault(json!({ "service": "smtp", "mode": "silent", "for_calls": 10 }))
        .await;
    let mut unanswered = BufReader::new(TcpStream::connect(outside.running.smtp).await.unwrap());
    wait_until_left(&outside, 9).await;
    greeted.stream.write_all(b"NOOP\r\n").await.unwrap();
    wait_until_left(&outside, 8).await;
    for stream in [&unanswered, &greeted.stream] {
        let said = stream.get_ref().try_read(&mut [0]);
        assert_eq!(said.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    }
    outside.fault(json!({ "service": "smtp", "mode": "none" })).await;
    assert!(greeted.reply().await.starts_with("250 "));
    let mut greeting = String::new();
    unanswered.read_line(&mut greeting).await.unwrap();
    assert!(greeting.starts_with("220 "), "{greeting}");
    greeted
        .expect(&[("EHLO me", "250"), ("MAIL FROM:<a@artel.example>", "250")])
        .await;
    greeted
        .expect(&[("RCPT TO:<a@example.org>", "250"), ("DATA", "354"), (MAIL, "250")])
        .await;
    assert_eq!(outside.calls("smtp").await[0]["fault"], "silent");
}

/// Waits until so many calls are left of the mail server's fault.
async fn wait_until_left(outside: &Outside, calls: u64) {
    test_support::eventually(Duration::from_secs(5), async || {
        match outside.get("/_faults").await["faults"]["smtp"]["for_calls"].as_u64() {
            Some(left) if left == calls => Ok(()),
            left => Err(format!("{left:?} calls are left")),
        }
    })
    .await;
}
