//! A server that does nothing: the same answer to everything, with the number of the question.

use std::io::{BufRead as _, Read as _, Write as _};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::Outcome;

/// The first argument of the echo's process.
pub(super) const MARK: &str = "--echo";

/// Rows of a quote, twice, as in the answers of the others.
const QUOTE: &str = r#"{"data":{"missing":[],"quotes":[{"ask":"175.88","ask_size":"680","bid":"175.86","bid_size":"600","change":"-0.153","change_pct":"-0.0869","delayed":false,"high":"176.03","instrument":"AAPL.XNAS","last":"175.88","last_size":"120","low":"175.87","open":"176.03","prev_close":"176.033","symbol":"AAPL","time":"2022-01-03T15:00:00.057697359Z","volume":"58280"}]},"meta":{"account":"paper","as_of":"2022-01-03T15:00:00.057697359Z","broker":"paper","source":"broker"}}"#;

pub(super) fn serve(arguments: &[String]) -> Outcome {
    match arguments {
        [over] if over == "stdio" => stdio(),
        [over, port] if over == "http" => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(http(port.parse()?))
        }
        _ => Err("--echo stdio, or --echo http PORT".into()),
    }
}

/// The answer to a question; nothing to what is no question.
fn answer(question: &[u8]) -> Option<String> {
    let after = question
        .windows(5)
        .position(|window| window == b"\"id\":")?;
    let digits = question.get(after + 5..)?.iter();
    let id: String = digits
        .take_while(|byte| byte.is_ascii_digit())
        .map(|byte| char::from(*byte))
        .collect();
    let text = QUOTE.replace('"', "\\\"");
    Some(format!(
        r#"{{"jsonrpc":"2.0","id":{id},"result":{{"content":[{{"type":"text","text":"{text}"}}],"structuredContent":{QUOTE},"isError":false}}}}"#
    ))
}

fn stdio() -> Outcome {
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        if let Some(answer) = answer(&line) {
            writeln!(output, "{answer}")?;
            output.flush()?;
        }
        line.clear();
    }
    // Nothing more comes.
    input.read_to_end(&mut line)?;
    Ok(())
}

async fn http(port: u16) -> Outcome {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move {
            // A client that has gone is none.
            let _gone = converse(stream).await;
        });
    }
}

async fn converse(mut stream: TcpStream) -> Outcome {
    let mut read = Vec::with_capacity(4096);
    loop {
        let head = loop {
            if let Some(at) = read.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            if stream.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        };
        let text = String::from_utf8_lossy(read.get(..head).unwrap_or_default());
        let length = text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse::<usize>().ok())?
        });
        let end = head + length.unwrap_or(0);
        while read.len() < end {
            if stream.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        }
        let body = answer(read.get(head..end).unwrap_or_default());
        let answer = body.map_or_else(
            || "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n".to_owned(),
            |body| {
                let length = body.len();
                format!("HTTP/1.1 200 OK\r\nmcp-session-id: echo\r\ncontent-length: {length}\r\n\r\n{body}")
            },
        );
        stream.write_all(answer.as_bytes()).await?;
        read.drain(..end);
    }
}
