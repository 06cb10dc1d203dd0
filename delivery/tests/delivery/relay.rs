//! A mail relay on a socket: speaks SMTP as RFC 5321 has it, multi-line replies and dot-stuffing
//! included, and can be told to misbehave.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What the relay does to whoever connects.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Manner {
    /// Takes every mail.
    Takes,
    /// Answers this to `RCPT`, so many times; then takes every mail.
    Refuses(&'static str, u32),
    /// Says nothing.
    Hangs,
    /// Sends a greeting that never ends, byte by byte.
    Trickles,
    /// Takes the mail, and says nothing to `QUIT`.
    HangsAtTheEnd,
}

/// A mail as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    /// Lines, without the dots that were stuffed.
    pub(crate) lines: Vec<String>,
}

impl Received {
    /// Header names and values, unfolded.
    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in self.lines.iter().take_while(|line| !line.is_empty()) {
            if line.starts_with([' ', '\t']) {
                headers.last_mut().expect("a header").1.push_str(line);
            } else {
                let (name, value) = line.split_once(": ").expect("a header");
                headers.push((name.to_owned(), value.to_owned()));
            }
        }
        headers
    }

    pub(crate) fn header(&self, name: &str) -> String {
        let headers = self.headers();
        let found: Vec<_> = headers
            .iter()
            .filter(|(header, _)| header == name)
            .collect();
        assert_eq!(found.len(), 1, "{name} in {headers:?}");
        found[0].1.clone()
    }

    pub(crate) fn body(&self) -> String {
        let lines = self
            .lines
            .iter()
            .skip_while(|line| !line.is_empty())
            .skip(1);
        lines.flat_map(|line| [line.as_str(), "\n"]).collect()
    }
}

#[derive(Debug)]
struct State {
    manner: Manner,
    received: Vec<Received>,
    connections: u32,
}

/// How the relay protects its connections.
#[derive(Clone)]
pub(crate) enum Protection {
    None,
    /// When asked; what comes before is refused.
    Starttls(TlsAcceptor),
    FromTheStart(TlsAcceptor),
}

/// The relay; gone with the test.
#[derive(Clone)]
pub(crate) struct Relay {
    pub(crate) port: u16,
    protection: Protection,
    state: Arc<Mutex<State>>,
}

/// Either end of a connection, as far as the conversation is concerned.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// Why a conversation ended.
enum Ended {
    Well,
    /// The client wants to go on under TLS.
    ForTls,
}

impl Relay {
    pub(crate) async fn start(manner: Manner) -> Self {
        Self::protected(manner, Protection::None).await
    }

    pub(crate) async fn protected(manner: Manner, protection: Protection) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let relay = Self {
            port: listener.local_addr().expect("bound").port(),
            protection,
            state: Arc::new(Mutex::new(State {
                manner,
                received: Vec::new(),
                connections: 0,
            })),
        };
        let accepting = relay.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let relay = accepting.clone();
                relay.state.lock().expect("no panic").connections += 1;
                tokio::spawn(async move {
                    // A client that goes away is its own affair.
                    let _ = relay.serve(stream).await;
                });
            }
        });
        relay
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.state.lock().expect("no panic").received.clone()
    }

    pub(crate) fn connections(&self) -> u32 {
        self.state.lock().expect("no panic").connections
    }

    pub(crate) fn set(&self, manner: Manner) {
        self.state.lock().expect("no panic").manner = manner;
    }

    fn manner(&self) -> Manner {
        self.state.lock().expect("no panic").manner.clone()
    }

    /// The refusal of this recipient, if there is to be one.
    fn refusal(&self) -> Option<&'static str> {
        let mut state = self.state.lock().expect("no panic");
        match &mut state.manner {
            Manner::Refuses(reply, times) if *times > 0 => {
                *times -= 1;
                Some(reply)
            }
            _ => None,
        }
    }

    async fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        match &self.protection {
            Protection::None => {
                self.greet_and_converse(stream, true).await?;
            }
            Protection::FromTheStart(acceptor) => {
                let stream = acceptor.accept(stream).await?;
                self.greet_and_converse(stream, true).await?;
            }
            Protection::Starttls(acceptor) => {
                let (stream, ended) = self.greet_and_converse(stream, false).await?;
                if matches!(ended, Ended::ForTls) {
                    let stream = BufReader::new(acceptor.accept(stream).await?);
                    self.converse(stream, true).await?;
                }
            }
        }
        Ok(())
    }

    async fn greet_and_converse<S: Stream>(
        &self,
        stream: S,
        protected: bool,
    ) -> std::io::Result<(S, Ended)> {
        let mut stream = BufReader::new(stream);
        match self.manner() {
            Manner::Hangs => return std::future::pending().await,
            Manner::Trickles => loop {
                stream.write_all(b"2").await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            },
            _ => stream.write_all(b"220 relay.example ESMTP\r\n").await?,
        }
        self.converse(stream, protected).await
    }

    /// `protected`: mail is taken now, and STARTTLS isn't offered.
    async fn converse<S: Stream>(
        &self,
        mut stream: BufReader<S>,
        protected: bool,
    ) -> std::io::Result<(S, Ended)> {
        let (mut from, mut to) = (String::new(), Vec::new());
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok((stream.into_inner(), Ended::Well));
            }
            let command = line.trim_end();
            let verb = command.split([' ', ':']).next().unwrap_or_default();
            let reply = match verb.to_ascii_uppercase().as_str() {
                "EHLO" if protected => {
                    "250-relay.example greets you\r\n250-SIZE 1000000\r\n250 8BITMIME"
                }
                "EHLO" => "250-relay.example greets you\r\n250 STARTTLS",
                "STARTTLS" if !protected => {
                    stream.write_all(b"220 Go ahead\r\n").await?;
                    return Ok((stream.into_inner(), Ended::ForTls));
                }
                "MAIL" if !protected => "530 5.7.0 Must issue a STARTTLS command first",
                "MAIL" => {
                    command.clone_into(&mut from);
                    to.clear();
                    "250 2.1.0 Ok"
                }
                "RCPT" => {
                    if let Some(refusal) = self.refusal() {
                        refusal
                    } else {
                        to.push(command.to_owned());
                        "250 2.1.5 Ok"
                    }
                }
                "DATA" => {
                    stream.write_all(b"354 End with a dot\r\n").await?;
                    let lines = read_data(&mut stream).await?;
                    let received = Received {
                        from: from.clone(),
                        to: to.clone(),
                        lines,
                    };
                    self.state.lock().expect("no panic").received.push(received);
                    "250 2.0.0 Queued"
                }
                "RSET" | "NOOP" => "250 Ok",
                "QUIT" if self.manner() == Manner::HangsAtTheEnd => {
                    return std::future::pending().await;
                }
                "QUIT" => {
                    stream.write_all(b"221 Bye\r\n").await?;
                    return Ok((stream.into_inner(), Ended::Well));
                }
                _ => "500 5.5.2 What?",
            };
            stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
        }
    }
}

async fn read_data<S: Stream>(stream: &mut BufReader<S>) -> std::io::Result<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let line = line
            .strip_suffix("\r\n")
            .unwrap_or_else(|| panic!("a line without CRLF: {line:?}"));
        if line == "." {
            return Ok(lines);
        }
        lines.push(line.strip_prefix('.').unwrap_or(line).to_owned());
    }
}
