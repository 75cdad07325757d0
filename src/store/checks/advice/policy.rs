//! The least that a key must be allowed for Score, as an IAM policy.

use serde_json::{Value, json};

use crate::{answers::target::S3Store, text::shell_word};

/// The actions that write.
pub(super) const WRITING: &[&str] = &["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"];

/// Returns the least policy that Score needs for these buckets. Observed on Score 5.11 with a MinIO user, and with one
/// action
/// left out at a time.
#[must_use]
pub fn policy(store: &S3Store) -> String {
    let objects = names(&store.object_bucket, store.pool);
    let states = names(&store.state_bucket, store.pool);
    let statement = |actions: &[&str], resources: Vec<String>| json!({ "Effect": "Allow", "Action": actions, "Resource": resources });
    let statements: Vec<Value> = vec![
        statement(&["s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetBucketAcl"], arns(&objects, &[""])),
        statement(
            &["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
            arns(&objects, &[&below(&store.data_directory)]),
        ),
        statement(&["s3:ListBucket"], arns(&states, &[""])),
        statement(
            &["s3:PutObject", "s3:GetObject", "s3:DeleteObject"],
            arns(&states, &[&below(&store.data_directory), &below(&store.upload_directory)]),
        ),
    ];
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    serde_json::to_string_pretty(&document).expect("a value made of texts is always JSON")
}

/// Returns commands for an administrator of the store. They create the buckets and the sentinel.
#[must_use]
pub fn commands(store: &S3Store) -> Vec<String> {
    let aws = format!("aws --endpoint-url {}", shell_word(&store.endpoint));
    let location = match &store.region {
        Some(region) if region != "us-east-1" => {
            format!(" --create-bucket-configuration LocationConstraint={}", shell_word(region))
        }
        _ => String::new(),
    };
    let mut commands = Vec::new();
    let mut buckets = vec![&store.object_bucket, &store.state_bucket];
    buckets.dedup();
    for bucket in buckets {
        let create = |end: &str| format!("{aws} s3api create-bucket --bucket {}{end}{location}", shell_word(bucket));
        commands.push(create(""));
        if let Some(last) = store.pool.checked_sub(1) {
            commands.push(format!("for n in $(seq 0 {last}); do {}; done", create(".$n")));
        }
    }
    let sentinel = format!("s3://{}/{}", store.object_bucket, store.sentinel_key());
    commands.push(format!("echo score | {aws} s3 cp - {}", shell_word(&sentinel)));
    commands
}

/// Returns the names of buckets for the policy. A pool is a pattern, because 256 names do not fit. The base bucket
/// contains the sentinel.
fn names(base: &str, pool: u32) -> Vec<String> {
    match pool {
        0 => vec![base.to_owned()],
        _ => vec![base.to_owned(), format!("{base}.*")],
    }
}

fn below(directory: &str) -> String {
    if directory.is_empty() { "/*".to_owned() } else { format!("/{directory}/*") }
}

fn arns(buckets: &[String], ends: &[&str]) -> Vec<String> {
    let arn = |bucket: &String| ends.iter().map(|end| format!("arn:aws:s3:::{bucket}{end}")).collect::<Vec<_>>();
    buckets.iter().flat_map(arn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::checks::fixtures::store;

    #[test]
    fn the_policy_names_these_buckets_and_no_more_than_score_needs() {
        let policy: Value = serde_json::from_str(&policy(&store("http://h:1"))).unwrap();
        assert_eq!(
            policy,
            json!({ "Version": "2012-10-17", "Statement": [
                { "Effect": "Allow",
                  "Action": ["s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetBucketAcl"],
                  "Resource": ["arn:aws:s3:::score-object"] },
                { "Effect": "Allow",
                  "Action": ["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
                  "Resource": ["arn:aws:s3:::score-object/data/*"] },
                { "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::score-state"] },
                { "Effect": "Allow",
                  "Action": ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"],
                  "Resource": ["arn:aws:s3:::score-state/data/*", "arn:aws:s3:::score-state/upload/*"] },
            ]})
        );
    }

    #[test]
    fn the_commands_create_the_buckets_and_the_sentinel() {
        let store = S3Store { pool: 2, data_directory: "it's".into(), ..store("http://h:1") };
        assert_eq!(
            commands(&store),
            [
                "aws --endpoint-url http://h:1 s3api create-bucket --bucket score-object",
                "for n in $(seq 0 1); do aws --endpoint-url http://h:1 s3api create-bucket --bucket score-object.$n; done",
                "aws --endpoint-url http://h:1 s3api create-bucket --bucket score-state",
                "for n in $(seq 0 1); do aws --endpoint-url http://h:1 s3api create-bucket --bucket score-state.$n; done",
                r"echo score | aws --endpoint-url http://h:1 s3 cp - 's3://score-object/it'\''s/heliograph'",
            ]
        );
        let abroad = S3Store { region: Some("eu-west-1".into()), pool: 0, ..store };
        assert!(
            commands(&abroad)[0].ends_with("score-object --create-bucket-configuration LocationConstraint=eu-west-1")
        );
    }

    #[test]
    fn a_pool_is_a_pattern_beside_the_base_bucket() {
        let policy: Value = serde_json::from_str(&policy(&S3Store { pool: 4, ..store("http://h:1") })).unwrap();
        assert_eq!(
            policy["Statement"][0]["Resource"],
            json!(["arn:aws:s3:::score-object", "arn:aws:s3:::score-object.*"])
        );
    }
}
