//! The least that a key must be allowed for Score, as an IAM policy.

use serde_json::{Value, json};

use crate::{answers::target::S3Store, score::Provider, text::shell_word};

/// The actions that write.
pub(super) const WRITING: &[&str] = &["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"];

/// The text of a policy, and the name of its file in the commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFile {
    pub name: String,
    pub text: String,
}

/// The least rights for Score, and the commands for the administrator of the store, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guide {
    pub policies: Vec<PolicyFile>,
    pub commands: Vec<String>,
    /// True if the commands create the user and its key too.
    pub creates_user: bool,
}

impl Guide {
    /// Formats the whole guide as lines for a shell.
    #[must_use]
    pub fn script(&self) -> String {
        let file = |file: &PolicyFile| format!("cat > {} <<'END'\n{}\nEND\n", shell_word(&file.name), file.text);
        let files: String = self.policies.iter().map(file).collect();
        format!("{files}\n{}", self.commands.join("\n"))
    }
}

/// Returns the guide for the administrator of this store. Observed with MinIO and Ceph: `check` passes with a key that was
/// made in this way, and fails with one right less (`tests/stores/administrator`).
#[must_use]
pub fn guide(store: &S3Store, provider: Option<&Provider>) -> Guide {
    let new_user = provider.and_then(|provider| provider.administrator.as_ref());
    let mut commands = commands(store);
    let objects = Statements { buckets: names(&store.object_bucket, store.pool), rights: object_rights(store) };
    let states = Statements { buckets: names(&store.state_bucket, store.pool), rights: state_rights(store) };
    let created = new_user.map(|user| user.commands.clone()).unwrap_or_default();
    let Some(principal) = new_user.and_then(|user| user.principal.as_deref()) else {
        commands.extend(created);
        let all: Vec<Value> = objects.of(None).into_iter().chain(states.of(None)).collect();
        return Guide {
            policies: vec![PolicyFile { name: "score-policy.json".to_owned(), text: document(&all) }],
            commands,
            creates_user: new_user.is_some(),
        };
    };
    commands.extend(created);
    // The policy of a bucket has all statements about it.
    let mut policies: Vec<(String, Vec<Value>)> = Vec::new();
    for (bucket, statements) in [(&store.object_bucket, &objects), (&store.state_bucket, &states)] {
        match policies.iter_mut().find(|(name, _)| name == bucket) {
            Some((_, known)) => known.extend(statements.of(Some(principal))),
            None => policies.push((bucket.clone(), statements.of(Some(principal)))),
        }
    }
    let policies: Vec<PolicyFile> = policies
        .into_iter()
        .map(|(bucket, statements)| {
            let name = format!("{bucket}-policy.json");
            let put = |end: &str| {
                let (bucket, file) = (shell_word(&bucket), shell_word(&name));
                format!("{} s3api put-bucket-policy --bucket {bucket}{end} --policy file://{file}", aws(store))
            };
            commands.push(put(""));
            if let Some(last) = store.pool.checked_sub(1) {
                commands.push(format!("for n in $(seq 0 {last}); do {}; done", put(".$n")));
            }
            PolicyFile { name, text: document(&statements) }
        })
        .collect();
    Guide { policies, commands, creates_user: true }
}

/// Rights on buckets and on objects in them.
struct Statements {
    buckets: Vec<String>,
    rights: Vec<(&'static [&'static str], Vec<String>)>,
}

impl Statements {
    /// Returns the statements of a policy. In the policy of a bucket, they name the user.
    fn of(&self, principal: Option<&str>) -> Vec<Value> {
        let statement = |(actions, ends): &(&[&str], Vec<String>)| {
            let ends: Vec<&str> = ends.iter().map(String::as_str).collect();
            let mut statement = json!({ "Effect": "Allow", "Action": actions, "Resource": arns(&self.buckets, &ends) });
            if let Some(principal) = principal {
                statement["Principal"] = json!({ "AWS": [principal] });
            }
            statement
        };
        self.rights.iter().map(statement).collect()
    }
}

/// Returns the rights on object buckets. Observed on Score 5.11 with a MinIO user, and with one action left out at a time.
/// The health page asks for the access list of a bucket, and a refusal means that the bucket exists (AWS SDK for Java
/// 1.11, `doesBucketExistV2`). So `s3:GetBucketAcl` is not needed, and MinIO does not know it.
fn object_rights(store: &S3Store) -> Vec<(&'static [&'static str], Vec<String>)> {
    vec![
        (&["s3:ListBucket", "s3:ListBucketMultipartUploads"], vec![String::new()]),
        (
            &["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
            vec![below(&store.data_directory)],
        ),
    ]
}

fn state_rights(store: &S3Store) -> Vec<(&'static [&'static str], Vec<String>)> {
    vec![
        (&["s3:ListBucket"], vec![String::new()]),
        (
            &["s3:PutObject", "s3:GetObject", "s3:DeleteObject"],
            vec![below(&store.data_directory), below(&store.upload_directory)],
        ),
    ]
}

fn document(statements: &[Value]) -> String {
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    serde_json::to_string_pretty(&document).expect("a value made of texts is always JSON")
}

fn aws(store: &S3Store) -> String {
    format!("aws --endpoint-url {}", shell_word(&store.endpoint))
}

/// Returns commands that create the buckets and the sentinel.
fn commands(store: &S3Store) -> Vec<String> {
    let aws = aws(store);
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

    fn policy(store: &S3Store) -> Value {
        let guide = guide(store, None);
        assert!(guide.policies.len() == 1 && !guide.creates_user);
        serde_json::from_str(&guide.policies[0].text).unwrap()
    }

    #[test]
    fn a_policy_of_a_bucket_names_the_user_and_each_bucket_gets_its_own() {
        let store = S3Store { pool: 2, ..store("http://h:1") };
        let ceph = crate::score::provider::provider("ceph");
        let Guide { policies, commands, creates_user } = guide(&store, ceph);
        let names: Vec<&str> = policies.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["score-object-policy.json", "score-state-policy.json"]);
        let object: Value = serde_json::from_str(&policies[0].text).unwrap();
        assert_eq!(object["Statement"][1]["Principal"], json!({ "AWS": ["arn:aws:iam:::user/score"] }));
        assert_eq!(
            object["Statement"][1]["Resource"],
            json!(["arn:aws:s3:::score-object/data/*", "arn:aws:s3:::score-object.*/data/*"])
        );
        let put = "aws --endpoint-url http://h:1 s3api put-bucket-policy --bucket score-object";
        let file = "--policy file://score-object-policy.json";
        assert!(commands.contains(&format!("{put} {file}")), "{commands:#?}");
        assert!(commands.contains(&format!("for n in $(seq 0 1); do {put}.$n {file}; done")), "{commands:#?}");
        assert!(creates_user && commands.iter().any(|line| line.starts_with("radosgw-admin user create --uid=score ")));
        // One bucket for both has one policy.
        let both = S3Store { state_bucket: "score-object".into(), pool: 0, ..store };
        let one = guide(&both, ceph);
        assert_eq!(one.policies.len(), 1);
        assert!(one.script().starts_with("cat > score-object-policy.json <<'END'\n{"), "{}", one.script());
        assert!(one.policies[0].text.contains("s3:DeleteObject") && one.policies[0].text.contains("s3:Abort"));
    }

    #[test]
    fn the_policy_names_these_buckets_and_no_more_than_score_needs() {
        let policy = policy(&store("http://h:1"));
        assert_eq!(
            policy,
            json!({ "Version": "2012-10-17", "Statement": [
                { "Effect": "Allow",
                  "Action": ["s3:ListBucket", "s3:ListBucketMultipartUploads"],
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
        let policy = policy(&S3Store { pool: 4, ..store("http://h:1") });
        assert_eq!(
            policy["Statement"][0]["Resource"],
            json!(["arn:aws:s3:::score-object", "arn:aws:s3:::score-object.*"])
        );
    }
}
