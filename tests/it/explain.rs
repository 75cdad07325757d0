//! Tests `score-setup explain` with realistic lines and URLs.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use score_setup::shell::explain::explain;
use time::{OffsetDateTime, macros::datetime};

use crate::batch::Ran;

const NOW: OffsetDateTime = datetime!(2026-11-24 18:10:00 UTC);

fn run(arguments: &[&str], piped: &str) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_score-setup"));
    command.arg("explain").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(piped.as_bytes()).unwrap();
    Ran::from(child.wait_with_output().unwrap())
}

/// Log lines, each with its speaker and the finding that fits best.
const SEEN: &[(&str, &str, &str)] = &[
    (
        "Caused by: java.lang.IllegalArgumentException: Could not resolve placeholder 's3.endpoint' in value \"${s3.endpoint}\"",
        "Java",
        "T-43",
    ),
    (
        "Caused by: java.lang.IllegalArgumentException: Could not resolve placeholder 'bucket.policy.download' in value \"${bucket.policy.download}\"",
        "Java",
        "T-43",
    ),
    (
        "Caused by: java.lang.IllegalArgumentException: Could not resolve placeholder 'collaboratory.data.directory' in value \"${collaboratory.data.directory}\"",
        "Java",
        "T-48",
    ),
    (
        "Caused by: java.lang.IllegalArgumentException: Could not resolve placeholder 'nope' in value \"a${nope}b\"",
        "Java",
        "T-43",
    ),
    ("Caused by: java.util.NoSuchElementException: No value present", "Java", "P14"),
    (
        "The bean 'stateStore', defined in class path resource [bio/overture/score/server/config/AzureServerConfig.class], could not be registered. A bean with that name has already been defined",
        "Java",
        "T-3",
    ),
    (
        "Field jwtDecoder in bio.overture.score.server.config.SecurityConfig required a bean of type 'org.springframework.security.oauth2.jwt.JwtDecoder' that could not be found.",
        "Java",
        "T-43",
    ),
    (
        "Field uploadService in bio.overture.score.server.repository.UploadCleanupService required a bean of type 'bio.overture.score.server.repository.UploadService' that could not be found.",
        "Java",
        "P14",
    ),
    ("Token (spring.cloud.vault.token) must not be empty", "Java", "T-44"),
    (
        "Cannot create authentication mechanism for TOKEN. This method requires either a Token (spring.cloud.vault.token) or a token file at ~/.vault-token.",
        "Java",
        "T-44",
    ),
    ("java.lang.IllegalStateException: Malformed \\uxxxx encoding.", "Java", "P07"),
    ("Caused by: java.io.FileNotFoundException: bin/../cert/service.jks (No such file or directory)", "Java", "T-42"),
    (
        "Caused by: java.net.URISyntaxException: Illegal character in scheme name at index 0: \"http://127.0.0.1:9000\"",
        "Java",
        "T-14",
    ),
    ("Caused by: java.net.URISyntaxException: Expected authority at index 7: http://", "Java", "T-14"),
    ("java.lang.IllegalArgumentException: hostname cannot be null", "Java", "P21"),
    (
        "Encountered invalid @Scheduled method 'clean': Cron expression must consist of 6 fields (found 1 in \"bad\")",
        "Java",
        "P15",
    ),
    (
        "Reason: failed to convert java.lang.String to boolean (caused by java.lang.IllegalArgumentException: Invalid boolean value '\"true\"')",
        "Java",
        "T-15",
    ),
    ("Caused by: java.lang.NumberFormatException: For input string: \"2147483648\"", "Java", "T-26"),
    ("java.lang.NumberFormatException: For input string: \"1.073741824e+09\"", "Java", "P13"),
    (
        "Caused by: java.lang.IllegalArgumentException: Please provide a non-negative value for maxErrorRetry.",
        "Java",
        "T-10",
    ),
    ("Caused by: java.lang.IllegalArgumentException: Invalid connection string.", "Java", "T-20"),
    ("Container 'score' not found for Azure Blob Storage account 'acct'", "Score", "P65"),
    ("Caused by: java.lang.NullPointerException: provider is marked non-null but is null", "Java", "T-43"),
    (
        "org.springframework.security.authentication.AuthenticationCredentialsNotFoundException: An Authentication object was not found in the SecurityContext",
        "Score",
        "P75",
    ),
    ("ERROR: Token missing required scope to download controlled-access file", "Score", ""),
    (
        "2026-11-24 15:30:03.886  WARN 31337 --- [pool-1-thread-2] c.e.ServiceRetryableResponseErrorHandler : Unauthorized. Stop processing: ",
        "score-client",
        "",
    ),
    (
        "javax.net.ssl.SSLHandshakeException: PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target",
        "network",
        "P29",
    ),
    (
        "javax.net.ssl.SSLPeerUnverifiedException: Certificate for <minio> doesn't match any of the subject alternative names: [localhost]",
        "network",
        "P30",
    ),
    ("javax.net.ssl.SSLException: Unsupported or unrecognized SSL message", "network", "P18"),
    ("Client sent an HTTP request to an HTTPS server.", "the store", "P17"),
    ("Caused by: java.net.UnknownHostException: wizardacct.blob.core.windows.net", "network", "P60"),
    (
        "com.amazonaws.SdkClientException: Unable to execute HTTP request: minio: java.net.UnknownHostException",
        "network",
        "P20",
    ),
    ("Caused by: java.net.ConnectException: Connection refused (Connection refused)", "network", "P22"),
    (
        "org.apache.http.conn.ConnectTimeoutException: Connect to 10.0.0.7:9000 failed: connect timed out",
        "network",
        "P22",
    ),
    (
        "java.io.IOException: Access refused by repository. Ensure client is running as part of repository cloud.",
        "score-client",
        "P51",
    ),
    (
        "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>data/heliograph</Key></Error>",
        "the store",
        "P50",
    ),
    (
        "AmazonS3Exception: The specified bucket does not exist (Service: Amazon S3; Status Code: 404; Error Code: NoSuchBucket; Request ID: 18EB; S3 Extended Request ID: null)",
        "the store",
        "P43",
    ),
    ("(Service: Amazon S3; Status Code: 403; Error Code: InvalidAccessKeyId; Request ID: 18EB)", "the store", "P35"),
    (
        "The request signature we calculated does not match the signature you provided. (Service: Amazon S3; Status Code: 403; Error Code: SignatureDoesNotMatch; Request ID: 18EB)",
        "the store",
        "P34",
    ),
    ("(Service: Amazon S3; Status Code: 403; Error Code: RequestTimeTooSkewed; Request ID: 18EB)", "the store", "P36"),
    (
        "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-central-1' (Service: Amazon S3; Status Code: 400; Error Code: AuthorizationHeaderMalformed)",
        "the store",
        "P37",
    ),
    (
        "<Error><Code>InvalidRequest</Code><Message>The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.</Message></Error>",
        "the store",
        "P38",
    ),
    (
        "null (Service: Amazon S3; Status Code: 400; Error Code: XAmzContentSHA256Mismatch; Request ID: tx0000; S3 Extended Request ID: 1018)",
        "the store",
        "P71",
    ),
    (
        "Transfering payloads in multiple chunks using aws-chunked is not supported. (Service: Amazon S3; Status Code: 501; Error Code: NotImplemented)",
        "the store",
        "P72",
    ),
    (
        "S3 API Requests must be made to API port. (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied)",
        "the store",
        "P19",
    ),
    (
        "Server side encryption specified but KMS is not configured (Service: Amazon S3; Status Code: 501; Error Code: NotImplemented)",
        "the store",
        "P39",
    ),
    (
        "Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; Request ID: 18EB)",
        "the store",
        "P49",
    ),
    (
        "com.microsoft.azure.storage.StorageException: Server failed to authenticate the request. Make sure the value of the Authorization header is formed correctly including the signature.",
        "the store",
        "P59",
    ),
    (
        "<AuthenticationErrorDetail>Signature not valid in the specified time frame: Start [Tue, 24 Nov 2026 18:00:00 GMT] - Expiry [Tue, 24 Nov 2026 18:00:01 GMT]</AuthenticationErrorDetail>",
        "the store",
        "P58",
    ),
    (
        "Unable to verify integrity of data upload. Client calculated content hash (contentMD5: a in base 64) didn't match hash (etag: b in hex)",
        "Score",
        "P52",
    ),
    (
        "2026-11-24 ERROR --- b.o.s.c.s.s.ScoreStorageService : Checksum failed for part #2, MD5=0cc1, ETAG=99aa : x",
        "score-client",
        "P52",
    ),
    ("ERROR 30867 --- [io-18080-exec-6] b.o.s.s.r.s3.S3UploadStateStore          : Storage failed", "Score", "P71"),
    ("WARN 1 --- b.o.s.s.r.UploadCleanupService : Failed to list uploads on partition : ", "Score", "P45"),
    (
        "WARN 3332 --- [io-18080-exec-9] b.o.s.s.r.s3.S3UploadStateStore          : Upload Id not found for object ID: fdf0954b",
        "Score",
        "",
    ),
    ("Unexpected response code 401 UNAUTHORIZED while getting ID 1a994698", "Score", "P93"),
    ("ERROR: Could not verify connection to Repository. Storage client error", "score-client", "P50"),
    (
        "WARN --- ConnectivityResponseHandler : FORBIDDEN response code received. If you are trying to connect to the AWS S3 Repository, you need to be running ths ICGC client on an EC2 VM instance.",
        "score-client",
        "P34",
    ),
    (
        "2026-11-24 15:30:03.886  WARN 31337 --- [pool-1-thread-2] c.e.ServiceRetryableResponseErrorHandler : Retryable exception: ",
        "score-client",
        "P71",
    ),
    ("WARN --- c.e.ServiceRetryableResponseErrorHandler : Server error. Stop processing: ", "score-client", "P75"),
    ("received exception when getting profiles: Storage client error: ", "score-client", "P113"),
    // pages of Score
    (
        "org.springframework.web.client.ResourceAccessException: I/O error on GET request for \"http://localhost:5431/download/ping\": Connection refused (Connection refused)",
        "score-client",
        "P114",
    ),
    (
        "I/O error on GET request for \"https://score.example.org/download/ping\": score.example.org: Name or service not known; nested exception is java.net.UnknownHostException",
        "score-client",
        "P100",
    ),
    (
        "ERROR: Storage client error: {\"timestamp\":\"2026-11-24T15:30:03\",\"status\":500,\"error\":\"Internal Server Error\",\"path\":\"/upload/5e0c1f3a-1111-5222-8333-444455556666/uploads\"}",
        "Score",
        "P75",
    ),
    (
        "10.42.0.7 - - [24/Nov/2026:15:30:03 +0000] \"POST /upload/5e0c1f3a-1111-5222-8333-444455556666/uploads?fileSize=45000000&overwrite=false HTTP/1.1\" 500 124 \"-\" \"Java/11\"",
        "Score",
        "P75",
    ),
    (
        "{\"timestamp\":\"2026-11-24T15:30:03.000+00:00\",\"status\":403,\"error\":\"Forbidden\",\"path\":\"/upload/x/uploads\"}",
        "Score",
        "",
    ),
    (
        "Storage server error: {\"timestamp\":1732462203000,\"status\":503,\"error\":\"Service Unavailable\",\"message\":\"com.amazonaws.services.s3.model.AmazonS3Exception: null (Service: Amazon S3; Status Code: 404; Error Code: NoSuchKey; Request ID: tx0)\",\"path\":\"/upload/00000000-1111-5222-8333-444455556666\"}",
        "Score",
        "P90",
    ),
    (
        "com.amazonaws.services.s3.model.AmazonS3Exception: The specified upload does not exist. (Service: Amazon S3; Status Code: 404; Error Code: NoSuchUpload; Request ID: 18EB)",
        "the store",
        "",
    ),
    ("{\"error\":\"invalid_token\",\"error_description\":\"Invalid access token: 1234\"}", "Score", ""),
    // score-client
    (
        "org.springframework.web.client.ResourceAccessException: I/O error on PUT request for \"https://store.example.org/score-object/data/5e0c\": Error writing request body to server; nested exception is java.io.IOException",
        "score-client",
        "P54",
    ),
    (
        "ERROR 31337 --- [pool-1-thread-2] b.o.s.c.u.ObjectTransport : Failed to send part for part #19 : I/O error",
        "score-client",
        "P54",
    ),
    ("Data transfer has been interrupted. Some parts are missing. Waiting to retry...", "score-client", "P54"),
    ("java.lang.NullPointerException: stateDir is marked @NonNull but is null", "score-client", ""),
    ("Object id 5e0c already exists remotely and --force was not specified. Aborting...", "score-client", ""),
    ("Connection to object storage refused, received response code FORBIDDEN.", "score-client", "P49"),
    (
        "WARN 99 --- b.o.s.c.d.Downloads : Failed to receive part for part number: 3. Retrying. I/O error",
        "score-client",
        "P82",
    ),
    // Spring and Java
    ("Web server failed to start. Port 5431 was already in use.", "Java", "P115"),
    ("Caused by: java.net.BindException: Address already in use", "Java", "P115"),
    ("Failed to bind properties under 's3.sig-v4-enabled' to boolean:", "Java", "T-15"),
    (
        "com.amazonaws.SdkClientException: Unable to load credentials into profile [default]: AWS Access Key ID is not specified.",
        "Java",
        "T-11",
    ),
    ("java.io.IOException: No space left on device", "Java", "P42"),
    // AWS SDK and stores
    (
        "com.amazonaws.SdkClientException: Unable to execute HTTP request: minio.example.org:443 failed to respond",
        "network",
        "P85",
    ),
    ("com.amazonaws.SdkClientException: Unable to execute HTTP request: Read timed out", "network", "P83"),
    ("com.amazonaws.SdkClientException: Unable to execute HTTP request: Connection reset", "network", "P85"),
    ("com.amazonaws.SdkClientException: Unable to execute HTTP request: Broken pipe (Write failed)", "network", "P85"),
    (
        "Please reduce your request rate. (Service: Amazon S3; Status Code: 503; Error Code: SlowDown; Request ID: 18EB)",
        "the store",
        "P78",
    ),
    (
        "Bucket quota exceeded (Service: Amazon S3; Status Code: 400; Error Code: XMinioAdminBucketQuotaExceeded; Request ID: 18EB)",
        "the store",
        "P42",
    ),
    (
        "Your account is disabled; please contact your administrator. (Service: Amazon S3; Status Code: 403; Error Code: InvalidAccessKeyId)",
        "the store",
        "P42",
    ),
    (
        "The secret key required to complete authentication could not be found. The region must be specified if this is not the home region for the tenancy. (Service: Amazon S3; Status Code: 403; Error Code: SignatureDoesNotMatch)",
        "the store",
        "P37",
    ),
    (
        "The bucket you are attempting to access must be addressed using OSS third level domain. (Service: Amazon S3; Status Code: 403; Error Code: SecondLevelDomainForbidden)",
        "the store",
        "P37",
    ),
    (
        "<Error><Code>SecondLevelDomainForbidden</Code><Message>Please use virtual hosted style.</Message></Error>",
        "the store",
        "P111",
    ),
    ("Odd (Service: Amazon S3; Status Code: 418; Error Code: TeapotRefused; Request ID: 18EB)", "the store", "P88"),
    // Azure
    (
        "com.microsoft.azure.storage.StorageException: The account being accessed does not support http.",
        "the store",
        "P64",
    ),
    (
        "com.microsoft.azure.storage.StorageException: This request is not authorized to perform this operation using this permission.",
        "the store",
        "P57",
    ),
    (
        "com.microsoft.azure.storage.StorageException: This request is not authorized to perform this operation.",
        "the store",
        "P63",
    ),
    ("com.microsoft.azure.storage.StorageException: The specified container does not exist.", "the store", "P65"),
    ("java.lang.IllegalArgumentException: Input byte array has wrong 4-byte ending unit", "Java", "P59"),
    // proxies
    (
        "<html><head><title>504 Gateway Time-out</title></head><body><center><h1>504 Gateway Time-out</h1></center><hr><center>nginx</center></body></html>",
        "proxy",
        "P114",
    ),
    ("<html><head><title>502 Bad Gateway</title></head></html>", "proxy", "P114"),
    ("no healthy upstream", "proxy", "P114"),
    (
        "2026/11/24 15:30:03 [error] 31#31: *17 client intended to send too large body: 20971520 bytes, client: 10.0.0.1, server: store.example.org",
        "proxy",
        "P54",
    ),
    (
        "2026/11/24 15:30:03 [error] 31#31: *17 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.1",
        "proxy",
        "P114",
    ),
    (
        "2026/11/24 15:30:03 [error] 31#31: *17 upstream prematurely closed connection while reading response header from upstream",
        "proxy",
        "P85",
    ),
    ("<title>Just a moment...</title>", "proxy", "P112"),
    ("The requested URL was rejected. Please consult with your administrator. Your support ID is: 17", "proxy", "P112"),
];

#[test]
fn lines_of_logs_are_told_by_who_speaks_and_what_fits() {
    for (line, speaker, finding) in SEEN {
        let told = explain(line, NOW).unwrap_or_else(|why| panic!("{line}: {why}"));
        assert!(told.starts_with("It is said by ") && told.lines().next().unwrap().contains(speaker), "{line}\n{told}");
        let first = told.lines().find_map(|line| line.strip_prefix("  - ")?.split(' ').next());
        assert_eq!(first.unwrap_or_default(), *finding, "{line}\n{told}");
    }
}

#[test]
fn a_whole_log_is_told_once_for_each_thing_it_says() {
    let log = "INFO started\nStorage failed\nStorage failed\n... Error Code: XAmzContentSHA256Mismatch\n";
    let ran = run(&["-"], log);
    assert_eq!((ran.code, ran.out.matches("It is said by").count()), (Some(0), 2), "{}", ran.out);
}

#[test]
fn an_upload_that_ends_well_after_a_refused_part_is_not_believed() {
    let before =
        "Access refused by object store. Confirm client is part of repository cloud\nSome parts are missing.\n";
    let told = explain(&format!("{before}Upload completed\n"), NOW).unwrap();
    assert!(told.contains("Line 3. It is said by score-client.\nThe client says so although"), "{told}");
    let alone = explain("Upload completed", NOW).unwrap();
    assert!(alone.contains("Nothing is wrong in this line"), "{alone}");
}

#[test]
fn the_cause_of_a_whole_log_is_ranked_above_the_lines_that_repeat_it() {
    let log = "WARN Retryable exception: \nERROR Storage failed\nCaused by: AmazonS3Exception: null (Service: Amazon S3; \
               Status Code: 400; Error Code: XAmzContentSHA256Mismatch; Request ID: tx0)\nNumber of retries exhausted\n";
    let told = explain(log, NOW).unwrap();
    let first = told.lines().nth(1).unwrap_or_default();
    assert!(told.starts_with("All lines together, the likeliest first:\n") && first.starts_with("  - P71"), "{told}");
}

#[test]
fn a_page_has_cause_distinction_and_advice() {
    let ran = run(&["p50"], "");
    assert_eq!(ran.code, Some(0));
    assert!(
        ran.out.starts_with("P50  The sentinel does not exist, so every client stops at its first step.\n\n"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("\nHow to recognise it: ") && ran.out.contains("\nWhat to do:\n  - "));
}

#[test]
fn what_is_unknown_is_said_to_be_and_the_nearest_are_named() {
    let ran = run(&["P4"], "");
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.messages.starts_with("There is no finding P4. The nearest are P"), "{}", ran.messages);
    let ran = run(&["all", "is", "well", "\u{1b}[31m"], "");
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(
        ran.messages.starts_with("This is neither a finding") && !ran.messages.contains('\u{1b}'),
        "{}",
        ran.messages
    );
    assert_eq!(run(&["-"], "").code, Some(2));
}

const URL: &str = "http://h:9000/objects/data/heliograph?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20261124T180217Z\
    &X-Amz-SignedHeaders=host&X-Amz-Expires=299&X-Amz-Credential=KEY%2F20261124%2Fus-east-1%2Fs3%2Faws4_request\
    &X-Amz-Signature=canary";

#[test]
fn a_url_is_told_without_its_signature_and_by_the_clock() {
    let told = explain(URL, NOW).unwrap();
    for part in ["http://h:9000", "objects", "data/heliograph", "region us-east-1", "KEY", "over for 2 min"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains("canary") && !told.contains("X-Amz"), "{told}");
    let in_a_line = format!("ERROR 403 Forbidden for \"{URL}\"");
    assert_eq!(explain(&in_a_line, NOW), Ok(told));
    let early = explain(URL, datetime!(2026-11-24 18:00 UTC)).unwrap();
    assert!(early.contains("it begins in 2 min only"), "{early}");
}

#[test]
fn a_url_with_the_stores_answer_is_told_by_its_code() {
    for (code, id) in [
        ("NoSuchKey", "[P50]"),
        ("SignatureDoesNotMatch", "[P34]"),
        ("AccessDenied", "[P49]"),
        ("SlowDown", "[P78]"),
        ("Odd\u{1b}", "[P88]"),
    ] {
        let text = format!("{URL}\n<?xml version=\"1.0\"?>\n<Error><Code>{code}</Code><Message>m</Message></Error>");
        let told = explain(&text, NOW).unwrap();
        assert!(code.contains('\u{1b}') || told.contains(id), "{told}");
        assert!(!told.contains('\u{1b}') && !told.contains("canary"), "{told}");
    }
    let sas = "https://acct.blob.core.windows.net/data/heliograph?sig=canary&st=2026-11-24T18%3A00%3A00Z\
        &se=2026-11-25T18%3A15%3A00Z&sv=2015-12-11&si=Down&sr=b";
    let answer = "<Error><Code>AuthenticationFailed</Code><AuthenticationErrorDetail>Signature did not match.</AuthenticationErrorDetail></Error>";
    let told = explain(&format!("{sas} {answer}"), NOW).unwrap();
    assert!(told.contains("policy     Down") && told.contains("[P59]") && told.contains("24 h left"), "{told}");
    let doubled = explain(&URL.replace("/objects", "//objects"), NOW).unwrap();
    assert!(doubled.contains("[P28]"), "{doubled}");
}
