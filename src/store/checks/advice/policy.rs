//! The least that a key must be allowed for Score, as an IAM policy.

use serde_json::{Value, json};

use crate::answers::target::S3Store;

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
    fn a_pool_is_a_pattern_beside_the_base_bucket() {
        let policy: Value = serde_json::from_str(&policy(&S3Store { pool: 4, ..store("http://h:1") })).unwrap();
        assert_eq!(
            policy["Statement"][0]["Resource"],
            json!(["arn:aws:s3:::score-object", "arn:aws:s3:::score-object.*"])
        );
    }
}
