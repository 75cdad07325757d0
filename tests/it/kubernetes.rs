//! Tests Kubernetes objects as input of the program: which values reach Score, what is unknown here, and what is wrong.
//! The objects are examples of kinds that charts and operators have.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    batch::Ran,
    forms::{folder, run},
};

/// A Deployment with the settings of Score that every case needs, and a place for more of `env`.
fn deployment(more: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: score}}\nspec:\n  template:\n    spec:\n      \
         containers:\n        - name: score-server\n          image: ghcr.io/overture-stack/score-server:5.11.0\n{more}"
    )
}

fn env(pairs: &[(&str, &str)]) -> String {
    let entry = |(name, value): &(&str, &str)| format!("            - name: {name}\n              value: {value}\n");
    format!("          env:\n{}", pairs.iter().map(entry).collect::<String>())
}

fn json(ran: &Ran) -> Value {
    let document: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.messages));
    document
}

/// Returns the values that `show` prints for the text on standard input, each as `key=value`, or `key?source` if it is
/// unknown here.
fn shown(text: &str) -> Vec<String> {
    let ran = run(folder(&[]).path(), &["show", "--json", "-"], text);
    let document = json(&ran);
    let values = document["deployments"][0]["values"].as_array().unwrap_or_else(|| panic!("{document}"));
    let one = |value: &Value| {
        let key = value["key"].as_str().unwrap();
        match value["unknown"].as_str() {
            Some(source) => format!("{key}?{source}"),
            None => format!("{key}={}", value["value"].as_str().unwrap()),
        }
    };
    values.iter().map(one).collect()
}

/// Returns the findings of the text on standard input: the id, the line and the part of the object.
fn linted(text: &str) -> Vec<(String, u64, String)> {
    let ran = run(folder(&[]).path(), &["lint", "--json", "-"], text);
    let document = json(&ran);
    let one = |row: &Value| {
        let object = row["object"].as_str().unwrap_or_default();
        (row["id"].as_str().unwrap().to_owned(), row["line"].as_u64().unwrap_or(0), object.to_owned())
    };
    document["findings"].as_array().unwrap().iter().map(one).collect()
}

fn ids(text: &str) -> Vec<String> {
    linted(text).into_iter().map(|(id, ..)| id).collect()
}

#[test]
fn variables_come_from_env_and_from_config_maps_and_secrets() {
    let text = deployment(
        "          envFrom:\n            - configMapRef: {name: common}\n            - {prefix: S3_, secretRef: {name: keys}}\n          env:\n            \
         - {name: S3_ENDPOINT, value: 'http://$(MINIO):9000'}\n            - name: OBJECT_SENTINEL\n              valueFrom: {configMapKeyRef: {name: common, key: sentinel}}\n            \
         - name: AUTH_SERVER_CLIENTSECRET\n              valueFrom: {secretKeyRef: {name: elsewhere, key: client}}\n",
    ) + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: common}\ndata:\n  MINIO: minio.example.org\n  sentinel: heliograph\n  \
         BUCKET_NAME_STATE: from-map\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: keys}\ndata: {ACCESSKEY: c2NvcmUta2V5}\nstringData: {SECRETKEY: c2VjcmV0}\n";
    let values = shown(&text);
    for value in [
        "s3.endpoint=http://minio.example.org:9000",
        "object.sentinel=heliograph",
        "bucket.name.state=from-map",
        "s3.accessKey=score-key",
        "auth.server.clientSecret?Secret elsewhere, key client",
    ] {
        assert!(values.iter().any(|one| one == value), "{value}: {values:#?}");
    }
    assert!(!text.is_empty() && !values.iter().any(|one| one.contains("c2VjcmV0")), "{values:#?}");
    // A list in JSON, as kubectl prints it: the Pod repeats its owner.
    let pod = "{\"kind\": \"Pod\", \"metadata\": {\"name\": \"score-1\", \"ownerReferences\": [{\"kind\": \"ReplicaSet\"}]}, \"spec\": {\"containers\": \
               [{\"name\": \"s\", \"image\": \"score-server:5.9\", \"env\": [{\"name\": \"S3_ENDPOINT\", \"value\": \"http://other\"}]}]}}";
    let own = pod.replace("Pod", "StatefulSet").replace("\"ownerReferences\"", "\"x\"").replace("other", "own");
    let own = own.replace("{\"containers\"", "{\"template\": {\"spec\": {\"containers\"").replace("]}]}}", "]}]}}}}");
    let list = format!("{{\"apiVersion\": \"v1\", \"kind\": \"List\",\n\t\"items\": [{pod}, {own}]}}");
    assert!(shown(&list).contains(&"s3.endpoint=http://own".to_owned()), "{:#?}", shown(&list));
}

#[test]
fn what_is_not_in_the_input_is_unknown_and_not_missing() {
    let key = "          env:\n            - name: S3_SECRETKEY\n              valueFrom: {secretKeyRef: {name: score, key: s3-secretKey}}\n";
    let found = linted(&deployment(key));
    let secret = found.iter().find(|(id, ..)| id == "T-60").unwrap();
    assert_eq!((secret.1, secret.2.as_str()), (11, "Deployment score, container score-server, env S3_SECRETKEY"));
    // Other settings are missing, and the container is where they belong.
    assert!(
        found.iter().any(|(id, line, object)| id == "T-43"
            && *line == 0
            && object == "Deployment score, container score-server")
    );
    // With an object of variables that is not there, nothing is missing.
    let from = "          envFrom: [{secretRef: {name: all}}]\n";
    assert_eq!(ids(&deployment(from)), ["T-60"]);
}

#[test]
fn what_kubernetes_makes_of_values_is_reported_with_its_place() {
    let pairs = [
        ("SERVER_PORT", "8087"),
        ("UPLOAD_PARTSIZE", "'1.073741824e+09'"),
        ("S3_SECRETKEY", "'pa$$word$(HOME)x'"),
        ("S3_ENDPOINT", "http://minio.example.org:9000"),
        ("S3_ENDPOINT", "http://minio.example.org:9001"),
        ("JAVA_OPTS", "-Xmx1g"),
    ];
    let found = linted(&deployment(&env(&pairs)));
    let env = |name: &str| format!("Deployment score, container score-server, env {name}");
    for (id, line, object) in [
        ("T-63", 12, env("SERVER_PORT")),
        ("P13", 14, env("UPLOAD_PARTSIZE")),
        ("T-65", 16, env("S3_SECRETKEY")),
        ("T-66", 20, env("S3_ENDPOINT")),
        ("T-9", 22, env("JAVA_OPTS")),
    ] {
        assert!(found.contains(&(id.to_owned(), line, object)), "{id}: {found:#?}");
    }
    let from = "          env:\n            - name: AUTH_SERVER_CLIENTSECRET\n              valueFrom: {secretKeyRef: {name: s, key: client}}\n            \
                - name: METADATA_URL\n              valueFrom: {secretKeyRef: {name: s, key: gone}}\n";
    let secret = "---\nkind: Secret\napiVersion: v1\nmetadata: {name: s}\ndata:\n  client: c2VjcmV0Cg==\n";
    let found = linted(&(deployment(from) + secret));
    assert!(found.contains(&("T-64".into(), 20, "Secret s, key client".into())), "{found:#?}");
    assert!(found.contains(&("T-69".into(), 13, env("METADATA_URL"))), "{found:#?}");
}

#[test]
fn a_service_named_server_sets_the_port_unless_links_are_off() {
    let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: server}\nspec: {clusterIP: 10.0.0.7, ports: [{port: 80}]}\n";
    let found = linted(&(deployment("") + service));
    assert!(found.contains(&("T-67".into(), 11, "Service server".into())), "{found:#?}");
    let off = deployment("").replace("      containers:", "      enableServiceLinks: false\n      containers:");
    let own = deployment(&env(&[("SERVER_PORT", "'8087'")]));
    let headless = service.replace("10.0.0.7", "None");
    for text in [off + service, own + service, deployment("") + &headless] {
        assert!(!ids(&text).contains(&"T-67".to_owned()), "{text}");
    }
}

#[test]
fn mounted_settings_are_read_where_score_looks_for_them() {
    let mounts = |more: &str| {
        deployment(&format!(
            "          volumeMounts: [{{name: conf, mountPath: /conf/}}]\n{more}      volumes:\n        - {{name: conf, configMap: {{name: files}}}}\n"
        )) + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: files}\ndata:\n  application.properties: |\n    s3.endpoint=http://mounted:9000\n  \
              application-prod.properties: bucket.name.object=of-prod\n"
    };
    let ignored = linted(&mounts(""));
    assert!(
        ignored.iter().any(|(id, _, object)| id == "T-68" && object == "ConfigMap files, key application.properties")
    );
    let read = mounts(&env(&[
        ("SPRING_CONFIG_ADDITIONAL_LOCATION", "file:/conf/"),
        ("SPRING_PROFILES_ACTIVE", "'collaboratory,prod,secure'"),
    ]));
    let values = shown(&read);
    assert!(values.contains(&"s3.endpoint=http://mounted:9000".to_owned()), "{values:#?}");
    assert!(values.contains(&"bucket.name.object=of-prod".to_owned()), "{values:#?}");
    assert!(!ids(&read).contains(&"T-68".to_owned()));
}

#[test]
fn bad_objects_are_refused_with_their_place_and_left_as_they_are() {
    let from = "          envFrom: [{secretRef: {name: s}}]\n";
    let secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n  A: '*no*'\n";
    let deep = format!("apiVersion: v1\nkind: List\nitems: {}", "[".repeat(100));
    let mut bomb = "apiVersion: v1\nkind: List\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let below = format!("*a{}, ", level - 1).repeat(10);
        bomb.extend([format!("a{level}: &a{level} [").as_str(), below.trim_end_matches(", "), "]\n"]);
    }
    for (text, reason) in [
        (deployment(from) + secret, "line 16: Secret s, key A: the value is not valid base64"),
        (
            "apiVersion: v1\nkind: Pod\nspec:\n  {{- toYaml .Values.pod | nindent 2 }}\n".to_owned(),
            "it is a template of a Helm chart",
        ),
        ("apiVersion: v1\nkind: Pod\nspec: [\n".to_owned(), "line "),
        (deep, "it is nested too deeply"),
        (bomb, "line 8: it is too large"),
        ("apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n".to_owned(), "the Kubernetes object shows no Score server"),
        ("replicaCount: 1\nimage: {repository: x}\n".to_owned(), "it is a values file of Helm"),
        ("appConfig: {springProfiles: prod}\n".to_owned(), "it is a values file of Helm"),
    ] {
        let root = folder(&[("score.yaml", &text)]);
        for arguments in [["show", "score.yaml"], ["lint", "score.yaml"]] {
            let ran = run(root.path(), &arguments, "");
            assert!(ran.code == Some(2) && ran.messages.contains(reason), "{reason}: {}{}", ran.out, ran.messages);
        }
        assert_eq!(fs::read_to_string(root.path().join("score.yaml")).unwrap(), text);
    }
}

#[test]
fn a_secret_never_enters_a_deployment() {
    let text = deployment(&env(&[("S3_ENDPOINT", "http://127.0.0.1:9")]));
    let answers = "release = \"5.11\"\nprovider = \"minio\"\n[settings]\n\"s3.accessKey\" = \"score-key\"\n\"s3.secretKey\" = \"score-secret\"\n\
                   \"bucket.name.object\" = \"score-object\"\n\"bucket.name.state\" = \"score-state\"\n\"metadata.url\" = \"http://song\"\n";
    let root: TempDir = folder(&[("score.yaml", &text), ("answers.toml", answers)]);
    let ran = run(root.path(), &["apply", "--no-check", "--answers", "answers.toml", "--conf", "score.yaml"], "");
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    assert!(ran.messages.contains("S3_SECRETKEY is not written: the file has no Secret"), "{}", ran.messages);
    let after = fs::read_to_string(root.path().join("score.yaml")).unwrap();
    assert!(after.contains("value: \"score-key\"") && !after.contains("score-secret"), "{after}");
    let checked = run(root.path(), &["check", "--read-only", "score.yaml"], "");
    let said = checked.out + &checked.messages;
    assert!(said.contains("s3.secretKey is missing"), "{said}");
}

/// Also ends in time without optimisation: what does not matter is dropped while it is read.
#[test]
fn a_long_list_of_objects_is_read() {
    let other = "- {kind: Pod, metadata: {name: x}, spec: {containers: [{name: song, image: song-server}]}}\n";
    let score = "- {kind: Pod, metadata: {name: score}, spec: {containers: [{name: s, image: 'score-server:5.11.0', env: [{name: S3_ENDPOINT, value: 'http://h'}]}]}}\n";
    let text = format!("apiVersion: v1\nkind: List\nitems:\n{}{score}", other.repeat(10_000));
    assert!(shown(&text).contains(&"s3.endpoint=http://h".to_owned()));
    let documents = "apiVersion: v1\nkind: ConfigMap\n---\n".repeat(10_000);
    assert!(
        shown(&(documents + &deployment(&env(&[("S3_ENDPOINT", "http://h")]))))
            .contains(&"s3.endpoint=http://h".to_owned())
    );
}
