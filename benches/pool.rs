//! How near a run over a pool of 256 buckets of each kind comes to what its concurrency allows, on a store in this process
//! that takes 20 ms for every answer: `cargo bench --bench pool`.

use std::{
    convert::Infallible,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
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
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const BUCKETS: u32 = 256;
const DELAY: Duration = Duration::from_millis(20);
/// Measured ÷ ideal.
const AT_MOST: f64 = 1.5;
const KEYS: (&str, &str) = ("POOLACCESSKEY0000001", "pool-secret");

fn store(endpoint: String) -> S3Store {
    S3Store {
        endpoint,
        override_host: None,
        access_key: KEYS.0.into(),
        secret_key: Secret::new(KEYS.1),
        version: Version::V4,
        kms_key: None,
        object_bucket: "pool-object".into(),
        state_bucket: "pool-state".into(),
        pool: BUCKETS,
        data_directory: "data".into(),
        upload_directory: "upload".into(),
        sentinel: "heliograph".into(),
        part_size: 64 << 20,
        upload_expiration_days: 6,
        connection_timeout: std::time::Duration::from_secs(15),
        download_expiration_days: 1,
        retry_limit: 5,
        unescapes_paths: false,
        region: None,
        usual_ports: Vec::new(),
    }
}

async fn serve(listener: TcpListener, service: StoreService, requests: Arc<AtomicUsize>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (service, requests) = (service.clone(), requests.clone());
        // else an answer may wait for the acknowledgement of the one before it
        drop(stream.set_nodelay(true));
        let answer = service_fn(move |request: http::Request<hyper::body::Incoming>| {
            requests.fetch_add(1, Ordering::Relaxed);
            let service = service.clone();
            async move {
                tokio::time::sleep(DELAY).await;
                Ok::<_, Infallible>(service.answer(request).await)
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "what a bench is for")]
async fn main() -> io::Result<()> {
    let memory = Memory::default();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let store = store(format!("http://{}", listener.local_addr()?));
    for bucket in store.object_buckets().iter().chain(&store.state_buckets()).chain([&store.object_bucket]) {
        memory.create(bucket);
    }
    memory.put(&store.object_bucket, &store.sentinel_key(), "hello from the sentinel");
    let requests = Arc::new(AtomicUsize::new(0));
    tokio::spawn(serve(listener, StoreService::new(&memory, KEYS.0, &Secret::new(KEYS.1)), requests.clone()));

    let board = Arc::new(Mutex::new(Board::default()));
    let fold = board.clone();
    let news = move |news| {
        if let Ok(mut board) = fold.lock() {
            board.apply(news);
        }
    };
    check_store(store.into(), Route::default(), Scope::All, CancellationToken::new(), news).await;

    let board = board.lock().map_err(|_| io::Error::other("the board was left half-written"))?;
    let elapsed = board.end.as_ref().map_or(Duration::ZERO, |end| end.elapsed);
    let requests = requests.load(Ordering::Relaxed);
    let rounds = u32::try_from(requests.div_ceil(CONCURRENT)).map_err(io::Error::other)?;
    let ideal = DELAY * rounds;
    let ratio = elapsed.as_secs_f64() / ideal.as_secs_f64();
    println!("requests     {requests}");
    println!("concurrency  {CONCURRENT}");
    println!("ideal        {} ms", ideal.as_millis());
    println!("measured     {} ms", elapsed.as_millis());
    println!("ratio        {ratio:.2}, at most {AT_MOST}");
    println!(
        "verdict      {:?}, {} failed",
        board.verdict(),
        board.outcomes().filter(|(_, outcome)| matches!(outcome, score_setup::store::checks::Outcome::Fail(_))).count()
    );
    // without optimisation it is this machine that is measured
    if board.failed() || ratio > AT_MOST && !cfg!(debug_assertions) {
        return Err(io::Error::other("the pool is not as it should be"));
    }
    Ok(())
}
