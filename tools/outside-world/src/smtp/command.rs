//! What a line from the client asks for.

/// A command of RFC 5321, as far as this server knows them.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    Ehlo,
    Helo,
    /// The sender's address (empty for bounces) and the size that it announces.
    Mail(String, Option<usize>),
    Rcpt(String),
    Data,
    Rset,
    Noop,
    Vrfy,
    Quit,
    /// Known, with parameters that make no sense.
    Malformed,
    Unknown,
}

impl Command {
    pub fn parse(line: &str) -> Self {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" if !rest.trim().is_empty() => Self::Ehlo,
            "HELO" if !rest.trim().is_empty() => Self::Helo,
            "EHLO" | "HELO" => Self::Malformed,
            "MAIL" => path(rest, "FROM:").map_or(Self::Malformed, |(from, parameters)| {
                Self::Mail(from.to_owned(), announced_size(parameters))
            }),
            "RCPT" => match path(rest, "TO:") {
                Some((to, _)) if to.contains('@') => Self::Rcpt(to.to_owned()),
                _ => Self::Malformed,
            },
            "DATA" => Self::Data,
            "RSET" => Self::Rset,
            "NOOP" => Self::Noop,
            "VRFY" => Self::Vrfy,
            "QUIT" => Self::Quit,
            _ => Self::Unknown,
        }
    }
}

/// The address between angle brackets after the keyword, and the parameters behind it.
fn path<'a>(rest: &'a str, keyword: &str) -> Option<(&'a str, &'a str)> {
    let start = rest.get(..keyword.len())?;
    if !start.eq_ignore_ascii_case(keyword) {
        return None;
    }
    let (address, parameters) = rest[keyword.len()..]
        .trim_start()
        .strip_prefix('<')?
        .split_once('>')?;
    let clean = !address.contains(|c: char| c.is_whitespace() || c.is_control() || c == '<');
    clean.then_some((address, parameters))
}

fn announced_size(parameters: &str) -> Option<usize> {
    parameters.split_whitespace().find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.eq_ignore_ascii_case("SIZE").then(|| value.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::Command;

    #[test]
    fn addresses_are_taken_from_between_the_brackets_in_any_case() {
        let sent = Command::parse("mail from:<a@artel.example> BODY=8BITMIME SIZE=12");
        assert_eq!(sent, Command::Mail("a@artel.example".into(), Some(12)));
        assert_eq!(
            Command::parse("RCPT TO: <b@example.org>"),
            Command::Rcpt("b@example.org".into())
        );
        assert_eq!(Command::parse("MAIL FROM:<>"), Command::Mail(String::new(), None));
    }

    #[test]
    fn nonsense_is_malformed_or_unknown_and_never_a_panic() {
        for line in [
            "MAIL",
            "MAIL FROM:a@b",
            "RCPT TO:<nobody>",
            "RCPT TO:<a b@c>",
            "EHLO",
            "MAIL FRÖM:<a@b>",
        ] {
            assert_eq!(Command::parse(line), Command::Malformed, "{line}");
        }
        assert_eq!(Command::parse(""), Command::Unknown);
        assert_eq!(Command::parse("GET / HTTP/1.1"), Command::Unknown);
    }
}
