//! Records requests. A relay in front of a server sees the bytes, and checks run one after another, so that each
//! request belongs to one check.
//!
//! Values that differ from run to run have a name in braces. A time is written as its distance from now. A check may send
//! several requests at the same time. The relay holds each reply back, as a distant store would, so that they all arrive
//! before the first reply; they have no order, and are written in that of their text.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ring::digest;
use score_setup::store::checks::{CheckId, News};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::block_in_place,
};
use uuid::Uuid;

use crate::{azure_store::ACCOUNT, store::ACCESS_KEY};

/// The sender of requests that remove scratch after the last check.
const CLEAN_UP: &str = "clean-up";
/// The time that the relay holds a reply back.
const DISTANCE: Duration = Duration::from_millis(15);
/// Bytes of the longest body that is shown; a longer one is shown by its hash.
const SHOWN: usize = 4096;
/// The first bytes of a request; no body here begins with one of them.
const METHODS: [&[u8]; 5] = [b"GET /", b"HEAD /", b"PUT /", b"POST /", b"DELETE /"];

/// The requests so far, and the checks that are still open.
#[derive(Default)]
struct Seen {
    /// The checks that are not done, in the order of the plan. The first is the one that runs.
    open: Vec<CheckId>,
    /// Each request, in order.
    requests: Vec<Recorded>,
    /// The number of requests that wait for their reply.
    waiting: usize,
    /// The number of times that none waited.
    rests: usize,
    /// The addresses of relays, and the names that replace them.
    places: Vec<(String, &'static str)>,
}

struct Recorded {
    /// The check that sent it.
    check: CheckId,
    /// The rests before it. Requests with the same number were under way at the same time.
    rests: usize,
    bytes: Vec<u8>,
}

impl Seen {
    fn answered(&mut self) {
        self.waiting -= 1;
        self.rests += usize::from(self.waiting == 0);
    }
}

/// Records what passes its relays.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<(Mutex<Seen>, Condvar)>);

impl Recorder {
    fn seen<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.0.0.lock().unwrap())
    }

    /// Starts a relay to a server, and returns its address.
    pub(crate) async fn relay(&self, server: SocketAddr, name: &'static str) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        self.seen(|seen| seen.places.push((address.clone(), name)));
        let recorder = self.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(recorder.clone().pass_on(client, server));
            }
        });
        address
    }

    async fn pass_on(self, client: TcpStream, server: SocketAddr) {
        let ((mut client, mut back), (mut reply, mut server)) =
            (client.into_split(), TcpStream::connect(server).await.unwrap().into_split());
        // true while a request of this connection waits for the first byte of its reply, or of `100 Continue`
        let waiting = Arc::new(AtomicBool::new(false));
        let (recorder, waits) = (self.clone(), waiting.clone());
        tokio::spawn(async move {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(length @ 1..) = reply.read(&mut buffer).await {
                tokio::time::sleep(DISTANCE).await;
                if waits.swap(false, Ordering::SeqCst) {
                    recorder.seen(Seen::answered);
                }
                if back.write_all(&buffer[..length]).await.is_err() {
                    break;
                }
            }
            drop(back.shutdown().await);
        });
        let (mut buffer, mut at) = (vec![0; 1 << 16], 0);
        while let Ok(length @ 1..) = client.read(&mut buffer).await {
            let bytes = &buffer[..length];
            self.seen(|seen| {
                if METHODS.iter().any(|method| bytes.starts_with(method)) {
                    at = seen.requests.len();
                    let check = seen.open.first().cloned().unwrap_or(CLEAN_UP.into());
                    seen.requests.push(Recorded { check, rests: seen.rests, bytes: Vec::new() });
                    seen.waiting += 1;
                    waiting.store(true, Ordering::SeqCst);
                }
                seen.requests[at].bytes.extend(bytes);
            });
            if server.write_all(bytes).await.is_err() {
                break;
            }
        }
        if waiting.swap(false, Ordering::SeqCst) {
            self.seen(Seen::answered);
        }
    }

    /// Holds back each check until all above it are done. It needs none of those below it.
    pub(crate) fn hear(&self, news: News) {
        match news {
            News::Planned(rows) => self.seen(|seen| seen.open = rows.into_iter().map(|row| row.id).collect()),
            News::Started(id) => block_in_place(|| {
                let (seen, done) = &*self.0;
                drop(done.wait_while(seen.lock().unwrap(), |seen| seen.open.first() != Some(&id)));
            }),
            News::Done { id, .. } => {
                self.seen(|seen| seen.open.retain(|open| *open != id));
                self.0.1.notify_all();
            }
            News::Slow(..) | News::Request { .. } | News::Finished { .. } => {}
        }
    }

    /// Writes each check that sent something, and its requests.
    pub(crate) fn written(&self, shown: impl Fn(&str) -> String) -> String {
        self.seen(|seen| {
            let groups = seen.requests.chunk_by(|one, next| one.check == next.check);
            groups.fold(String::new(), |text, group| {
                let requests = group.iter();
                let mut requests: Vec<_> =
                    requests.map(|request| (request.rests, shown(&steady(&request.bytes, &seen.places)))).collect();
                requests.sort();
                text + &group[0].check + "\n" + &requests.into_iter().map(|(_, text)| text).collect::<String>()
            })
        })
    }
}

/// Returns the first line, the headers by name, and the body.
pub(crate) fn in_full(request: &str) -> String {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let (line, headers) = head.split_once("\r\n").unwrap();
    let mut headers: Vec<_> = headers.lines().collect();
    headers.sort_unstable();
    let announced = headers.iter().any(|header| header.starts_with("expect:"));
    let body = match body {
        "" if announced => "    (announced only)\n".into(),
        "" => String::new(),
        body => format!("    {body:?}\n"),
    };
    format!("  {}\n    {}\n{body}", line.trim_end_matches(" HTTP/1.1"), headers.join(" | "))
}

/// Returns the first line, and the key that signed by header.
pub(crate) fn in_short(request: &str) -> String {
    let key = request.lines().find_map(|line| line.strip_prefix("authorization: ")?.split(['/', ':']).next());
    format!(
        "  {} [{}]\n",
        request.lines().next().unwrap().trim_end_matches(" HTTP/1.1"),
        key.unwrap_or("no authorization")
    )
}

/// Replaces addresses, ids, signatures and times.
fn steady(request: &[u8], places: &[(String, &str)]) -> String {
    let end = request.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
    let (head, body) = request.split_at(end);
    let mut text = String::from_utf8_lossy(head).into_owned();
    if body.len() > SHOWN {
        let hash = digest::digest(&digest::SHA256, body);
        text += &hash.as_ref().iter().take(8).fold("sha256 ".to_owned(), |hash, byte| format!("{hash}{byte:02x}"));
    } else {
        text += &String::from_utf8_lossy(body);
    }
    for (address, name) in places {
        text = text.replace(address, name);
    }
    let uuid = |text: &str| {
        let ids = (0..text.len().saturating_sub(35)).filter_map(|at| text.get(at..at + 36));
        ids.filter(|id| id.as_bytes()[8] == b'-').find_map(|id| Uuid::parse_str(id).ok())
    };
    while let Some(id) = uuid(&text) {
        text = text.replace(&id.to_string(), "{uuid}").replace(&id.simple().to_string(), "{uuid}");
    }
    for (mark, ends, name) in [
        ("ignature=", "& ,\r", "{signature}"),
        ("sig=", "& ", "{signature}"),
        (&format!("AWS {ACCESS_KEY}:"), "\r", "{signature}"),
        (&format!("SharedKey {ACCOUNT}:"), "\r", "{signature}"),
        ("X-Amz-Date=", "&", "{now}"),
        ("ate: ", "\r", "{now}"),
        (&format!("{ACCESS_KEY}/"), "/", "{today}"),
        (&format!("{ACCESS_KEY}%2F"), "%", "{today}"),
        ("NOBODY", "/:", "{random}"),
        ("NOBODY{random}/", "/", "{today}"),
        ("uploadId=", "& ", "{upload}"),
    ] {
        text = after(&text, mark, ends, |_| name.into());
    }
    for mark in ["&st=", "&se=", "&Expires="] {
        text = after(&text, mark, "& ", from_now);
    }
    text.replace(&"t".repeat(340), "{340 letters}")
}

/// Replaces each value between a mark and the next of the characters that end it.
fn after(text: &str, mark: &str, ends: &str, new: impl Fn(&str) -> String) -> String {
    let mut parts = text.split(mark);
    let start = parts.next().unwrap().to_owned();
    parts.fold(start, |text, part| {
        let (value, rest) = part.split_at(part.find(|letter| ends.contains(letter)).unwrap_or(part.len()));
        text + mark + &new(value) + rest
    })
}

/// Returns how far a time is from now, in minutes. A run takes less than one.
fn from_now(value: &str) -> String {
    let time = value.parse().map_or_else(
        |_| OffsetDateTime::parse(&value.replace("%3A", ":"), &Rfc3339).unwrap(),
        |seconds| OffsetDateTime::from_unix_timestamp(seconds).unwrap(),
    );
    let minutes = (time - OffsetDateTime::now_utc()).as_seconds_f64() / 60.0;
    format!("{{{:+} min}}", minutes.ceil())
}
