//! Counts the round trips of a good run, over http and over TLS 1.3, beside `rclone lsd` and `aws s3 ls` over the same
//! proxy, and those of a pool of 256 buckets of each kind: `cargo bench --bench round-trips [-- MILLISECONDS]`.
//!
//! A proxy in front of a store in this process delays every byte by half a round trip, and the first bytes of each
//! connection by one more, as its handshake would. A figure is wall time ÷ round trip, the median of five runs.
//! Programs that are not installed are skipped by name.

use std::{
    convert::Infallible,
    env, fs,
    future::Future,
    io,
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use hyper::{header::EXPECT, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use score_setup::{
    answers::target::S3Store,
    score::{Scope, Version},
    store::{
        checks::{
            engine::{Board, CONCURRENT},
            run::check_store,
        },
        probe::Route,
        sandbox::{Memory, StoreService},
    },
    text::secret::Secret,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::sleep_until,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

const RUNS: usize = 5;
const KEYS: (&str, &str) = ("TRIPACCESSKEY0000001", "trip-secret");
/// The largest figures, over http and over TLS.
const GOALS: [f64; 2] = [10.0, 11.0];
/// The largest part of the time that a pool takes beyond what its concurrency allows.
const POOL_GOAL: f64 = 1.1;
/// The round trips of the longest chain of a pool: connect, sign-in, then the state of an upload.
const CHAIN: u32 = 9;

/// The requests and connections that a server has seen.
#[derive(Default)]
struct Seen {
    requests: AtomicUsize,
    connections: AtomicUsize,
}

fn spawn(work: impl Future<Output = io::Result<()>> + Send + 'static) {
    // a client may hang up at any time
    tokio::spawn(async move { drop(work.await) });
}

/// Serves the store, in TLS if there is an acceptor.
async fn serve(service: StoreService, acceptor: Option<TlsAcceptor>, seen: Arc<Seen>) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    spawn(async move {
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            seen.connections.fetch_add(1, Ordering::Relaxed);
            let (service, seen, acceptor) = (service.clone(), seen.clone(), acceptor.clone());
            spawn(async move {
                match acceptor {
                    None => answer(stream, service, seen).await,
                    Some(acceptor) => answer(acceptor.accept(stream).await?, service, seen).await,
                }
            });
        }
    });
    Ok(address)
}

async fn answer<S>(stream: S, service: StoreService, seen: Arc<Seen>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let answer = service_fn(move |request: http::Request<hyper::body::Incoming>| {
        let expects = usize::from(request.headers().contains_key(EXPECT));
        seen.requests.fetch_add(1 + expects, Ordering::Relaxed);
        let service = service.clone();
        async move { Ok::<_, Infallible>(service.answer(request).await) }
    });
    http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await.map_err(io::Error::other)
}

/// Starts a proxy that adds a round trip.
async fn delayed(server: SocketAddr, trip: Duration) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    spawn(async move {
        loop {
            let (client, _) = listener.accept().await?;
            client.set_nodelay(true)?;
            let opened = Instant::now() + trip;
            spawn(async move {
                let server = TcpStream::connect(server).await?;
                server.set_nodelay(true)?;
                let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
                spawn(pass(from_client, to_server, trip / 2, opened));
                pass(from_server, to_client, trip / 2, opened).await
            });
        }
    });
    Ok(address)
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin + Send + 'static,
    delay: Duration,
    opened: Instant,
) -> io::Result<()> {
    let (send, mut due) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    spawn(async move {
        while let Some((at, bytes)) = due.recv().await {
            sleep_until(at.into()).await;
            to.write_all(&bytes).await?;
        }
        to.shutdown().await
    });
    let mut buffer = vec![0; 1 << 18];
    loop {
        let length = from.read(&mut buffer).await?;
        let bytes = buffer.get(..length).unwrap_or_default().to_vec();
        if length == 0 || send.send((Instant::now().max(opened) + delay, bytes)).is_err() {
            return Ok(());
        }
    }
}

fn store(endpoint: &str, pool: u32) -> S3Store {
    S3Store {
        endpoint: endpoint.to_owned(),
        override_host: None,
        access_key: KEYS.0.into(),
        secret_key: Secret::new(KEYS.1),
        version: Version::V4,
        kms_key: None,
        object_bucket: "trip-object".into(),
        state_bucket: "trip-state".into(),
        pool,
        data_directory: "data".into(),
        upload_directory: "upload".into(),
        sentinel: "heliograph".into(),
        part_size: 64 << 20,
        upload_expiration_days: 6,
        download_expiration_days: 1,
        connection_timeout: Duration::from_secs(15),
        retry_limit: 5,
        unescapes_paths: false,
        region: None,
        usual_ports: Vec::new(),
    }
}

/// Returns the time of one run.
async fn run(store: S3Store, authority: Option<Vec<u8>>) -> io::Result<Duration> {
    let board = Arc::new(Mutex::new(Board::default()));
    let fold = board.clone();
    let news = move |news| {
        if let Ok(mut board) = fold.lock() {
            board.apply(news);
        }
    };
    let begun = Instant::now();
    let route = Route { ca: authority, ..Route::default() };
    check_store(store.into(), route, Scope::All, CancellationToken::new(), news).await;
    let took = begun.elapsed();
    let board = board.lock().map_err(|_| io::Error::other("the board was left half-written"))?;
    let left = board.end.as_ref().map_or(0, |end| end.leftovers.len());
    if board.failed() || left > 0 {
        return Err(io::Error::other(format!("the run failed: {:?}, {left} left over", board.findings())));
    }
    Ok(took)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Returns the time of another program, or the reason why there is none.
fn other(command: &mut Command) -> Result<Duration, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let found = env::split_paths(&env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join(&name).is_file());
    if !found {
        return Err("skipped: it is not installed".to_owned());
    }
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let begun = Instant::now();
        let done = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
        if !done.status.success() {
            return Err(format!(
                "failed: {}",
                String::from_utf8_lossy(&done.stderr).lines().last().unwrap_or_default()
            ));
        }
        times.push(begun.elapsed());
    }
    Ok(median(times))
}

fn rclone(endpoint: &str, authority: &Path) -> Command {
    let mut command = Command::new("rclone");
    command.args(["lsd", ":s3:", "--config", "/dev/null", "--ca-cert"]).arg(authority);
    command.envs([
        ("RCLONE_S3_PROVIDER", "Other"),
        ("RCLONE_S3_ENDPOINT", endpoint),
        ("RCLONE_S3_ACCESS_KEY_ID", KEYS.0),
        ("RCLONE_S3_SECRET_ACCESS_KEY", KEYS.1),
    ]);
    command
}

fn aws(endpoint: &str, authority: &Path) -> Command {
    let mut command = Command::new("aws");
    command.args(["s3", "ls", "--region", "us-east-1", "--endpoint-url", endpoint]);
    command.env("AWS_CA_BUNDLE", authority);
    command.envs([
        ("AWS_ACCESS_KEY_ID", KEYS.0),
        ("AWS_SECRET_ACCESS_KEY", KEYS.1),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
    command
}

/// Returns a TLS server's acceptor, and its certificate in PEM.
fn acceptor() -> Result<(TlsAcceptor, String), Box<dyn std::error::Error>> {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    let key = PrivateKeyDer::from_pem_slice(certified.signing_key.serialize_pem().as_bytes())?;
    let config = rustls::ServerConfig::builder_with_protocol_versions(&[&rustls::version::TLS13])
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)?;
    Ok((TlsAcceptor::from(Arc::new(config)), certified.cert.pem()))
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "what a bench is for")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    rustls::crypto::ring::default_provider().install_default().map_err(|_| "a provider is installed already")?;
    let given = env::args().skip(1).find_map(|word| word.parse().ok());
    let trip = Duration::from_millis(given.unwrap_or(100));
    let trips = |time: Duration| time.as_secs_f64() / trip.as_secs_f64();
    let memory = Memory::default();
    for pool in [0, 256] {
        let store = store("", pool);
        for bucket in store.object_buckets().iter().chain(&store.state_buckets()) {
            memory.create(bucket);
        }
        memory.put(&store.object_bucket, &store.sentinel_key(), "hello from the sentinel");
    }
    let service = StoreService::new(&memory, KEYS.0, &Secret::new(KEYS.1));
    let (acceptor, authority) = acceptor()?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("authority.pem");
    fs::write(&file, &authority)?;
    let mut missed = Vec::new();

    println!("round trip   {} ms", trip.as_millis());
    for (scheme, acceptor, goal) in [("http", None, GOALS[0]), ("https", Some(acceptor), GOALS[1])] {
        let seen = Arc::new(Seen::default());
        let proxy = delayed(serve(service.clone(), acceptor, seen.clone()).await?, trip).await?;
        let endpoint = format!("{scheme}://{proxy}");
        let mut times = Vec::new();
        for _ in 0..RUNS {
            times.push(run(store(&endpoint, 0), Some(authority.clone().into_bytes())).await?);
        }
        let figure = trips(median(times));
        let each = |count: &AtomicUsize| count.load(Ordering::Relaxed) / RUNS;
        println!(
            "{scheme:<12} score-setup check  {figure:>6.2} round trips, at most {goal}; {} requests with Expect as one, {} connections",
            each(&seen.requests),
            each(&seen.connections)
        );
        if figure > goal {
            missed.push(scheme);
        }
        for (name, mut command) in [("rclone lsd", rclone(&endpoint, &file)), ("aws s3 ls", aws(&endpoint, &file))] {
            let told = tokio::task::spawn_blocking(move || other(&mut command)).await?;
            let told = told.map_or_else(|why| why, |time| format!("{:>6.2} round trips, with its start", trips(time)));
            println!("{scheme:<12} {name:<18} {told}");
        }
    }

    let seen = Arc::new(Seen::default());
    let proxy = delayed(serve(service, None, seen.clone()).await?, trip).await?;
    let took = run(store(&format!("http://{proxy}"), 256), None).await?;
    let requests = u32::try_from(seen.requests.load(Ordering::Relaxed))?;
    let allowed = f64::from(requests) / f64::from(u32::try_from(CONCURRENT)?);
    let goal = POOL_GOAL * allowed + f64::from(CHAIN);
    println!(
        "pool         score-setup check  {:>6.2} round trips, at most {goal:.2}; {requests} ÷ {CONCURRENT} = {allowed:.2}",
        trips(took)
    );
    if trips(took) > goal {
        missed.push("pool");
    }
    // without optimisation it is this machine that is measured
    if missed.is_empty() || cfg!(debug_assertions) {
        Ok(())
    } else {
        Err(format!("missed: {}", missed.join(", ")).into())
    }
}
