//! The table of findings: one row for each id, in the order of the ids.

use super::{FindingText, key};

/// The evidence of a finding that `lint` reports.
const IN_FILES: &str = "lint reads the configuration and shows the file and the line. Nothing is sent.";
/// The advice of a finding that `lint` may fix.
const LINT_FIXES: &str =
    "score-setup lint shows the line. If only one value can be right, the wizard and apply write it.";

findings! {
    P01 = "P01" {
        title: "A value is in quotes. In a properties file, the quotes are part of the value.",
        cause: "A properties file has no quotes: they become part of the value. Score's own documentation prints values in quotes.",
        recognised: IN_FILES,
        advice: [
            "Remove the quotes.",
            LINT_FIXES,
        ],
        settings: [],
    }

    P02 = "P02" {
        title: "The value of an environment variable is in quotes, and Score receives the quotes.",
        cause: "`docker run --env-file` keeps quotes, and Docker Compose removes them. So the same file works only one way.",
        recognised: IN_FILES,
        advice: ["Write the value without quotes."],
        settings: [],
    }

    P03 = "P03" {
        title: "A comment follows a value on the same line. In a properties file, the comment is part of the value.",
        cause: "A properties file has no comments after a value. The `#` and everything after it become part of the value.",
        recognised: IN_FILES,
        advice: [
            "Move the comment to its own line.",
            LINT_FIXES,
        ],
        settings: [],
    }

    P04 = "P04" {
        title: "A value begins or ends with spaces or invisible characters.",
        cause: "Characters that were pasted with a value stay part of it. Spring removes spaces only from numbers and switches.",
        recognised: IN_FILES,
        advice: [
            "Remove these characters.",
            LINT_FIXES,
        ],
        settings: [],
    }

    P06 = "P06" {
        title: "A value contains `${…}` that no source defines, or that Spring replaces although it is meant as text.",
        cause: "Spring replaces `${…}` in a value. Docker Compose replaces what follows a `$`.",
        recognised: IN_FILES,
        advice: [
            "In a Compose file, write $$ for each $.",
            "For an access key or a secret key, let the wizard write the value. It uses a form that Spring turns into exactly this text.",
        ],
        settings: [],
    }

    P07 = "P07" {
        title: "Java reads a backslash in the file as an escape: characters disappear, lines join, or Java refuses the whole file.",
        cause: "In a properties file, a backslash begins an escape. If \\u is not followed by four hexadecimal digits, Java refuses the whole file.",
        recognised: IN_FILES,
        advice: [
            "Write two backslashes for each backslash.",
            LINT_FIXES,
        ],
        settings: [],
    }

    P08 = "P08" {
        title: "The access key is temporary. It needs a session token, which Score cannot send.",
        cause: "An access key that begins with ASIA is valid for some hours, and only together with a session token. Score has no setting for a token.",
        recognised: "The access key begins with ASIA. The store reports only that it does not know the key (InvalidAccessKeyId).",
        advice: [
            "Create a separate user for Score with a permanent key (AKIA…), and give it the policy that the wizard prints.",
        ],
        settings: [key::S3_ACCESS_KEY, key::S3_SECRET_KEY],
    }

    P09 = "P09" {
        title: "A value is not the intended one: a placeholder of an example, swapped keys, or stray characters.",
        cause: "A placeholder of an example was never replaced, such as a text in brackets or the word changeme. Or the access key has the form of a secret key, so the two keys are probably swapped.",
        recognised: IN_FILES,
        advice: ["Write the real values, each in its own setting."],
        settings: [key::S3_ACCESS_KEY, key::S3_SECRET_KEY],
    }

    P10 = "P10" {
        title: "The name of a setting is misspelled, or an environment variable does not match any setting. The value has no effect.",
        cause: "Spring ignores names that it does not know, and Score uses the default without a message.",
        recognised: IN_FILES,
        advice: [
            "Correct the name.",
            LINT_FIXES,
        ],
        settings: [],
    }

    P11 = "P11" {
        title: "A setting appears more than once, or in several spellings.",
        cause: "If the spelling is the same, the last line wins. If the spellings differ, Spring has its own order.",
        recognised: IN_FILES,
        advice: [
            "Keep one of the lines.",
            LINT_FIXES,
        ],
        settings: [],
    }

    P12 = "P12" {
        title: "A properties file contains YAML.",
        cause: "Spring reads each indented line as a setting without the beginning of its name, and Score does not read such a setting.",
        recognised: IN_FILES,
        advice: ["Write whole names, such as s3.endpoint=…."],
        settings: [],
    }

    P13 = "P13" {
        title: "A whole number is written as a fraction or with an exponent.",
        cause: "Helm writes large numbers that are not in quotes as 1.07e+09. Java cannot read such an integer.",
        recognised: IN_FILES,
        advice: ["Quote the number in the values of the chart."],
        settings: [],
    }

    P14 = "P14" {
        title: "The active profiles are not those that this release of Score needs.",
        cause: "The beans for the store belong to profiles, and each release has its own profiles.",
        recognised: IN_FILES,
        advice: [
            "Up to 5.9, activate default,prod. For 5.10 and 5.11, activate collaboratory,prod. For 5.12, activate s3.",
            "For Azure up to 5.11, activate prod,azure.",
            "In each case, also activate secure.",
        ],
        settings: [key::SPRING_PROFILES_ACTIVE],
    }

    P15 = "P15" {
        title: "Spring cannot read the schedule of the clean-up, or the schedule never fires.",
        cause: "A cron expression of Spring has six fields: second, minute, hour, day, month, weekday. With five fields or with quotes, Score does not start. A date that never occurs, such as 31 February, stops Score up to 5.10.",
        recognised: IN_FILES,
        advice: ["Write 0 0 0 * * ? to run it at midnight every day, or - to switch it off."],
        settings: [key::UPLOAD_CLEAN_CRON],
    }

    P16 = "P16" {
        title: "A URL does not begin with http:// or https://.",
        cause: "If s3.endpoint has no scheme, s3.secured decides between http and https. It is false if it is missing. Other URLs do not work without a scheme.",
        recognised: "lint and check read the text of the setting. Nothing is sent.",
        advice: ["Write the whole URL, with http:// or https:// at the beginning."],
        settings: [key::S3_ENDPOINT, key::S3_PRE_SIGNED_URL_OVERRIDE_HOST, key::METADATA_URL],
    }

    P17 = "P17" {
        title: "The endpoint begins with http://, but the server at this port uses TLS.",
        cause: "The server expects TLS at this port. It answers 400 in plain text, or closes the connection.",
        recognised: "The text of the answer, or a TLS handshake with the same port that succeeds.",
        advice: ["Change s3.endpoint to https://."],
        settings: [key::S3_ENDPOINT],
    }

    P18 = "P18" {
        title: "The endpoint begins with https://, but the server at this port does not use TLS.",
        cause: "The server sends plain HTTP at this port. Java reports an unsupported or unrecognized SSL message.",
        recognised: "The first bytes of the answer are not TLS.",
        advice: ["Change s3.endpoint to http://, or enable TLS in the store."],
        settings: [key::S3_ENDPOINT],
    }

    P19 = "P19" {
        title: "The endpoint is the web console of the store, not its S3 service.",
        cause: "MinIO and other stores have two ports: one for S3, and one for the web console. The consoles of cloud providers have their own hosts.",
        recognised: "lint and check know the usual console ports and the hosts of consoles. check also sees that the console reports it, names itself in the header Server, or sends its page.",
        advice: [
            "Write the S3 port in s3.endpoint. If the console is at 9001, the S3 port is usually 9000.",
            "At a cloud provider, write the S3 endpoint of the region. docs/stores.md has its form.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P20 = "P20" {
        title: "The host name of the endpoint is unknown.",
        cause: "The host name has no IP address on this machine. It has a typing error, only a container network knows it, or the name servers do not answer.",
        recognised: "The resolver reports that the name is unknown, or does not answer.",
        advice: [
            "Check the host in s3.endpoint for a typing error.",
            "A name of a container network is unknown outside it. Test with --connect-to HOST:PORT.",
            "The static score-setup of the packages reads /etc/hosts and asks name servers, but does not read nsswitch.conf. If only LDAP or mDNS knows the name, use the score-setup for glibc.",
            "Clients need the name too, because it is in the URLs that they get.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P21 = "P21" {
        title: "Java does not accept the host name or the port of the endpoint.",
        cause: "Java's URI has no host if a part of the name contains an underscore or ends with a hyphen. The AWS SDK then has no server to contact, and Score does not start.",
        recognised: "Java's own rule for server names (RFC 2396), applied to the text.",
        advice: ["Give the store another name, with a hyphen. A network alias of a container is enough."],
        settings: [key::S3_ENDPOINT],
    }

    P22 = "P22" {
        title: "No server answers at the endpoint.",
        cause: "If the connection is refused, no server listens at this port. If no reply comes, a firewall drops the packets, or the server hangs.",
        recognised: "An immediate refusal, no connection within the limit, or a connection without a reply.",
        advice: [
            "Check the port in s3.endpoint, and that the store is running.",
            "In a container, localhost is the container itself.",
            "A firewall must let the machines of Score and of its clients through.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P23 = "P23" {
        title: "The endpoint cannot be reached directly, and Score uses a proxy only if its Java is configured for it.",
        cause: "The direct connection fails, and a proxy is set in this shell. The Java of Score does not read HTTP_PROXY or HTTPS_PROXY.",
        recognised: "The direct connection fails while a proxy variable is set. The proxy itself is not tried. Or a proxy answers, and asks for a name and a password (407).",
        advice: [
            "Allow the direct connection.",
            "Or configure the proxy in Java: -Dhttps.proxyHost=… and -Dhttps.proxyPort=… as wrapper.java.additional lines.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P25 = "P25" {
        title: "The store, or a proxy in front of it, does not support Expect: 100-continue, which Score sends with each body.",
        cause: "Score announces each body with Expect: 100-continue. Some proxies and old stores answer 417, or wait without an end.",
        recognised: "The same request succeeds without this header.",
        advice: ["Update or configure the proxy. No setting of Score switches the header off."],
        settings: [key::S3_ENDPOINT],
    }

    P26 = "P26" {
        title: "The host of the endpoint begins with the bucket, and Score writes the bucket into the path as well.",
        cause: "The endpoint contains the bucket as part of the host. Score also writes the bucket into the path, so requests contain it twice.",
        recognised: "The first part of the host is the name of a bucket of this configuration, or an endpoint of a provider follows it.",
        advice: ["Remove the bucket from s3.endpoint."],
        settings: [key::S3_ENDPOINT],
    }

    P27 = "P27" {
        title: "The endpoint contains a path, a query or a user, which Score cannot use.",
        cause: "S3 is at the root of a host. Score signs the path of the endpoint. If a proxy removes the path, the signature does not match; if not, the store treats the path as a bucket.",
        recognised: "lint reads the text. check sends the request with and without the path in the signature.",
        advice: [
            "Give S3 its own host name in the proxy, and write only scheme, host and port in s3.endpoint.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P28 = "P28" {
        title: "The URL that Score gives to clients contains two slashes, because the endpoint ends with a slash.",
        cause: "Score adds the bucket with its own slash. http://host/ becomes http://host//bucket in URLs for clients, but the signature covers one slash.",
        recognised: "Requests of the server work and its health is UP, but the store refuses each URL for clients. The path of the URL begins with two slashes.",
        advice: ["Remove the slash at the end of s3.endpoint, and restart Score."],
        settings: [key::S3_ENDPOINT, key::S3_PRE_SIGNED_URL_OVERRIDE_HOST],
    }

    P29 = "P29" {
        title: "The certificate of the endpoint is self-signed, or its certificate authority is not trusted.",
        cause: "The certificate is self-signed, or its authority is not in the trust store. Java reports: PKIX path building failed.",
        recognised: "The handshake fails only at the issuer. Java has its own trust store, so its result may differ from this machine's.",
        advice: [
            "Import the certificate of the authority into a copy of cacerts with keytool -importcert, and set -Djavax.net.ssl.trustStore to this copy.",
            "Do the same for the Java of each score-client.",
            "Test the certificate here with --ca-file.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P30 = "P30" {
        title: "The certificate of the endpoint is for another name, or is not valid now.",
        cause: "The certificate is for other names, has expired, or is not valid yet.",
        recognised: "The names and dates in the certificate, compared with the host and with the clock of this machine.",
        advice: [
            "Use a name that the certificate contains, or request a new certificate.",
            "If it is not valid yet, check the clock of this machine first.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P31 = "P31" {
        title: "Clients get an endpoint that other machines cannot reach.",
        cause: "The URLs that Score gives to its clients contain the host of s3.endpoint. localhost, or a name of a container network, means a different machine for each client.",
        recognised: "The host alone. Only the machine of a client can show whether the host is reachable.",
        advice: [
            "Write an endpoint in s3.endpoint that both Score and its clients can reach.",
            "Or set s3.preSignedUrl.override.host, with a proxy that restores the Host header of the endpoint.",
            "Run score-setup check --score URL on the machine of a client to test it there.",
        ],
        settings: [key::S3_ENDPOINT, key::S3_PRE_SIGNED_URL_OVERRIDE_HOST],
    }

    P32 = "P32" {
        title: "The store refuses pre-signed requests through s3.preSignedUrl.override.host, but accepts those to the endpoint.",
        cause: "Through s3.preSignedUrl.override.host, the URL has another host. The signature covers the host of the endpoint.",
        recognised: "The store accepts the same URL with the host of the endpoint.",
        advice: [
            "Let the proxy at that host restore the Host header of the endpoint. In nginx, use proxy_set_header Host.",
            "Or clear the override, if clients can reach the endpoint.",
        ],
        settings: [key::S3_PRE_SIGNED_URL_OVERRIDE_HOST],
    }

    P33 = "P33" {
        title: "A proxy between Score and the store changes the request, so the signature does not match.",
        cause: "A proxy changes the Host header, the path or the encoding of the request. The store then computes a different signature.",
        recognised: "The store reports what it signed, or the same request succeeds in a form that the proxy does not change.",
        advice: [
            "In nginx, use proxy_set_header Host $http_host, proxy_pass without a path, and no rewriting.",
            "Try the store directly, past the proxy, with --connect-to.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P34 = "P34" {
        title: "The store does not accept the secret key, or does not say which of the two keys is wrong.",
        cause: "The store computed a different signature (SignatureDoesNotMatch). Usually the secret key is wrong or truncated, or was changed on its way into the file.",
        recognised: "The store reports it for buckets that do not exist, too. The store knows the access key, and the clock and the path were checked before.",
        advice: [
            "Copy the secret key again. Shells, sed, YAML and .env files change $, /, + and \\.",
            "In a properties file, quotes and spaces around the key are part of it.",
            "A proxy that changes the request has the same effect: see P33.",
        ],
        settings: [key::S3_SECRET_KEY, key::S3_ACCESS_KEY],
    }

    P35 = "P35" {
        title: "The store does not know the access key.",
        cause: "The store has no such access key (InvalidAccessKeyId). It was deleted, belongs to another store, or the two keys are swapped.",
        recognised: "The code, which the store sends whether or not the bucket exists.",
        advice: [
            "Check s3.accessKey, and that it belongs to this store.",
            "An access key of 40 characters with / and + is probably the secret key.",
        ],
        settings: [key::S3_ACCESS_KEY],
    }

    P36 = "P36" {
        title: "The clocks of this machine and of the store differ too much.",
        cause: "A signature contains the time. A store refuses a request that is more than 15 min off. The URL of the ping is valid for only 5 min, so clients stop at the ping if the clock of Score is more than 5 min behind.",
        recognised: "The Date header of an unsigned reply, compared with the clock of this machine, or the refusal of a URL that was made just now. Two clocks cannot show which of them is wrong.",
        advice: [
            "Set both clocks with NTP. The time zone does not matter.",
            "The clock of the machine that runs Score is the one that matters.",
        ],
        settings: [],
    }

    P37 = "P37" {
        title: "Score signs for a different region than the store expects.",
        cause: "Score has no setting for the region. It takes the region from the host of the endpoint, and uses us-east-1 if the host does not contain one.",
        recognised: "The store names the region that it expects, in its error or in x-amz-bucket-region.",
        advice: [
            "On AWS, set s3.endpoint=https://s3.<region>.amazonaws.com.",
            "On other stores, set the region of the store to us-east-1, or use a host name whose part after s3. is the region.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P38 = "P38" {
        title: "The store does not accept this signature version.",
        cause: "Stores support signature version 4, version 2, or both. Newer regions of AWS refuse version 2. Very old stores support only version 2.",
        recognised: "The same request, sent with the other version.",
        advice: [
            "Set s3.sigV4Enabled to the version that succeeds. A file without this setting means version 2.",
        ],
        settings: [key::S3_SIG_V4_ENABLED],
    }

    P39 = "P39" {
        title: "The store refuses uploads that are encrypted with the key of s3.masterEncryptionKeyId.",
        cause: "With s3.masterEncryptionKeyId, each upload asks the store to encrypt with this key. The store has no KMS, does not have this key, or does not let Score use it.",
        recognised: "Only the start of an upload fails, and it succeeds without this header.",
        advice: [
            "Clear s3.masterEncryptionKeyId, unless the store is AWS and the key is yours.",
            "Otherwise allow kms:GenerateDataKey and kms:Decrypt.",
        ],
        settings: [key::S3_MASTER_ENCRYPTION_KEY_ID],
    }

    P41 = "P41" {
        title: "The store treats the host of the endpoint as the name of a bucket.",
        cause: "Ceph reads an unknown host as <bucket>.<host>, and looks for a bucket of this name.",
        recognised: "The error names the host of the endpoint as a bucket.",
        advice: [
            "Add the host to rgw_dns_name, or to the hostnames of the zone group.",
            "Or use a host that the store knows.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P42 = "P42" {
        title: "The store does not let this user write: the user is suspended, a quota is used up, or the store is full.",
        cause: "An administrator suspended the user, or the account has unpaid bills. Or the user, the bucket or the disks have no space left for what Score writes. A quota can refuse one large part although small objects still fit.",
        recognised: "The code, such as UserSuspended, QuotaExceeded or XMinioAdminBucketQuotaExceeded, or the message of the store. A quota is also found by a part that is announced and refused.",
        advice: [
            "Ask the administrator of the store. On Ceph, radosgw-admin user info and quota show the state.",
        ],
        settings: [key::S3_ACCESS_KEY],
    }

    P43 = "P43" {
        title: "A bucket does not exist.",
        cause: "This access key sees no such bucket. If bucket.size.pool is above 0, Score uses <name>.0 and so on, and the base bucket for the sentinel.",
        recognised: "The store accepts the key, and answers 404 (NoSuchBucket).",
        advice: [
            "Create the bucket: in the wizard, or with apply and [create] buckets = true.",
            "Or correct bucket.name.object or bucket.name.state. Upper and lower case differ.",
            "On Ceph, a key does not see the buckets of another tenant.",
        ],
        settings: [key::BUCKET_NAME_OBJECT, key::BUCKET_NAME_STATE, key::BUCKET_SIZE_POOL],
    }

    P44 = "P44" {
        title: "The store does not accept the name of a bucket.",
        cause: "Stores accept 3 to 63 lower-case letters, digits, dots and hyphens. AWS and MinIO refuse an underscore.",
        recognised: "The answer 400 (InvalidBucketName), or 400 without a code to HEAD.",
        advice: ["Choose another name, for the bucket and in the file."],
        settings: [key::BUCKET_NAME_OBJECT, key::BUCKET_NAME_STATE],
    }

    P45 = "P45" {
        title: "Unfinished uploads cannot be listed or aborted, so clean-up and cancel do not work.",
        cause: "Clean-up and cancel list unfinished uploads and abort them. The key may not do this, or the store lists none.",
        recognised: "A test upload is started, searched for in the list, and aborted.",
        advice: [
            "Allow s3:ListBucketMultipartUploads on the bucket and s3:AbortMultipartUpload on its objects.",
            "If the store lists nothing, let the store expire unfinished uploads itself.",
        ],
        settings: [key::BUCKET_NAME_OBJECT],
    }

    P46 = "P46" {
        title: "The store refuses a request and does not say whether the keys are wrong or have too few permissions.",
        cause: "Some stores, and firewalls in front of them, send 403 without a code or with one code for every reason. Then a wrong key looks like a right key without permissions.",
        recognised: "Several different requests were sent, and the store gives no reason for any of them.",
        advice: [
            "Look at the log of the store for these requests.",
            "Try the keys with another S3 client.",
        ],
        settings: [key::S3_ACCESS_KEY, key::S3_SECRET_KEY],
    }

    P47 = "P47" {
        title: "The key may not list a bucket, so an object that does not exist looks forbidden.",
        cause: "Without s3:ListBucket, a store answers 403 instead of 404 for an object that does not exist. Score treats this as an error, and every upload stops immediately.",
        recognised: "The store answers 403 for an object that certainly does not exist, and refuses to list the bucket.",
        advice: ["Allow s3:ListBucket on the bucket itself, not on its objects."],
        settings: [key::S3_ACCESS_KEY, key::BUCKET_NAME_STATE, key::BUCKET_NAME_OBJECT],
    }

    P49 = "P49" {
        title: "The key does not have a permission that uploads or downloads need.",
        cause: "The key is correct, but a permission is missing.",
        recognised: "One kind of request gets 403 (AccessDenied), and others succeed. A bucket policy that demands an encryption header looks the same.",
        advice: [
            "Allow the action that the finding names. In the wizard, press a to see the rights that Score needs.",
        ],
        settings: [key::S3_ACCESS_KEY],
    }

    P50 = "P50" {
        title: "The sentinel does not exist, so every client stops at its first step.",
        cause: "The sentinel is a small object that score-client downloads before every command. Its name is <data directory>/<object.sentinel> in the base object bucket. On Azure, it is at the root of the container.",
        recognised: "The store answers 404 for this object, and its bucket exists. Or object.sentinel is empty, and the ping of Score answers 400.",
        advice: [
            "Create a small object with any content: in the wizard, or with apply and [create] sentinel = true.",
            "Spaces, quotes and comments after object.sentinel are part of its name.",
        ],
        settings: [key::OBJECT_SENTINEL, key::BUCKET_NAME_OBJECT, key::S3_DATA_DIRECTORY],
    }

    P51 = "P51" {
        title: "The sentinel does not arrive within the 5 s that score-client waits.",
        cause: "The sentinel is the object that score-client downloads first. The download takes longer than the 5 s that score-client waits. score-client then reports: Access refused by repository.",
        recognised: "The sentinel arrives late, or does not arrive on this machine.",
        advice: [
            "This is a timeout, not a permission. Check the network between the clients and the store.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P52 = "P52" {
        title: "The ETag of a written object is not its MD5, or it is missing, so Score or score-client reports the object as damaged.",
        cause: "Score and score-client compare the ETag of a part with its MD5. Default encryption of the store, the option --no-compat of MinIO and some gateways make another ETag. A proxy that compresses or rewrites replies removes the ETag, or marks it as weak.",
        recognised: "A part is uploaded, and its ETag is compared.",
        advice: [
            "Disable default encryption of the bucket, or the option --no-compat of MinIO.",
            "If the ETag is missing or begins with W/, let the proxy pass it unchanged.",
            "Score cannot use a gateway that never returns the MD5.",
        ],
        settings: [key::BUCKET_NAME_OBJECT, key::BUCKET_NAME_STATE],
    }

    P54 = "P54" {
        title: "The store, or a proxy in front of it, refuses bodies of the size of a part.",
        cause: "A proxy in front of the store limits the size of a body. On S3, Score sends parts of upload.partsize, and at least 20 MiB.",
        recognised: "The store or the proxy answers 413 to a part that is announced or sent, and small bodies succeed.",
        advice: [
            "In nginx, set client_max_body_size 0.",
            "Or lower upload.partsize, down to 20 MiB.",
        ],
        settings: [key::UPLOAD_PARTSIZE, key::S3_ENDPOINT],
    }

    P55 = "P55" {
        title: "A stored access policy contains a start or an expiry, which each URL of Score contains too.",
        cause: "Azure allows each field of a signed URL once: in the URL, or in its stored access policy. Score always writes start and expiry into the URL.",
        recognised: "In the list of policies of the container, this policy has a start or an expiry.",
        advice: [
            "Keep only permissions in the policy. Every URL that names the policy changes immediately.",
        ],
        settings: [key::BUCKET_POLICY_UPLOAD, key::BUCKET_POLICY_DOWNLOAD],
    }

    P56 = "P56" {
        title: "A stored access policy does not exist under this name.",
        cause: "The URLs of Score name a stored access policy that the container does not have. Upper and lower case differ.",
        recognised: "The policy is not in the list of policies of the container.",
        advice: [
            "Create the policy, or correct bucket.policy.upload or bucket.policy.download.",
            "A new policy works after up to 30 s.",
        ],
        settings: [key::BUCKET_POLICY_UPLOAD, key::BUCKET_POLICY_DOWNLOAD],
    }

    P57 = "P57" {
        title: "A stored access policy has too few permissions, or more than it should have.",
        cause: "The policy for uploads needs w (and c), and the policy for downloads needs r.",
        recognised: "The permissions in the list of the container, and a URL that is made with the policy.",
        advice: [
            "Add the permissions that are missing. Remove write permissions from the policy for downloads.",
        ],
        settings: [key::BUCKET_POLICY_UPLOAD, key::BUCKET_POLICY_DOWNLOAD],
    }

    P58 = "P58" {
        title: "The URLs that Score makes are not valid at this time.",
        cause: "The URL begins in the future, or has expired. A download expiration of 0 makes URLs that have already expired.",
        recognised: "The detail of Azure's answer contains start, end and Azure's own time.",
        advice: [
            "Set the download expiration to 1 day or more. On Azure, uploads expire with it too.",
            "Set the clock of the machine that runs Score with NTP.",
        ],
        settings: [key::S3_DOWNLOAD_EXPIRATION],
    }

    P59 = "P59" {
        title: "Azure does not accept the account key.",
        cause: "Azure computed a different signature: the account key is wrong, belongs to another account, or was rotated.",
        recognised: "A signed request with the right time gets AuthenticationFailed. Or the key is not valid base64.",
        advice: [
            "Copy key1 or key2 again. It has 88 characters and ends with ==.",
            "A connection string or a SAS does not work here.",
        ],
        settings: [key::AZURE_ACCOUNT_KEY, key::AZURE_ACCOUNT_NAME],
    }

    P60 = "P60" {
        title: "No storage account has this name: the name is not valid, or this cloud does not know it.",
        cause: "azure.accountName is not a valid name of a storage account, or no account in this cloud has this name.",
        recognised: "lint checks the form of the name: 3 to 24 lower-case letters and digits. check finds that the host <account>.blob.<suffix> is unknown, or that Azurite does not know the account.",
        advice: [
            "Check azure.accountName: only the name, in lower case.",
            "For another cloud, write ;EndpointSuffix=… after the key in azure.accountKey.",
            "A private endpoint is known only inside its network.",
        ],
        settings: [key::AZURE_ACCOUNT_NAME, key::AZURE_ACCOUNT_KEY],
    }

    P61 = "P61" {
        title: "The text after the account key names a host that does not exist.",
        cause: "The text after the account key (;EndpointSuffix= or ;BlobEndpoint=) contains a host that is unknown.",
        recognised: "Exactly this host name is unknown.",
        advice: ["Correct the suffix, such as core.chinacloudapi.cn, or the URL."],
        settings: [key::AZURE_ACCOUNT_KEY],
    }

    P62 = "P62" {
        title: "The storage account does not accept shared keys, the only method that Score supports.",
        cause: "The setting allowSharedKeyAccess of the account is false. Often a policy of the organisation sets it. Score signs requests and URLs with the account key and cannot sign in with Entra ID.",
        recognised: "The code KeyBasedAuthenticationNotPermitted.",
        advice: ["Set allowSharedKeyAccess=true, or use another account."],
        settings: [key::AZURE_ACCOUNT_NAME, key::AZURE_ACCOUNT_KEY],
    }

    P63 = "P63" {
        title: "The firewall of the storage account blocks this machine.",
        cause: "The network rules of the account list the addresses that may connect, and the address of this machine is not in the list. Azure refuses before it checks the key.",
        recognised: "The code AuthorizationFailure. It is not AuthenticationFailed and not AuthorizationPermissionMismatch.",
        advice: [
            "Add the public IP address or the subnet of this machine to the network rules.",
            "Also add the machines of Score's clients.",
        ],
        settings: [key::AZURE_ACCOUNT_NAME],
    }

    P64 = "P64" {
        title: "The storage account accepts only https.",
        cause: "Secure transfer is required in the account, which is the default of Azure, and azure.endpointProtocol is http.",
        recognised: "The code AccountRequiresHttps.",
        advice: [
            "Set azure.endpointProtocol=https. If a BlobEndpoint follows the account key, begin it with https://.",
        ],
        settings: [key::AZURE_ENDPOINT_PROTOCOL, key::AZURE_ACCOUNT_KEY],
    }

    P65 = "P65" {
        title: "The container does not exist.",
        cause: "Score requests the container when it starts, and stops if the container does not exist.",
        recognised: "A correctly signed request gets 404 (ContainerNotFound).",
        advice: [
            "Create the container, or correct bucket.name.object.",
            "The name of a deleted container is free again after 30 s or longer.",
        ],
        settings: [key::BUCKET_NAME_OBJECT],
    }

    P66 = "P66" {
        title: "Signed requests reach Azure without their signature.",
        cause: "The signature was lost on the way, so Azure answers as it does to anonymous requests.",
        recognised: "Azure answers a signed request with the codes for unsigned requests.",
        advice: [
            "Look for a proxy that removes the Authorization header or the query.",
            "Score does not need public access, and public access does not fix this.",
        ],
        settings: [key::AZURE_ACCOUNT_NAME],
    }

    P67 = "P67" {
        title: "Another source overrides a value of the file.",
        cause: "An environment variable, an argument in wrapper.conf, a file of a profile, or the jar itself sets the same setting and overrides application.properties.",
        recognised: IN_FILES,
        advice: [
            "Change the value in the source that overrides it, or remove it there.",
            "The Docker image of Score does not read a properties file at all.",
        ],
        settings: [],
    }

    P70 = "P70" {
        title: "The running Score uses other keys than its configuration: it was not restarted, or another source overrides them.",
        cause: "Score signs with other keys than the configuration contains. The keys were changed, and Score was not restarted.",
        recognised: "In the URL of Score's ping, only the access key or the signature differs from this configuration.",
        advice: [
            "Restart Score.",
            "If this does not help, another source overrides the file: see P67.",
        ],
        settings: [key::S3_ACCESS_KEY, key::S3_SECRET_KEY, key::AZURE_ACCOUNT_KEY],
    }

    P71 = "P71" {
        title: "The store refuses the empty streamed object that Score writes for each finished part.",
        cause: "Score marks each finished part with an object of 0 bytes, sent in signed chunks. Some releases of Ceph (observed: 16.2.15) compute its hash wrongly.",
        recognised: "The same request with one byte succeeds, and with version 2 the empty one succeeds too. Health, ping and sentinel work.",
        advice: [
            "Set s3.sigV4Enabled=false. Score then sends plain bodies.",
            "Or use a release of Ceph that contains the fix (tracker 67875).",
        ],
        settings: [key::S3_SIG_V4_ENABLED],
    }

    P72 = "P72" {
        title: "The store refuses bodies in signed chunks, which Score uses for all bodies with signature version 4.",
        cause: "With version 4, Score sends all its own objects in signed chunks (aws-chunked). This store does not support them (501 NotImplemented).",
        recognised: "The same object in one piece succeeds, and in chunks it fails.",
        advice: ["Set s3.sigV4Enabled=false, if the store supports version 2."],
        settings: [key::S3_SIG_V4_ENABLED],
    }

    P73 = "P73" {
        title: "The AWS SDK for Java 1.11, which Score uses, cannot read a reply of the store.",
        cause: "The reply does not have the form that AWS SDK for Java 1.11 requires. Other clients are less strict. score-client then stops, and Score's log contains no message.",
        recognised: "The reply is read by the same rules: the exact name of its root element, and complete XML.",
        advice: ["Use a newer release of the store, or another store. No setting of Score helps."],
        settings: [key::S3_ENDPOINT],
    }

    P74 = "P74" {
        title: "The store refuses pre-signed requests, but accepts signed ones.",
        cause: "Clients use only pre-signed URLs. The store refuses these, and accepts signed headers.",
        recognised: "The same object is requested both ways.",
        advice: [
            "Look for a proxy that removes or changes the query.",
            "If there is no proxy, the store has this fault.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P75 = "P75" {
        title: "The profile secure is not active, so every upload and download fails with 500.",
        cause: "Without the profile secure, every upload and download fails with 500, \"An Authentication object was not found in the SecurityContext\". Health, ping and listing work.",
        recognised: "lint reads the active profiles. check sees that pages which need a token are open, and that a download answers 500.",
        advice: [
            "Add secure to the active profiles, and set the auth.server.* settings that the release needs.",
            "With the wrapper, the profiles are in wrapper.conf. spring.profiles.active in application.properties has no effect there.",
        ],
        settings: [key::SPRING_PROFILES_ACTIVE],
    }

    P76 = "P76" {
        title: "The profile prod or default is not active, so Score has no URLs for uploads and downloads.",
        cause: "Up to 5.11, the URLs for uploads and downloads belong to the profile prod or default. With only the profile of the store, Score starts without them.",
        recognised: "lint reads the active profiles. check sees that the health page exists and that ping answers 404.",
        advice: ["Activate default,prod (up to 5.9) or collaboratory,prod (5.10 and 5.11), and secure."],
        settings: [key::SPRING_PROFILES_ACTIVE],
    }

    P77 = "P77" {
        title: "The secret key begins or ends with a space, which Score removes when it signs.",
        cause: "The AWS SDK trims both keys when it signs, so Score cannot use this key.",
        recognised: IN_FILES,
        advice: ["Request a new key."],
        settings: [key::S3_SECRET_KEY],
    }

    P78 = "P78" {
        title: "The store, or a proxy in front of it, reports an internal error.",
        cause: "The store cannot work at this moment: it starts, it is overloaded, or a part of it has failed. Or a proxy in front of it cannot reach it. The status is 500 to 504.",
        recognised: "The status. The page of the error sometimes shows which of the two it is.",
        advice: ["Look at both logs, then check again."],
        settings: [key::S3_ENDPOINT],
    }

    P79 = "P79" {
        title: "The server at the endpoint is not the kind of store that was chosen.",
        cause: "The server sends a web page, a login page, JSON, a redirect, or another protocol.",
        recognised: "The reply is not a reply of S3 or Azure, even to a signed request.",
        advice: ["Check host and port. A proxy or a captive portal may answer instead of the store."],
        settings: [key::S3_ENDPOINT],
    }

    P80 = "P80" {
        title: "The store does not keep object names as Score writes them.",
        cause: "Score keeps the state of each part in an object whose name contains | { \" : and ,. The store, or a proxy in front of it, changes or loses such names.",
        recognised: "An object with such a name is written, and searched for in the list.",
        advice: [
            "Let the proxy pass paths unchanged.",
            "Otherwise use another release of the store. No setting of Score changes these names.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P81 = "P81" {
        title: "The store returns something else than was written, or does not find it.",
        cause: "The store, or a cache in front of it, returns an older or a different object, or does not find the object yet.",
        recognised: "A test object is read back and compared.",
        advice: [
            "Look for a cache in front of the store.",
            "Score needs a store where an object exists as soon as it is written.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P82 = "P82" {
        title: "A download of a range does not return exactly this range.",
        cause: "score-client downloads in ranges. A cache or a proxy removes the Range header, or returns the whole object. With signature version 4 the store then refuses the URL, because the signature covers this header.",
        recognised: "A part of the sentinel is requested and compared. If the URL is refused, the same URL is requested without a range.",
        advice: ["Configure the proxy to pass the Range header, and not to compress."],
        settings: [key::S3_ENDPOINT],
    }

    P83 = "P83" {
        title: "The store takes longer than a check waits, or answers only unsigned requests.",
        cause: "The store takes longer than the limit of a check, or it hangs at one kind of request. Score itself waits up to 50 s for each reply, and tries again.",
        recognised: "The limit of the check was exceeded. Nothing else is known.",
        advice: [
            "Look at the load and the log of the store.",
            "If the store answers unsigned requests quickly and hangs at signed ones, the fault is behind its gateway.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P84 = "P84" {
        title: "A check stopped because of an error in score-setup.",
        cause: "The program reached a state that its authors did not expect, for example because of an unusual reply. The other checks are not affected.",
        recognised: "A check stopped early. Its result says nothing about the store.",
        advice: ["Report the error, with the file of --log."],
        settings: [],
    }

    P85 = "P85" {
        title: "The connection closed before the reply was complete.",
        cause: "The server, a proxy or a firewall closed or reset the connection before the reply was complete.",
        recognised: "Bytes were sent, and no reply or an incomplete reply came back.",
        advice: [
            "Look at the log of the store, and of a proxy or a firewall.",
            "If the port uses TLS, s3.endpoint must begin with https://.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P86 = "P86" {
        title: "Score's health page reports, or will report, that the store is out of service.",
        cause: "The health page of Score requests the ACL of the object bucket. AccessDenied means UP. Any other reply that is not an ACL means OUT_OF_SERVICE.",
        recognised: "The same request is sent, or the page of a running Score is read.",
        advice: [
            "Uploads and downloads do not need the ACL. See the results of the other checks.",
            "If the store does not support ACLs, do not let a load balancer watch this page.",
        ],
        settings: [key::BUCKET_NAME_OBJECT],
    }

    P87 = "P87" {
        title: "The store reports an object that does not exist as existing.",
        cause: "A web server or a gateway answers every HEAD with 200. Score takes this for an object that was already uploaded, and refuses the upload.",
        recognised: "An object with a random name is requested.",
        advice: ["Check that the endpoint is an S3 service, not a web server that answers every request."],
        settings: [key::S3_ENDPOINT],
    }

    P88 = "P88" {
        title: "The store refuses a request for a reason that no other finding covers.",
        cause: "Stores have codes of their own, for example for a feature that is disabled or for a rule of the provider. score-setup does not know this code.",
        recognised: "The code fits no other finding.",
        advice: ["Look up the code, and search the log of the store for the request id."],
        settings: [],
    }

    P89 = "P89" {
        title: "The endpoint, or the route to it, cannot be used as written.",
        cause: "The endpoint, the URL of Score, --connect-to or --ca-file does not have a valid form.",
        recognised: "The text alone. Nothing was sent.",
        advice: ["Write http:// or https://, the host, and the port if it is not the default."],
        settings: [key::S3_ENDPOINT],
    }

    P90 = "P90" {
        title: "An upload cannot be completed.",
        cause: "The store did not join the parts of an upload.",
        recognised: "A small test upload is completed in the state bucket.",
        advice: ["Look at the log of the store for this request."],
        settings: [key::S3_ENDPOINT],
    }

    P91 = "P91" {
        title: "The store does not list the parts of an upload as they were sent.",
        cause: "Score requests each part after it was sent, and compares its number and ETag.",
        recognised: "A test part is listed as Score lists it.",
        advice: ["No setting of Score changes this. A newer release of the store may help."],
        settings: [key::S3_ENDPOINT],
    }

    P92 = "P92" {
        title: "Score cannot delete the objects that a finished upload leaves behind.",
        cause: "Score deletes the state of a finished upload. The store does not allow it.",
        recognised: "A test object under the upload directory is deleted.",
        advice: [
            "Allow s3:DeleteObject in the state bucket. Otherwise each upload leaves some small objects behind.",
        ],
        settings: [key::BUCKET_NAME_STATE],
    }

    P93 = "P93" {
        title: "Score cannot ask Song about a file.",
        cause: "Song is the metadata server. Score asks Song about a file before each transfer. Song cannot be reached, or answers with an error.",
        recognised: "The profile secure is active, and a download of an unknown file answers 500 instead of 403 or 404.",
        advice: [
            "Check metadata.url from the machine that runs Score. It must not end with a slash.",
            "Look at Score's log for the cause.",
        ],
        settings: [key::METADATA_URL],
    }

    P94 = "P94" {
        title: "The certificate of the endpoint is trusted on this machine, but not by the Java that would run Score.",
        cause: "This machine trusts the certificate. The Java that would run Score has its own trust store, and does not trust it.",
        recognised: "The chain is checked against the trust store of the Java that was found.",
        advice: [
            "Import the authority into a copy of cacerts, and set -Djavax.net.ssl.trustStore to this copy.",
            "Do the same for the Java of score-client.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P95 = "P95" {
        title: "The endpoint does not send the certificate of its issuer, and Java does not download it.",
        cause: "The server sends its own certificate, but not that of the intermediate authority. Browsers download it. Java does not.",
        recognised: "The issuer of the certificate is known, but its certificate was not sent.",
        advice: ["Configure the server to send the whole chain."],
        settings: [key::S3_ENDPOINT],
    }

    P96 = "P96" {
        title: "Java does not accept this kind of certificate, or not in every version.",
        cause: "Java refuses the key, the signature or the form of the certificate by its own list.",
        recognised: "The certificate, compared with the algorithms that Java disables.",
        advice: ["Request a new certificate with RSA of at least 2048 bits, or with EC, and with SHA-256."],
        settings: [key::S3_ENDPOINT],
    }

    P97 = "P97" {
        title: "The endpoint and Java have no version of TLS or no cipher suite in common.",
        cause: "The server supports only versions of TLS that Java disables, or has no cipher suite in common with Java.",
        recognised: "The alert of the handshake, and a handshake in older versions.",
        advice: ["Enable TLS 1.2 or 1.3 in the server."],
        settings: [key::S3_ENDPOINT],
    }

    P98 = "P98" {
        title: "The endpoint requires a client certificate, which Score does not have.",
        cause: "The server or a proxy in front of it uses mutual TLS (mTLS): it accepts only clients that show a certificate. Score identifies itself by keys and has no setting for a certificate.",
        recognised: "The alert that follows a handshake without a certificate.",
        advice: ["Disable it in the server, or add a proxy that has a client certificate."],
        settings: [key::S3_ENDPOINT],
    }

    P99 = "P99" {
        title: "The certificate of the endpoint expires within two weeks.",
        cause: "The certificate was not renewed yet, for example because an automatic renewal failed. After its last day, Java refuses every connection, and uploads and downloads stop.",
        recognised: "Its last day, compared with the clock of this machine.",
        advice: ["Renew the certificate before this day."],
        settings: [key::S3_ENDPOINT],
    }

    P100 = "P100" {
        title: "The server at the URL of Score is not Score.",
        cause: "Another service answers, or a proxy, a login page or a redirect.",
        recognised: "The server does not return a health page or a pre-signed URL.",
        advice: ["Use the URL that clients have in storage.url."],
        settings: [],
    }

    P101 = "P101" {
        title: "Uploads and downloads do not require a token.",
        cause: "Score does not ask for a token, as with the profile noSecurityDev.",
        recognised: "An anonymous download of an unknown file answers 404, and other pages are open too.",
        advice: ["Use the profile secure if others can reach this Score."],
        settings: [],
    }

    P102 = "P102" {
        title: "The running Score uses other values than this configuration.",
        cause: "Environment variables, arguments in wrapper.conf, files of profiles or the jar itself override the file. Or the configuration belongs to another Score.",
        recognised: "The URL of Score's ping is made again from the configuration, and the parts are compared.",
        advice: [
            "Look for the setting that differs in the environment variables of Score's process, in wrapper.conf and in application-<profile>.properties.",
            "Restart Score after a change. It reads its configuration only when it starts.",
            "The Docker image of Score does not read a properties file at all.",
        ],
        settings: [],
    }

    P103 = "P103" {
        title: "The list of stored access policies cannot be read.",
        cause: "Azure, or a server that imitates it, returns the policies of the container in a form that score-setup does not know.",
        recognised: "The reply to the request for the policies is not the document that Azure describes.",
        advice: [
            "See the checks that upload and download with the policies. They show whether the policies work.",
        ],
        settings: [key::BUCKET_NAME_OBJECT],
    }

    P104 = "P104" {
        title: "The store redirects a pre-signed URL, and the signature does not match at the other URL.",
        cause: "The store, or a proxy in front of it, redirects a URL that Score made. The signature covers the host and the path of the first URL.",
        recognised: "The answer to the URL is a redirect (301, 302, 307 or 308) without a code of S3.",
        advice: ["Write the URL that the redirect names in s3.endpoint, and restart Score."],
        settings: [key::S3_ENDPOINT],
    }

    P110 = "P110" {
        title: "The host of the endpoint belongs to a service of the provider that Score cannot use.",
        cause: "Providers have special hosts for access points, acceleration, private networks or web sites. They need the bucket in the host, or another region or protocol. Score puts the bucket into the path, and takes the region from the host.",
        recognised: "The host alone. Nothing is sent.",
        advice: [
            "Write the S3 endpoint of the region in s3.endpoint, such as https://s3.<region>.amazonaws.com.",
            "In a private network of AWS, enable private DNS for the VPC endpoint, and use the same endpoint of the region.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P111 = "P111" {
        title: "The store does not accept the bucket in the path.",
        cause: "Score always writes the bucket into the path (path style). Alibaba Cloud OSS, Tencent Cloud COS and Huawei Cloud OBS want it in the host.",
        recognised: "The domain of the endpoint, or a code of the store: SecondLevelDomainForbidden, PathStyleDomainForbidden or VirtualHostDomainRequired.",
        advice: ["Use another store. Score has no setting for the bucket in the host."],
        settings: [key::S3_ENDPOINT],
    }

    P112 = "P112" {
        title: "A firewall or a proxy in front of the store refuses requests of Score.",
        cause: "The answer is a web page or a text, and not the XML of a store that answered other requests. Web application firewalls refuse object names with { or |, which Score uses, and challenges for browsers refuse programs.",
        recognised: "The status is 400 to 499, and the body is not a reply of S3. The finding shows the words of the page.",
        advice: [
            "Let all requests to the store pass the firewall without inspection, also names that contain | { \" : and ,.",
            "Or write the endpoint of the store itself in s3.endpoint.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P113 = "P113" {
        title: "Clients of 5.10 and newer take a Score 5.9 with Azure for S3, and fail.",
        cause: "Clients since 5.10 ask Score for its kind of store. Score up to 5.9 has no such page, and the client then assumes S3 (observed: Score 5.9.0 with Azurite).",
        recognised: "lint and check read the release and the kind of store. Nothing is sent for it.",
        advice: [
            "Use score-client of the same release, or update Score to 5.10 or 5.11.",
            "With score-client 5.11, the Java option -DdefaultProfile=azure helps. With 5.12 it does not.",
        ],
        settings: [],
    }

    P114 = "P114" {
        title: "A proxy answers at the URL of Score, but Score behind it does not.",
        cause: "Score is not running, still starts, or listens at another port than the proxy expects. The proxy or the ingress then answers 502, 503 or 504 itself.",
        recognised: "The health page has one of these statuses, and its body is not that of Score.",
        advice: [
            "Look whether Score runs, and at its log. A Score that does not start reports the reason there.",
            "The proxy must send requests to the port in server.port.",
        ],
        settings: [key::SERVER_PORT],
    }

    P115 = "P115" {
        title: "A process listens already at the port of server.port.",
        cause: "Two processes cannot listen at one port. Score then stops at its start with: Port … was already in use. If this Score runs now, it is the process itself, and nothing is wrong.",
        recognised: "On Linux, the table of listening ports of this machine, and the name of the process. The processes of other users are not named.",
        advice: [
            "Stop the other process, or choose another port in server.port. Clients need the new port in storage.url.",
        ],
        settings: [key::SERVER_PORT],
    }

    P120 = "P120" {
        title: "Score up to 5.10 cannot upload with signature version 2.",
        cause: "Its HTTP client writes : and , in the name of a part marker bare, after the name was signed with %3A and %2C. Version 2 signs the name as it is written, so the store refuses the signature. Version 4 signs it in one standard form.",
        recognised: "The request is refused as this release sends it, and accepted with the name as it was signed.",
        advice: [
            "Use Score 5.11 or newer.",
            "Or set s3.sigV4Enabled=true, if uploads work with version 4 on this store.",
        ],
        settings: [key::S3_SIG_V4_ENABLED],
    }

    P121 = "P121" {
        title: "The endpoint contains the usual port, and clients fail with signature version 4.",
        cause: "With version 4, Score signs the host without the port that the scheme implies: 443 for https, 80 for http. Clients send the host of the URL with this port. Health and listing work.",
        recognised: "A pre-signed URL is refused, and the same URL without the port is accepted.",
        advice: ["Remove the port from s3.endpoint."],
        settings: [key::S3_ENDPOINT],
    }

    P122 = "P122" {
        title: "The store works, slowly: replies come late, or only when a request is repeated.",
        cause: "The store, or a proxy in front of it, is busy. Score waits 50 s for a reply and repeats requests that fail with 500, 502, 503, 504 or a request to slow down.",
        recognised: "A reply took more than 2 s, or came only after the request was sent again.",
        advice: [
            "Look at the load of the store and of the proxy. Uploads and downloads work, but they are slow.",
        ],
        settings: [key::UPLOAD_RETRY_LIMIT],
    }

    P130 = "P130" {
        title: "A lifecycle rule of the store deletes files of Score.",
        cause: "A lifecycle rule deletes objects by their age. Score still lists the files in Song, and every download of one fails.",
        recognised: "check --store-settings reads the rules of the buckets. The rule is enabled, has no tag, and its prefix is the data directory, a part of it, or everything.",
        advice: [
            "Remove the rule, or limit it to a prefix that Score does not use.",
            "S3 replaces the whole lifecycle document of a bucket. Read it first, and write all rules that shall stay.",
        ],
        settings: [key::BUCKET_NAME_OBJECT, key::BUCKET_NAME_STATE],
    }

    P131 = "P131" {
        title: "The store moves files of Score into an archive, where they cannot be read.",
        cause: "Objects in the classes GLACIER and DEEP_ARCHIVE cannot be read until they are restored (InvalidObjectState). Blobs in the archive tier of Azure cannot be read either (BlobArchived). Score does not restore them.",
        recognised: "check --store-settings reads the rules of the buckets. A transition leads to one of these classes. On Azure, it reads the tiers of the first 500 blobs.",
        advice: [
            "Use a class that is read at once, such as STANDARD_IA or GLACIER_IR.",
            "On Azure, use the tier hot, cool or cold. The rule is in the lifecycle management of the account.",
        ],
        settings: [key::BUCKET_NAME_OBJECT],
    }

    P132 = "P132" {
        title: "A lifecycle rule of the store ends uploads before they expire in Score.",
        cause: "Score lets an upload take as many days as the upload expiration says. The rule aborts the upload, or deletes its state, earlier.",
        recognised: "check --store-settings reads the rules of the buckets, and compares their days with the upload expiration.",
        advice: ["Let the rule wait for at least one day more than the upload expiration."],
        settings: [key::S3_UPLOAD_EXPIRATION],
    }

    P133 = "P133" {
        title: "Nothing removes unfinished uploads.",
        cause: "The parts of an unfinished upload stay in the store and cost space. No list of objects shows them. Score's clean-up is off, and no lifecycle rule aborts them.",
        recognised: "upload.clean.enabled is false or missing, and check --store-settings finds no rule that aborts uploads.",
        advice: [
            "Set upload.clean.enabled=true and restart Score.",
            "Or add a lifecycle rule that aborts unfinished uploads, one day after the upload expiration or later.",
        ],
        settings: [key::UPLOAD_CLEAN_ENABLED],
    }

    P134 = "P134" {
        title: "A bucket or an Azure account keeps old versions for ever.",
        cause: "With versioning, a deleted object stays as an old version. Score deletes the state of every upload, so old versions grow with each one. On Azure, each repeated upload keeps the earlier file.",
        recognised: "check --store-settings reads that versioning is enabled, and no rule with NoncurrentVersionExpiration. On Azure, the sentinel has a version id, or the container has immutable versions. Score's key cannot read the rules there.",
        advice: ["Add a lifecycle rule that deletes old versions, or suspend versioning."],
        settings: [],
    }

    P135 = "P135" {
        title: "The state bucket locks its objects.",
        cause: "With a default retention, the store keeps each object until its lock ends. Transfers work, and the state of uploads cannot be removed.",
        recognised: "check --store-settings reads a default retention of the state bucket.",
        advice: ["Use a state bucket without default retention. The object bucket may have one."],
        settings: [key::BUCKET_NAME_STATE],
    }

    P136 = "P136" {
        title: "A bucket encrypts with KMS by default, so an ETag may not be the MD5.",
        cause: "Score and its client compare the ETag with the MD5 of what they sent. On AWS, the ETag of an object under SSE-KMS is not the MD5.",
        recognised: "check --store-settings reads aws:kms as the default encryption. The checks of writing and of a part show whether Score accepts the ETag.",
        advice: [
            "Use SSE-S3 (AES256) as the default of the bucket, or set s3.masterEncryptionKeyId.",
            "Allow the key kms:GenerateDataKey and kms:Decrypt.",
        ],
        settings: [key::S3_MASTER_ENCRYPTION_KEY_ID],
    }

    P137 = "P137" {
        title: "Everyone can read or write a bucket or a container, without Score.",
        cause: "Score authorizes each transfer and gives out pre-signed URLs. A public bucket or container gives the same files to everyone.",
        recognised: "check --store-settings reads a grant to all users in the access list, or a policy that the store calls public. On Azure, it reads the public access of the container, and asks for the sentinel without a signature.",
        advice: ["Remove the public grants. Score and its clients need none of them."],
        settings: [],
    }

    P138 = "P138" {
        title: "The quota of a bucket is nearly used up.",
        cause: "If a part does not fit into the quota, the store refuses it. score-client 5.11 then reports a completed upload, and the object does not exist.",
        recognised: "check --store-settings reads the quota and the used bytes that Ceph shows with a bucket.",
        advice: ["Raise the quota of the bucket, or delete what is no longer needed."],
        settings: [key::BUCKET_NAME_OBJECT],
    }

    P139 = "P139" {
        title: "The CORS rules of a bucket or an Azure account do not let browsers read ranges.",
        cause: "A genome browser reads parts of a file by a pre-signed URL from the page of another site. The store must allow the header Range.",
        recognised: "check --store-settings reads CORS rules, and none of them allows GET with the header Range.",
        advice: ["Allow the method GET and the header Range, and expose Content-Range.", "score-client needs no CORS rule."],
        settings: [],
    }

    P140 = "P140" {
        title: "The store removes unfinished uploads by itself, perhaps before they expire in Score.",
        cause: "MinIO removes an upload 24 h after its start, even while its parts arrive (stale_uploads_expiry). Score lets an upload take as many days as the upload expiration says. A part after that is refused (NoSuchUpload).",
        recognised: "check --store-settings sees that the store is MinIO. S3 does not show the present value of this setting, so it is not read.",
        advice: [
            "Read the value with mc admin config get ALIAS api.",
            "Set it to at least one day more than the upload expiration, such as 168 h: mc admin config set ALIAS api stale_uploads_expiry=168h.",
            "If no upload takes that long, accept the finding with --accept P140.",
        ],
        settings: [key::S3_UPLOAD_EXPIRATION],
    }

    P141 = "P141" {
        title: "A policy forbids to replace and delete the blobs of the container.",
        cause: "With an immutability policy or a legal hold, Azure creates each blob once. Downloads and first uploads work. An upload that replaces a file fails (BlobImmutableDueToPolicy), the sentinel cannot be changed, and no blob can be deleted.",
        recognised: "check --store-settings reads x-ms-has-immutability-policy and x-ms-has-legal-hold of the container. With immutable versions, a repeated upload makes a version and works.",
        advice: [
            "If files must be replaceable, use a container without the policy. Azure never removes a locked policy.",
            "Run check with --read-only there. Its scratch blobs would stay.",
        ],
        settings: [key::BUCKET_NAME_OBJECT],
    }

    T1 = "T-1" {
        title: "Profiles are set in a file where they have no effect.",
        cause: "An argument in wrapper.conf overrides the profiles of every file. And a file that names a profile for itself is read only while that profile is active.",
        recognised: IN_FILES,
        advice: ["Set the profiles in wrapper.conf, in wrapper.app.parameter.5."],
        settings: [key::SPRING_PROFILES_ACTIVE, key::SPRING_PROFILES],
    }

    T3 = "T-3" {
        title: "Score 5.12 does not start with Azure.",
        cause: "Score 5.12 defines the same beans for Azure and for S3.",
        recognised: IN_FILES,
        advice: ["Use a release up to 5.11 with Azure."],
        settings: [key::SPRING_PROFILES_ACTIVE],
    }

    T7 = "T-7" {
        title: "The name of the sentinel ends with a dot.",
        cause: "Score's documentation prints a dot after the name, at the end of a sentence.",
        recognised: IN_FILES,
        advice: ["Write heliograph, without the dot."],
        settings: [key::OBJECT_SENTINEL],
    }

    T9 = "T-9" {
        title: "No release of Score reads this setting.",
        cause: "The setting appears in examples, but has no effect. download.partsize is one of them.",
        recognised: IN_FILES,
        advice: ["Remove the setting."],
        settings: [],
    }

    T10 = "T-10" {
        title: "The number of retries is below 0.",
        cause: "The AWS SDK refuses a negative number, and Score does not start.",
        recognised: IN_FILES,
        advice: ["Write 0 or more. The default is 5."],
        settings: [key::UPLOAD_RETRY_LIMIT, key::S3_RETRY_LIMIT],
    }

    T11 = "T-11" {
        title: "The access key or the secret key is missing.",
        cause: "Score then reads both keys from ~/.aws/credentials, and from no other place.",
        recognised: IN_FILES,
        advice: ["Write s3.accessKey and s3.secretKey."],
        settings: [key::S3_ACCESS_KEY, key::S3_SECRET_KEY],
    }

    T13 = "T-13" {
        title: "The number of digits in bucket.size.key does not fit the pool of buckets.",
        cause: "With a pool, Score chooses the bucket by the first digits of a file's id. Two digits reach 256 buckets.",
        recognised: IN_FILES,
        advice: ["Set bucket.size.pool=0, unless you want buckets <name>.0 and so on."],
        settings: [key::BUCKET_SIZE_KEY, key::BUCKET_SIZE_POOL],
    }

    T14 = "T-14" {
        title: "The endpoint contains a character that Java does not accept in a URL.",
        cause: "Java refuses the URL, and Score does not start.",
        recognised: IN_FILES,
        advice: ["Write only http:// or https://, the host and the port."],
        settings: [key::S3_ENDPOINT],
    }

    T15 = "T-15" {
        title: "A switch is neither true nor false.",
        cause: "Spring reads only a few words as a switch. With quotes, true and false are not among them, and Score does not start.",
        recognised: IN_FILES,
        advice: ["Write true or false."],
        settings: [],
    }

    T16 = "T-16" {
        title: "The access key or the secret key is not the intended text.",
        cause: "Quotes, spaces or other added characters are part of the key, and Score signs with them.",
        recognised: IN_FILES,
        advice: ["Write only the key."],
        settings: [key::S3_ACCESS_KEY, key::S3_SECRET_KEY],
    }

    T17 = "T-17" {
        title: "The name of a bucket contains a character that is not valid in a bucket name.",
        cause: "Score requests a bucket with exactly this name.",
        recognised: IN_FILES,
        advice: ["Write only the name."],
        settings: [key::BUCKET_NAME_OBJECT, key::BUCKET_NAME_STATE],
    }

    T19 = "T-19" {
        title: "Clean-up is on, although the value looks like false.",
        cause: "Only the exact word false switches clean-up off.",
        recognised: IN_FILES,
        advice: ["Write upload.clean.enabled=false."],
        settings: [key::UPLOAD_CLEAN_ENABLED],
    }

    T20 = "T-20" {
        title: "A part of the connection to Azure cannot be read.",
        cause: "Score joins the three values to a connection string. It allows neither quotes nor spaces, and Score does not start.",
        recognised: IN_FILES,
        advice: ["Write only the values. The account key is base64, 88 characters."],
        settings: [key::AZURE_ENDPOINT_PROTOCOL, key::AZURE_ACCOUNT_NAME, key::AZURE_ACCOUNT_KEY],
    }

    T21 = "T-21" {
        title: "The sentinel has a different name than intended.",
        cause: "Quotes, spaces, a comment or a directory are part of the name. The server works, but every client stops.",
        recognised: IN_FILES,
        advice: ["Write only the name."],
        settings: [key::OBJECT_SENTINEL],
    }

    T23 = "T-23" {
        title: "The stored access policy has a different name than intended.",
        cause: "Characters before or after the name are part of it. Azure refuses each URL that names this policy.",
        recognised: IN_FILES,
        advice: ["Write only the name."],
        settings: [key::BUCKET_POLICY_UPLOAD, key::BUCKET_POLICY_DOWNLOAD],
    }

    T24 = "T-24" {
        title: "The name of the container is not valid.",
        cause: "Score requests the container when it starts, and stops.",
        recognised: IN_FILES,
        advice: ["Write only the name: 3 to 63 lower-case letters, digits and hyphens."],
        settings: [key::BUCKET_NAME_OBJECT],
    }

    T26 = "T-26" {
        title: "A number cannot be read, or is too large for Java.",
        cause: "Java reads whole numbers up to 2147483647, without units. Otherwise Score does not start.",
        recognised: IN_FILES,
        advice: ["Write a number of bytes without a unit, such as 67108864."],
        settings: [],
    }

    T27 = "T-27" {
        title: "A stray punctuation mark follows a name.",
        cause: "The mark becomes part of the name.",
        recognised: IN_FILES,
        advice: ["Remove the mark."],
        settings: [],
    }

    T30 = "T-30" {
        title: "The file begins with a byte order mark, or contains letters that are not ASCII.",
        cause: "Spring reads the file as Latin-1. A byte order mark becomes part of the first name in the file.",
        recognised: IN_FILES,
        advice: ["Write other letters as \\u and four digits. The wizard does this."],
        settings: [],
    }

    T31 = "T-31" {
        title: "The part size has a different effect than its value says.",
        cause: "On S3, Score raises each value under 20 MiB to 20 MiB. On Azure, the value is the size of the parts of downloads.",
        recognised: IN_FILES,
        advice: ["Use a value between 20 MiB and 1 GiB."],
        settings: [key::UPLOAD_PARTSIZE],
    }

    T32 = "T-32" {
        title: "AWS and MinIO refuse to create a bucket with this name.",
        cause: "On AWS and MinIO, the name of a bucket may not contain upper-case letters or underscores.",
        recognised: IN_FILES,
        advice: ["Use lower-case letters, digits and hyphens."],
        settings: [key::BUCKET_NAME_OBJECT, key::BUCKET_NAME_STATE],
    }

    T34 = "T-34" {
        title: "Score takes the region from the host name of the endpoint.",
        cause: "Score reads the part of the host after s3. or s3- as the region, on every host.",
        recognised: IN_FILES,
        advice: ["Check that the store expects this region, or use another host name."],
        settings: [key::S3_ENDPOINT],
    }

    T35 = "T-35" {
        title: "The endpoint of AWS does not name a region.",
        cause: "Score then signs for us-east-1, and AWS refuses URLs for buckets in other regions.",
        recognised: IN_FILES,
        advice: ["Write https://s3.<region>.amazonaws.com."],
        settings: [key::S3_ENDPOINT],
    }

    T36 = "T-36" {
        title: "A switch is missing, so Score uses false.",
        cause: "With its wrapper, Score does not read the defaults of the jar. Without s3.sigV4Enabled, it uses signature version 2.",
        recognised: IN_FILES,
        advice: ["Write the setting."],
        settings: [key::S3_SIG_V4_ENABLED, key::S3_SECURED],
    }

    T38 = "T-38" {
        title: "The URLs of Score expire immediately, or later than the signature allows.",
        cause: "A URL with signature version 4 is valid for at most 7 days. With more, each transfer fails. With 0, the URL has already expired.",
        recognised: IN_FILES,
        advice: ["Write 1 to 7 days."],
        settings: [key::S3_UPLOAD_EXPIRATION, key::S3_DOWNLOAD_EXPIRATION],
    }

    T41 = "T-41" {
        title: "Arguments in wrapper.conf do not reach Score, or do not name the folder conf.",
        cause: "The wrapper passes its parameters only up to the first number that is missing. Without an argument that names the folder conf, Score does not read the files in it.",
        recognised: IN_FILES,
        advice: [
            "Number the lines wrapper.app.parameter without a gap, and pass --spring.config.location=../conf/.",
        ],
        settings: [key::SPRING_CONFIG_LOCATION],
    }

    T42 = "T-42" {
        title: "TLS is on, but the key store does not exist.",
        cause: "wrapper.conf names ../cert/service.jks, which is not shipped.",
        recognised: IN_FILES,
        advice: ["Write server.ssl.enabled=false, or create the key store."],
        settings: [key::SERVER_SSL_ENABLED, key::SERVER_SSL_KEY_STORE],
    }

    T43 = "T-43" {
        title: "A setting that Score needs is missing, empty, or not one of the allowed values.",
        cause: "With its wrapper, Score reads only the folder conf, without the defaults of the jar.",
        recognised: IN_FILES,
        advice: ["Write every setting. The wizard does this."],
        settings: [],
    }

    T44 = "T-44" {
        title: "Vault is not switched off in conf/bootstrap.properties, the only file where the switch has an effect.",
        cause: "Unless conf/bootstrap.properties contains spring.cloud.vault.enabled=false, Score looks for Vault and does not start. In application.properties, the switch has no effect.",
        recognised: IN_FILES,
        advice: ["Write spring.cloud.vault.enabled=false into conf/bootstrap.properties."],
        settings: [key::SPRING_CLOUD_VAULT_ENABLED],
    }

    T45 = "T-45" {
        title: "The configuration inside the jar overrides the file, or is the only source of a value.",
        cause: "Up to 5.10, sections for profiles in the jar override a file next to it. A value that only the jar sets is for another installation.",
        recognised: IN_FILES,
        advice: ["Write the value into application-<profile>.properties, or set an environment variable."],
        settings: [],
    }

    T46 = "T-46" {
        title: "The Docker image of Score does not read this properties file.",
        cause: "The command of the image names only the configuration inside the jar.",
        recognised: IN_FILES,
        advice: ["Use environment variables."],
        settings: [],
    }

    T47 = "T-47" {
        title: "A second name of the same setting overrides this one.",
        cause: "s3.retryLimit overrides upload.retry.limit, and s3.connectionTimeout overrides upload.connection.timeout.",
        recognised: IN_FILES,
        advice: ["Set both to the same value."],
        settings: [key::UPLOAD_RETRY_LIMIT, key::S3_RETRY_LIMIT, key::UPLOAD_CONNECTION_TIMEOUT, key::S3_CONNECTION_TIMEOUT],
    }

    T48 = "T-48" {
        title: "The setting belongs to another release of Score, or to the other kind of store.",
        cause: "Score reads collaboratory.* up to 5.11, and s3.* with the same endings from 5.12. The other name has no effect.",
        recognised: IN_FILES,
        advice: ["Use the names of your release."],
        settings: [],
    }

    T49 = "T-49" {
        title: "A directory ends in a slash, or a slash is in front of the upload directory.",
        cause: "Data and upload directory are the beginnings of object names. A slash at the end of either, or two in a row, changes every name. A slash in front of the data directory works. In front of the upload directory it breaks downloads.",
        recognised: IN_FILES,
        advice: [
            "Write the directory without a slash at its end, and the upload directory also without one in front.",
            "If files were uploaded already, keep the directory that was used for them.",
        ],
        settings: [key::S3_DATA_DIRECTORY],
    }

    T50 = "T-50" {
        title: "The URL of Song ends with a slash.",
        cause: "Score then requests //entities, which some servers refuse.",
        recognised: IN_FILES,
        advice: ["Remove the slash."],
        settings: [key::METADATA_URL],
    }

    T53 = "T-53" {
        title: "JMX is open without a password.",
        cause: "wrapper.conf opens port 10015 without a password. A client that reaches the port can run code as Score.",
        recognised: IN_FILES,
        advice: ["Close the port, or block it in the firewall."],
        settings: [],
    }

    T55 = "T-55" {
        title: "The scope for uploads is one for reading, or the scope for downloads is one for writing.",
        cause: "Score compares the scopes of a token with these settings and knows no meaning of their names. Examples on the web have READ and WRITE swapped.",
        recognised: IN_FILES,
        advice: ["Give uploads the scope that ends in WRITE, and downloads the one that ends in READ."],
        settings: [key::SCOPE_UPLOAD_SYSTEM, key::SCOPE_DOWNLOAD_SYSTEM],
    }

    T56 = "T-56" {
        title: "An answer is not one that Score can use, or it does not fit the others.",
        cause: "score-setup writes only values that this release of Score reads as intended. The message names the rule.",
        recognised: "The answers alone. Nothing is sent.",
        advice: ["Correct the answer. docs/settings.md describes each setting."],
        settings: [],
    }

    T57 = "T-57" {
        title: "The release of Score is not known, or it differs from the one that the installation shows.",
        cause: "Releases read different settings, and score-setup writes only those of the right release. The tag of an image may be a commit, and profiles and names of settings show only some releases.",
        recognised: "No jar, no name of a folder, no tag of an image and no comment of score-setup shows the release.",
        advice: ["Give the release with --release, or as release in the answers file."],
        settings: [],
    }

    T58 = "T-58" {
        title: "A value was understood differently than it is written.",
        cause: "Spaces, quotes or a final slash around a value are usually pasted with it. The message says what was removed.",
        recognised: "The answers and the files. Nothing is sent.",
        advice: ["Compare the value that is written with the intended one."],
        settings: [],
    }

    T59 = "T-59" {
        title: "Other users of this machine can read a file that contains a secret.",
        cause: "The mode of the file lets other users read it.",
        recognised: "The mode of the file. The user that runs Score is that of its process, of RUN_AS_USER in bin/score-server, or of its systemd unit.",
        advice: [
            "Restrict a file of Score with chmod 0640, if the user that runs Score is its owner or in its group. The wizard does this with f.",
            "Restrict an answers file with chmod go-rwx, or refer to the secret with { env = … } or { file = … }.",
        ],
        settings: [],
    }

    T60 = "T-60" {
        title: "A part of the configuration exists, and score-setup does not read it.",
        cause: "A compose file can refer to other files, and a container to objects or folders that are not in the input. score-setup reports nothing that depends on them.",
        recognised: IN_FILES,
        advice: [
            "Of compose, name the merged file: `docker compose config > merged.yaml`.",
            "Of Kubernetes, give all objects together: `kubectl get deployment,configmap,secret -o yaml | score-setup lint -`.",
        ],
        settings: [],
    }

    T61 = "T-61" {
        title: "YAML reads a value as a number or a date, and compose passes on another text.",
        cause: "A value without quotes such as 0123456789, 1e10 or 012 is a number in YAML. Compose prints the number in its own way, so a key is no longer the same.",
        recognised: IN_FILES,
        advice: ["Write the value in quotes."],
        settings: [],
    }

    T62 = "T-62" {
        title: "After this change, Score looks for stored files or unfinished uploads in another place.",
        cause: "Buckets, directories and the size of the pool decide where Score looks. It moves nothing itself.",
        recognised: "The files before and after the change are compared.",
        advice: ["Keep the old values, or copy the objects before Score starts."],
        settings: [key::BUCKET_NAME_OBJECT, key::BUCKET_NAME_STATE, key::BUCKET_SIZE_POOL, key::S3_DATA_DIRECTORY],
    }

    T63 = "T-63" {
        title: "Kubernetes refuses an object, because a value that must be text is a number or a switch.",
        cause: "Values of variables, ConfigMaps and Secrets are texts. kubectl and Helm read YAML 1.1, where 8080, 1e3, true, yes and off are not texts unless they are in quotes.",
        recognised: IN_FILES,
        advice: ["Write the value in quotes. In a template of a chart, add | quote."],
        settings: [],
    }

    T64 = "T-64" {
        title: "A value ends with a line break, which becomes part of the value.",
        cause: "echo adds a line break, so echo VALUE | base64 encodes it too. A block of YAML after | ends with one as well. Score removes it only from the two keys of S3 and from numbers.",
        recognised: IN_FILES,
        advice: [
            "Encode the value without it: printf %s VALUE | base64, or let kubectl create secret encode it.",
            "In a block of YAML, write |- in place of |.",
        ],
        settings: [],
    }

    T65 = "T-65" {
        title: "Kubernetes replaces a $ in a key or password.",
        cause: "In the value of a variable, Kubernetes replaces $(NAME) by another variable and $$ by one $. It replaces nothing in values from a ConfigMap or a Secret.",
        recognised: IN_FILES,
        advice: ["Write $$ for each $, or put the value into a Secret."],
        settings: [],
    }

    T66 = "T-66" {
        title: "A variable of a container is given twice.",
        cause: "The last value takes effect. Server-side apply, which Helm 4 and Argo CD use, refuses the object.",
        recognised: IN_FILES,
        advice: ["Remove one of the entries. With the public Helm chart, extraEnv must not name a variable that the chart sets itself."],
        settings: [],
    }

    T67 = "T-67" {
        title: "Kubernetes sets a variable for a Service, and Score reads it as a setting.",
        cause: "For a Service that is named server, Kubernetes sets SERVER_PORT=tcp://… in all pods of the namespace. Score reads it as server.port and does not start.",
        recognised: IN_FILES,
        advice: ["Set SERVER_PORT in the container, set enableServiceLinks: false in the pod, or rename the Service."],
        settings: [key::SERVER_PORT],
    }

    T68 = "T-68" {
        title: "Settings are mounted into the container, and Score does not read them.",
        cause: "The image reads only the application.yml in its jar, and variables. From 5.11, SPRING_CONFIG_ADDITIONAL_LOCATION adds a folder; up to 5.10 the image ignores it.",
        recognised: IN_FILES,
        advice: [
            "Set variables instead, as with envFrom.",
            "From 5.11, set SPRING_CONFIG_ADDITIONAL_LOCATION to the folder, as in file:/conf/.",
        ],
        settings: [],
    }

    T69 = "T-69" {
        title: "A variable refers to a key that its ConfigMap or Secret does not have.",
        cause: "Kubernetes does not start a container with such a reference, unless the reference is optional.",
        recognised: IN_FILES,
        advice: ["Add the key to the object, or correct its name."],
        settings: [],
    }
}
