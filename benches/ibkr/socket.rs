//! Connections that write what they were given and only count what comes back.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use super::{
    Outcome,
    child::say,
    world::{ACCOUNT, LAST, symbols},
};

/// Numbers of messages in protobuf form: what the protocol notes say, and 200.
const MARKET_DATA: u32 = 201;
const PLACE_ORDER: u32 = 203;
const TIME: u32 = 249;
const START: u32 = 271;
const TICK_PRICE: u32 = 201;
const ORDER_STATUS: u32 = 203;

/// The fields of a message.
#[derive(Default)]
struct Fields(Vec<u8>);

impl Fields {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.0.push(value.to_le_bytes()[0]);
    }

    fn number(mut self, tag: u64, value: u64) -> Self {
        self.varint(tag << 3);
        self.varint(value);
        self
    }

    fn bytes(mut self, tag: u64, value: &[u8]) -> Self {
        self.varint(tag << 3 | 2);
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    fn double(mut self, tag: u64, value: f64) -> Self {
        self.varint(tag << 3 | 1);
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    /// The frame of a message with these fields.
    fn frame(&self, number: u32) -> Outcome<Vec<u8>> {
        let mut frame = u32::try_from(self.0.len() + 4)?.to_be_bytes().to_vec();
        frame.extend_from_slice(&number.to_be_bytes());
        frame.extend_from_slice(&self.0);
        Ok(frame)
    }
}

fn stock(symbol: &str) -> Fields {
    let contract = Fields::default().bytes(2, symbol.as_bytes());
    contract
        .bytes(3, b"STK")
        .bytes(8, b"SMART")
        .bytes(10, b"USD")
}

/// A connection that has started the API.
struct Connection {
    reading: Reading,
    writer: OwnedWriteHalf,
}

/// The half that comes in.
struct Reading {
    reader: OwnedReadHalf,
    received: Vec<u8>,
}

impl Connection {
    async fn open(server: &str, client_id: u64) -> Outcome<Self> {
        let mut stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        stream.write_all(b"API\0\0\0\0\x09v213..226").await?;
        let start = Fields::default().number(1, client_id).frame(START)?;
        stream.write_all(&start).await?;
        let (reader, writer) = stream.into_split();
        let received = Vec::with_capacity(256 * 1024);
        Ok(Self {
            reading: Reading { reader, received },
            writer,
        })
    }

    /// Waits until everything written before has been handled.
    async fn settle(&mut self) -> Outcome {
        let ask = Fields::default().frame(TIME)?;
        self.writer.write_all(&ask).await?;
        self.reading.read(|number, _| number == TIME).await
    }
}

impl Reading {
    /// Reads until `ends` says so of a frame, which has its number in front.
    async fn read(&mut self, mut ends: impl FnMut(u32, &[u8]) -> bool) -> Outcome {
        loop {
            let mut rest = self.received.as_slice();
            let mut ended = false;
            while let Some((length, after)) = rest.split_first_chunk::<4>()
                && let Some((body, after)) =
                    after.split_at_checked(u32::from_be_bytes(*length) as usize)
            {
                rest = after;
                if let Some((number, payload)) = body.split_first_chunk::<4>() {
                    ended = ends(u32::from_be_bytes(*number), payload);
                }
                if ended {
                    break;
                }
            }
            let used = self.received.len() - rest.len();
            self.received.drain(..used);
            if ended {
                return Ok(());
            }
            if self.reader.read_buf(&mut self.received).await? == 0 {
                return Err("the server hung up".into());
            }
        }
    }
}

/// Counts ticks up to the last one of a flood.
async fn count(mut connection: Connection) -> Outcome<u64> {
    let mut last = Vec::new();
    // Its size and its attributes stand at the end.
    let size = Fields::default().bytes(4, LAST.to_string().as_bytes());
    last.extend_from_slice(&size.number(5, 1).0);
    let mut ticks = 0;
    connection
        .reading
        .read(|number, payload| {
            ticks += u64::from(number == TICK_PRICE);
            payload.ends_with(&last)
        })
        .await?;
    Ok(ticks)
}

/// So many clients with a line each.
pub(super) async fn ticks(server: &str, more: &[String]) -> Outcome {
    let [clients] = more else {
        return Err("how many clients?".into());
    };
    let mut open = Vec::new();
    for (client, symbol) in (0..).zip(symbols(clients.parse()?)) {
        let mut connection = Connection::open(server, client).await?;
        let request = Fields::default().number(1, 1);
        let request = request.bytes(2, &stock(&symbol).0).frame(MARKET_DATA)?;
        connection.writer.write_all(&request).await?;
        connection.settle().await?;
        open.push(connection);
    }
    say("ready", &[])?;
    let counting: Vec<_> = open
        .into_iter()
        .map(|connection| tokio::spawn(count(connection)))
        .collect();
    let mut total = 0;
    for counted in counting {
        total += counted.await??;
    }
    say("done", &[total])
}

/// Places so many orders that rest, and counts their statuses.
pub(super) async fn orders(server: &str, more: &[String]) -> Outcome {
    let [count] = more else {
        return Err("how many orders?".into());
    };
    let mut connection = Connection::open(server, 7).await?;
    connection.settle().await?;
    let mut bytes = Vec::new();
    for number in 1..=count.parse()? {
        let order = Fields::default().bytes(5, b"BUY").bytes(6, b"1");
        let order = order.bytes(8, b"LMT").double(9, 90.0).bytes(11, b"DAY");
        let order = order.bytes(12, ACCOUNT.as_bytes()).number(66, 1);
        let request = Fields::default().number(1, number);
        let request = request.bytes(2, &stock("SAA").0).bytes(3, &order.0);
        bytes.extend_from_slice(&request.frame(PLACE_ORDER)?);
    }
    bytes.extend_from_slice(&Fields::default().frame(TIME)?);
    say("ready", &[])?;
    let Connection {
        mut reading,
        mut writer,
    } = connection;
    // Beside reading: neither side's buffers hold all of it.
    let writing = tokio::spawn(async move { writer.write_all(&bytes).await.map(|()| writer) });
    let mut statuses = 0;
    reading
        .read(|number, _| {
            statuses += u64::from(number == ORDER_STATUS);
            number == TIME
        })
        .await?;
    writing.await??;
    say("done", &[statuses])
}
