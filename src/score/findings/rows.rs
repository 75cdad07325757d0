//! The table of findings: one row for each id, in the order of the ids.

use super::{FindingText, key};

/// The evidence of what `lint` sees.
const IN_FILES: &str = "It is seen in the files alone, with the line; nobody has to be asked.";

findings! {
    P01 = "P01" {
        title: "Quotes stand around a value: in a properties file they are part of it.",
        cause: "A properties file has no quotes: they become a part of the value. Score's own documentation prints them.",
        recognised: IN_FILES,
        advice: [
            "Take the quotes away.",
            "score-setup lint shows the line; what has one right form is mended on request.",
        ],
        settings: [],
    }

    P02 = "P02" {
        title: "Quotes stand around a variable's value, and Score is given them.",
        cause: "docker run --env-file keeps quotes, compose takes them away: the same file works one way only.",
        recognised: IN_FILES,
        advice: [
            "Write the value without quotes.",
        ],
        settings: [],
    }

    P03 = "P03" {
        title: "A comment stands behind a value: in a properties file it is part of it.",
        cause: "A properties file has no comments behind a value: the # and all that follows is a part of it.",
        recognised: IN_FILES,
        advice: [
            "Put the comment on a line of its own.",
            "score-setup lint shows the line; what has one right form is mended on request.",
        ],
        settings: [],
    }

    P04 = "P04" {
        title: "Blanks or invisible characters stand around a value.",
        cause: "What pasting brought along stays a part of the value; Spring trims numbers and switches only.",
        recognised: IN_FILES,
        advice: [
            "Take them away.",
            "score-setup lint shows the line; what has one right form is mended on request.",
        ],
        settings: [],
    }

    P06 = "P06" {
        title: "A `${…}` that nothing sets, or that Spring replaces though it was meant as it stands.",
        cause: "Spring replaces what stands in ${…}, compose what follows a $.",
        recognised: IN_FILES,
        advice: [
            "In compose, write $$.",
            "In a key of the store, the wizard writes it so that Spring gives just that text.",
        ],
        settings: [],
    }

    P07 = "P07" {
        title: "A backslash that Java takes for an escape: letters vanish, lines join, or the whole file is refused.",
        cause: "A backslash begins an escape; one \\u without four hexadecimal digits makes Java refuse the whole file.",
        recognised: IN_FILES,
        advice: [
            "Write two backslashes for one.",
            "score-setup lint shows the line; what has one right form is mended on request.",
        ],
        settings: [],
    }

    P08 = "P08" {
        title: "The access key is a temporary one, which needs a session token that Score cannot send.",
        cause: "The key id begins with ASIA: it was lent for some hours, and is only good together with a session token. Score has no setting for a token.",
        recognised: "By the first four letters. The store itself says only that it does not know the key (InvalidAccessKeyId).",
        advice: [
            "Make a user of its own for Score, with a lasting key (AKIA…), and give it the policy that the wizard prints.",
        ],
        settings: [key::S3_ACCESS_KEY, key::S3_SECRET_KEY],
    }

    P09 = "P09" {
        title: "A placeholder of an example is left in, or access key and secret key are swapped.",
        cause: "The access key has the form of a secret, or stands in brackets, or is a word such as changeme.",
        recognised: IN_FILES,
        advice: [
            "Give the real keys, each in its place.",
        ],
        settings: [key::S3_ACCESS_KEY, key::S3_SECRET_KEY],
    }

    P10 = "P10" {
        title: "A misspelt key, or a variable that binds to nothing: it does nothing.",
        cause: "Spring ignores keys that it does not know; the default counts in silence.",
        recognised: IN_FILES,
        advice: [
            "Correct the name.",
            "score-setup lint shows the line; what has one right form is mended on request.",
        ],
        settings: [],
    }

    P11 = "P11" {
        title: "A key stands more than once, or in several spellings.",
        cause: "Of one spelling the last line counts; of several, Spring has an order of its own.",
        recognised: IN_FILES,
        advice: [
            "Leave one line of it.",
            "score-setup lint shows the line; what has one right form is mended on request.",
        ],
        settings: [],
    }

    P12 = "P12" {
        title: "YAML stands in a properties file.",
        cause: "Indented lines become keys without their beginning, which nobody reads.",
        recognised: IN_FILES,
        advice: [
            "Write whole names: s3.endpoint=….",
        ],
        settings: [],
    }

    P13 = "P13" {
        title: "A whole number is written as a fraction.",
        cause: "Helm writes large numbers so when they are not quoted; Java reads no such integer.",
        recognised: IN_FILES,
        advice: [
            "Quote the number in the values of the chart.",
        ],
        settings: [],
    }

    P14 = "P14" {
        title: "The active profiles are not those that this release needs.",
        cause: "The beans of the store belong to profiles, and each release has its own.",
        recognised: IN_FILES,
        advice: [
            "Up to 5.9: default,prod; 5.10 and 5.11: collaboratory,prod; 5.12: s3; Azure up to 5.11: prod,azure. And secure.",
        ],
        settings: [key::SPRING_PROFILES_ACTIVE],
    }

    P15 = "P15" {
        title: "The schedule of the clean-up is none that Spring reads.",
        cause: "Spring's cron has six fields: second, minute, hour, day, month, weekday. Score does not start with five, or with quotes.",
        recognised: IN_FILES,
        advice: [
            "Write 0 0 0 * * ? for every midnight, or - for never.",
        ],
        settings: [key::UPLOAD_CLEAN_CRON],
    }

    P16 = "P16" {
        title: "The endpoint does not say whether it is http or https.",
        cause: "s3.endpoint has no http:// or https://. Score then takes http or https by s3.secured, which is false where it is missing.",
        recognised: "By the text alone.",
        advice: [
            "Write the whole address into s3.endpoint, with http:// or https:// in front.",
        ],
        settings: [key::S3_ENDPOINT, key::S3_PRE_SIGNED_URL_OVERRIDE_HOST, key::METADATA_URL],
    }

    P17 = "P17" {
        title: "The endpoint says http, but TLS is spoken there.",
        cause: "The endpoint begins with http://, and the server at that port speaks TLS. It answers 400 in plain text, or hangs up.",
        recognised: "The words of the answer, or else a TLS greeting to the same port that succeeds.",
        advice: [
            "Let s3.endpoint begin with https://.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P18 = "P18" {
        title: "The endpoint says https, but TLS is not spoken there.",
        cause: "The endpoint begins with https://, and the server at that port speaks plain HTTP. Java calls it an unsupported or unrecognised SSL message.",
        recognised: "The first bytes that came are no TLS.",
        advice: [
            "Let s3.endpoint begin with http://, or switch TLS on in the store.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P19 = "P19" {
        title: "The endpoint is the web console's port, not the S3 port.",
        cause: "MinIO and others have two ports: one for S3, one for the pages that people look at. The second was given.",
        recognised: "The console says so, names itself in the header Server, or sends its page.",
        advice: [
            "Give the S3 port in s3.endpoint: 9000 where the console is at 9001.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P20 = "P20" {
        title: "The name of the endpoint is unknown.",
        cause: "The name in the endpoint has no address here: a typing error, a name that only a container network knows, or name servers that do not answer.",
        recognised: "The resolver's answer: unknown, or none at all.",
        advice: [
            "Check the host in s3.endpoint for a typing error.",
            "A name of a container network is unknown outside: test with --connect-to HOST:PORT.",
            "Clients need the name too: the URLs that they get hold it.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P21 = "P21" {
        title: "Java takes no such host name as that of the endpoint, often for an underscore.",
        cause: "Java's URI has no host where a label holds an underscore, or ends in a dash; the SDK then has nobody to talk to, and Score does not start.",
        recognised: "By Java's own rule for server names (RFC 2396), applied to the text.",
        advice: [
            "Give the store another name, with a hyphen: a network alias of a container will do.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P22 = "P22" {
        title: "Nothing answers at the endpoint: refused, unreachable or silent.",
        cause: "Nothing answers at host and port. Refused: nothing listens there. Silent: a firewall drops it, or the server hangs.",
        recognised: "By what came back: a refusal at once, no connection within the limit, or a connection without a word.",
        advice: [
            "Check the port in s3.endpoint, and that the store runs.",
            "In a container, localhost is the container itself.",
            "A firewall must let through the machines of Score and of its clients.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P23 = "P23" {
        title: "There is no way to the endpoint but perhaps through a proxy, and Score uses none unless its Java is told.",
        cause: "The direct way is closed, and a proxy is set in this shell. Score's Java does not read HTTP_PROXY or HTTPS_PROXY.",
        recognised: "The direct connection fails while a proxy variable is set; the proxy itself is not tried.",
        advice: [
            "Open the direct way, or give Java the proxy: -Dhttps.proxyHost=… -Dhttps.proxyPort=… as wrapper.java.additional lines.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P25 = "P25" {
        title: "Something before the store cannot do with Expect: 100-continue, with which Score sends bodies.",
        cause: "Score announces its bodies with Expect: 100-continue. Some proxies and old stores answer 417, or wait for ever.",
        recognised: "The same request passes without that header.",
        advice: [
            "Renew or set up the proxy; no setting of Score switches the header off.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P26 = "P26" {
        title: "The host of the endpoint begins with a bucket, which Score writes into the path.",
        cause: "The address holds the bucket as a part of the host. Score writes the bucket into the path as well, so that it stands there twice.",
        recognised: "The first label of the host is the name of a bucket of this configuration.",
        advice: [
            "Leave the bucket out of s3.endpoint.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P27 = "P27" {
        title: "The endpoint holds a path, which a proxy takes away or the store takes for a bucket.",
        cause: "S3 stands at the root of a host. A path in the endpoint is signed by Score, and a proxy that takes it away breaks the signature; a store takes it for a bucket.",
        recognised: "The request is made with and without the path in the signature.",
        advice: [
            "Give S3 a host name of its own in the proxy, and leave the path out of s3.endpoint.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P28 = "P28" {
        title: "The endpoint ends with a slash, which stands twice in the URLs that clients get.",
        cause: "Score puts the bucket behind the endpoint with a slash of its own: http://host/ becomes http://host//bucket in URLs for clients, while the signature covers one slash.",
        recognised: "Requests of the server work, health is UP, and each URL for clients is refused: its path begins with two slashes.",
        advice: [
            "Take the slash away from the end of s3.endpoint, and restart Score.",
        ],
        settings: [key::S3_ENDPOINT, key::S3_PRE_SIGNED_URL_OVERRIDE_HOST],
    }

    P29 = "P29" {
        title: "The certificate of the endpoint is self-signed, or from an authority that nobody here trusts.",
        cause: "The certificate is self-signed, or of an authority that is not trusted. Java says: PKIX path building failed.",
        recognised: "The handshake fails at the issuer and nowhere else. Java has a trust store of its own and may decide otherwise than this machine.",
        advice: [
            "Import the authority's certificate into a copy of cacerts by keytool -importcert, and name it by -Djavax.net.ssl.trustStore.",
            "score-client's Java needs the same on each of its machines.",
            "Test here with --ca-file.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P30 = "P30" {
        title: "The certificate of the endpoint is for another name, or not valid now.",
        cause: "The certificate is for other names, has expired, or is not valid yet.",
        recognised: "By the names and dates in the certificate, against the host and this machine's clock.",
        advice: [
            "Use a name that the certificate holds, or have it made anew.",
            "Not valid yet: look at this machine's clock first.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P31 = "P31" {
        title: "The address that clients get is one that other machines cannot reach.",
        cause: "Score gives its clients URLs with the host of s3.endpoint in them. localhost, or a name of a container network, means something else to other machines.",
        recognised: "By the host alone: whether it really can be reached, only a client's machine can tell.",
        advice: [
            "Give an address in s3.endpoint that both Score and its clients reach.",
            "Or set s3.preSignedUrl.override.host, with a proxy that puts the Host of the endpoint back.",
            "score-setup check --score URL tells it from a client's machine.",
        ],
        settings: [key::S3_ENDPOINT, key::S3_PRE_SIGNED_URL_OVERRIDE_HOST],
    }

    P32 = "P32" {
        title: "Pre-signed requests through s3.preSignedUrl.override.host are refused, those to the endpoint are not.",
        cause: "Through s3.preSignedUrl.override.host the URL has another host, while the signature covers that of the endpoint.",
        recognised: "The same URL with the host of the endpoint is accepted.",
        advice: [
            "Let the proxy at that address put the Host of the endpoint back: in nginx, proxy_set_header Host.",
            "Or clear the override where clients can reach the endpoint.",
        ],
        settings: [key::S3_PRE_SIGNED_URL_OVERRIDE_HOST],
    }

    P33 = "P33" {
        title: "Something between Score and the store changes the request, so that the signature does not fit.",
        cause: "A proxy changes the Host, the path or the encoding of the request. What the store computes is then another signature.",
        recognised: "The store repeats what it signed, or the same request passes in a form that the proxy leaves alone.",
        advice: [
            "In nginx: proxy_set_header Host $http_host; proxy_pass without a path; no rewriting.",
            "Try the store directly, past the proxy, with --connect-to.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P34 = "P34" {
        title: "The store does not accept the secret key, or does not say which of the two keys is wrong.",
        cause: "The store computed another signature: SignatureDoesNotMatch. Mostly the secret key is wrong, cut off, or changed on its way into the file.",
        recognised: "It comes for buckets that do not exist, too; the key id is known to the store; clock and path were looked at before.",
        advice: [
            "Copy the secret again: shells, sed, YAML and .env files change $, /, + and \\.",
            "Quotes and blanks around it are a part of it in a properties file.",
            "A proxy that changes the request has the same effect: see P33.",
        ],
        settings: [key::S3_SECRET_KEY, key::S3_ACCESS_KEY],
    }

    P35 = "P35" {
        title: "The store does not know the access key.",
        cause: "The store has no such key: InvalidAccessKeyId. It was deleted, is of another store, or both keys were swapped.",
        recognised: "By the code, which comes whether or not the bucket exists.",
        advice: [
            "Check s3.accessKey, and that it belongs to this very store.",
            "A key of 40 characters with / and + is a secret in the wrong place.",
        ],
        settings: [key::S3_ACCESS_KEY],
    }

    P36 = "P36" {
        title: "The clocks of this machine and the store differ too much.",
        cause: "A signature holds the time, and a store refuses what is more than 15 minutes off.",
        recognised: "By the header Date of an unsigned answer, against this machine's clock; the side that is wrong, two clocks cannot tell.",
        advice: [
            "Set both clocks by NTP. The time zone does not matter.",
            "It is the clock of Score's machine that counts.",
        ],
        settings: [],
    }

    P37 = "P37" {
        title: "Score signs for another region than the store expects.",
        cause: "Score has no setting for the region: it takes it from the host of the endpoint, and us-east-1 where that tells none.",
        recognised: "The store names the region that it expects, in its error or in x-amz-bucket-region.",
        advice: [
            "On AWS: s3.endpoint=https://s3.<region>.amazonaws.com.",
            "Elsewhere: let the store's region be us-east-1, or name the host so that its label behind s3. is the region.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P38 = "P38" {
        title: "The store does not accept this signature version.",
        cause: "Stores know signature version 4, version 2, or both. Newer regions of AWS refuse version 2; very old appliances know nothing else.",
        recognised: "The other version is tried with the same request.",
        advice: [
            "Set s3.sigV4Enabled to the version that passes. A file without the key means version 2.",
        ],
        settings: [key::S3_SIG_V4_ENABLED],
    }

    P39 = "P39" {
        title: "The store refuses uploads with the key of s3.masterEncryptionKeyId.",
        cause: "With s3.masterEncryptionKeyId each upload begins with an order to encrypt by that key. The store has no KMS, not this key, or does not let Score use it.",
        recognised: "Everything passes but the beginning of an upload, and without the header that passes as well.",
        advice: [
            "Clear s3.masterEncryptionKeyId, unless the store is AWS and the key is yours.",
            "Else allow kms:GenerateDataKey and kms:Decrypt.",
        ],
        settings: [key::S3_MASTER_ENCRYPTION_KEY_ID],
    }

    P41 = "P41" {
        title: "The store takes the host of the endpoint for the name of a bucket.",
        cause: "Ceph takes an unknown host for <bucket>.<host>, and looks for a bucket of that name.",
        recognised: "The error names the host of the endpoint as a bucket.",
        advice: [
            "Add the host to rgw_dns_name, or to the hostnames of the zone group.",
            "Or use a host that the store knows.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P42 = "P42" {
        title: "The store lets this user do nothing more: suspended, over a quota, or the store is full.",
        cause: "The user is suspended, over a quota, or the store is full.",
        recognised: "By the code, such as UserSuspended or QuotaExceeded.",
        advice: [
            "Whoever runs the store can lift it: for Ceph, radosgw-admin user info and quota.",
        ],
        settings: [key::S3_ACCESS_KEY],
    }

    P43 = "P43" {
        title: "A bucket is missing.",
        cause: "There is no such bucket for this key. With bucket.size.pool above 0, Score uses <name>.0 and so on, and the base bucket for the sentinel.",
        recognised: "404 NoSuchBucket to a key that the store accepts.",
        advice: [
            "Create it: the wizard does it on request, apply with [create] buckets = true.",
            "Or correct bucket.name.object or bucket.name.state: case counts.",
            "On Ceph, a bucket of another tenant is none.",
        ],
        settings: [key::BUCKET_NAME_OBJECT, key::BUCKET_NAME_STATE, key::BUCKET_SIZE_POOL],
    }

    P44 = "P44" {
        title: "The store does not accept the name of a bucket.",
        cause: "Stores take lower-case letters, digits, dots and hyphens, 3 to 63 of them. AWS and MinIO refuse an underscore.",
        recognised: "400 InvalidBucketName, or 400 without a word to HEAD.",
        advice: [
            "Choose another name, for the bucket and in the file.",
        ],
        settings: [key::BUCKET_NAME_OBJECT, key::BUCKET_NAME_STATE],
    }

    P45 = "P45" {
        title: "Unfinished uploads cannot be listed or aborted, so clean-up and cancel do not work.",
        cause: "Clean-up and cancel list unfinished uploads and abort them. The key may not, or the store lists none.",
        recognised: "An upload of our own is begun, looked for, and aborted.",
        advice: [
            "Allow s3:ListBucketMultipartUploads on the bucket and s3:AbortMultipartUpload on its objects.",
            "Where the store lists nothing, let it expire stale uploads itself.",
        ],
        settings: [key::BUCKET_NAME_OBJECT],
    }

    P46 = "P46" {
        title: "The store refuses without saying whether the keys are wrong or may do too little.",
        cause: "A 403 without a code: the keys are wrong, or may do too little.",
        recognised: "Several questions were asked, and the store names no cause to any of them.",
        advice: [
            "Look at the log of the store for these requests.",
            "Try the keys with another client of S3.",
        ],
        settings: [key::S3_ACCESS_KEY, key::S3_SECRET_KEY],
    }

    P47 = "P47" {
        title: "The key may not list a bucket, so absent objects look forbidden.",
        cause: "Without s3:ListBucket a store answers 403, not 404, for an object that is not there. Score takes that for a fault: every upload stops at once.",
        recognised: "An object that surely does not exist answers 403, and the list of the bucket is denied.",
        advice: [
            "Allow s3:ListBucket on the bucket itself, not on its objects.",
        ],
        settings: [key::S3_ACCESS_KEY, key::BUCKET_NAME_STATE, key::BUCKET_NAME_OBJECT],
    }

    P49 = "P49" {
        title: "The key may not do something that uploads or downloads need.",
        cause: "The key is right, and lacks a permission.",
        recognised: "403 AccessDenied to one kind of request, while others pass. A bucket policy that demands an encryption header looks the same.",
        advice: [
            "Allow the action that the finding names; p in the wizard prints the least policy that Score needs.",
        ],
        settings: [key::S3_ACCESS_KEY],
    }

    P50 = "P50" {
        title: "The sentinel is missing, so every client stops at its first step.",
        cause: "score-client fetches the sentinel before every command. It is <data directory>/<object.sentinel> in the base object bucket; on Azure it stands at the top of the container.",
        recognised: "404 for that very object, in a bucket that is there.",
        advice: [
            "Put a small object there, with any content: the wizard does it on request, apply with [create] sentinel = true.",
            "Blanks, quotes and comments behind object.sentinel are a part of its name.",
        ],
        settings: [key::OBJECT_SENTINEL, key::BUCKET_NAME_OBJECT, key::S3_DATA_DIRECTORY],
    }

    P51 = "P51" {
        title: "The sentinel does not come within the five seconds that a client waits.",
        cause: "The sentinel takes longer than the five seconds that score-client waits. It then says: Access refused by repository.",
        recognised: "It comes, but late; or not at all, from where this runs.",
        advice: [
            "It is time that ran out, not a permission: look at the network between the clients and the store.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P52 = "P52" {
        title: "The ETag of what was written is not its MD5, so Score or its client takes it for damaged.",
        cause: "Score and its client compare the ETag of a part with its MD5. Encryption by the store's default, MinIO's --no-compat and some gateways give another one.",
        recognised: "A part is uploaded, and its ETag compared.",
        advice: [
            "Switch default encryption of the bucket off, or MinIO's --no-compat.",
            "A gateway that never gives the MD5 cannot be used with Score.",
        ],
        settings: [key::BUCKET_NAME_OBJECT, key::BUCKET_NAME_STATE],
    }

    P54 = "P54" {
        title: "Something before the store refuses bodies as large as a part.",
        cause: "A proxy before the store limits the size of a body. Score sends parts as large as upload.partsize, and never smaller than 20 MiB.",
        recognised: "413 to a part that is announced or sent, while small bodies pass.",
        advice: [
            "In nginx: client_max_body_size 0.",
            "Or lower upload.partsize, down to 20 MiB.",
        ],
        settings: [key::UPLOAD_PARTSIZE, key::S3_ENDPOINT],
    }

    P55 = "P55" {
        title: "A stored access policy says when it starts or ends, which each of Score's URLs says too.",
        cause: "Azure allows each field of a signed URL once: in the URL, or in its stored access policy. Score always puts start and expiry into the URL.",
        recognised: "The container's list of policies: this one has a start or an expiry.",
        advice: [
            "Let the policy say permissions only. Every URL that names it changes at once.",
        ],
        settings: [key::BUCKET_POLICY_UPLOAD, key::BUCKET_POLICY_DOWNLOAD],
    }

    P56 = "P56" {
        title: "A stored access policy is missing, or is spelt differently.",
        cause: "Score's URLs name a stored access policy that the container does not have. The name counts to the letter.",
        recognised: "The container's list of policies does not hold it.",
        advice: [
            "Create the policy, or correct bucket.policy.upload or bucket.policy.download.",
            "A new one counts after half a minute.",
        ],
        settings: [key::BUCKET_POLICY_UPLOAD, key::BUCKET_POLICY_DOWNLOAD],
    }

    P57 = "P57" {
        title: "A stored access policy allows too little, or more than it should.",
        cause: "The policy for uploads needs w (and c), the one for downloads r.",
        recognised: "Its letters in the container's list, and a URL made by it.",
        advice: [
            "Give it the letters that are missing; take write letters from the policy for downloads.",
        ],
        settings: [key::BUCKET_POLICY_UPLOAD, key::BUCKET_POLICY_DOWNLOAD],
    }

    P58 = "P58" {
        title: "The URLs that Score makes are not valid at the time.",
        cause: "The URL is not valid now: it begins in the future or has ended. A download expiration of 0 makes URLs that are over at once.",
        recognised: "Azure's detail names start, end and its own time.",
        advice: [
            "Set the download expiration to 1 day or more: on Azure, uploads end with it too.",
            "Set the clock of Score's machine by NTP.",
        ],
        settings: [key::S3_DOWNLOAD_EXPIRATION],
    }

    P59 = "P59" {
        title: "Azure does not accept the account key.",
        cause: "Azure computed another signature: the account key is wrong, of another account, or was renewed.",
        recognised: "AuthenticationFailed to a signed request whose time is right.",
        advice: [
            "Copy key1 or key2 again: 88 characters that end in ==.",
            "It is neither a connection string nor a SAS.",
        ],
        settings: [key::AZURE_ACCOUNT_KEY, key::AZURE_ACCOUNT_NAME],
    }

    P60 = "P60" {
        title: "The storage account is unknown: its name, or the cloud it is in, is another.",
        cause: "There is no account of that name in this cloud.",
        recognised: "The name <account>.blob.<suffix> is unknown.",
        advice: [
            "Check azure.accountName: the name alone, in lower case.",
            "In another cloud: ;EndpointSuffix=… behind azure.accountKey.",
            "A private endpoint is known only inside its network.",
        ],
        settings: [key::AZURE_ACCOUNT_NAME, key::AZURE_ACCOUNT_KEY],
    }

    P61 = "P61" {
        title: "What stands behind the account key names a place that is not there.",
        cause: "What stands behind the account key (;EndpointSuffix= or ;BlobEndpoint=) names a host that is not there.",
        recognised: "That very name is unknown.",
        advice: [
            "Correct the suffix, such as core.chinacloudapi.cn, or the address.",
        ],
        settings: [key::AZURE_ACCOUNT_KEY],
    }

    P62 = "P62" {
        title: "The storage account takes no shared keys, and Score knows nothing else.",
        cause: "Shared keys are switched off in the account. Score knows no other way, and URLs made from the key fail as well.",
        recognised: "By the code KeyBasedAuthenticationNotPermitted.",
        advice: [
            "Set allowSharedKeyAccess=true, or use another account.",
        ],
        settings: [key::AZURE_ACCOUNT_NAME, key::AZURE_ACCOUNT_KEY],
    }

    P63 = "P63" {
        title: "The firewall of the storage account does not let this machine in.",
        cause: "The account's firewall does not let this machine in; the key was not even looked at.",
        recognised: "By the code AuthorizationFailure, which is neither AuthenticationFailed nor AuthorizationPermissionMismatch.",
        advice: [
            "Add the public address, or the subnet, to the network rules.",
            "The machines of Score's clients must be let in too.",
        ],
        settings: [key::AZURE_ACCOUNT_NAME],
    }

    P64 = "P64" {
        title: "The storage account takes only https.",
        cause: "The account takes only https (secure transfer required).",
        recognised: "By the code AccountRequiresHttps.",
        advice: [
            "Set azure.endpointProtocol=https; behind the key, let BlobEndpoint begin with https://.",
        ],
        settings: [key::AZURE_ENDPOINT_PROTOCOL, key::AZURE_ACCOUNT_KEY],
    }

    P65 = "P65" {
        title: "The container is missing.",
        cause: "Score asks for the container when it starts, and stops without it.",
        recognised: "404 ContainerNotFound to a request that is signed right.",
        advice: [
            "Create it, or correct bucket.name.object.",
            "Just deleted, its name is free again after half a minute or longer.",
        ],
        settings: [key::BUCKET_NAME_OBJECT],
    }

    P66 = "P66" {
        title: "Signed requests arrive without their signature.",
        cause: "Azure answers as it does to strangers: the signature was lost on the way.",
        recognised: "The codes for unsigned requests, to a request that was signed.",
        advice: [
            "Look for a proxy that takes away Authorization, or the query.",
            "Public access is not needed, and mends nothing.",
        ],
        settings: [key::AZURE_ACCOUNT_NAME],
    }

    P67 = "P67" {
        title: "The running Score does not use this configuration: another source counts more, or it is another one's.",
        cause: "The URL of Score's ping is not the one that this configuration makes: variables, arguments in wrapper.conf, files of profiles or the jar's own configuration count more; or it is another Score.",
        recognised: "The URL is made anew from the configuration, and the parts are compared.",
        advice: [
            "Look for the setting that differs in the variables of Score's process, in wrapper.conf and in application-<profile>.properties.",
            "Restart Score after a change: it reads its configuration when it starts.",
            "The Docker image reads no properties file at all.",
        ],
        settings: [],
    }

    P70 = "P70" {
        title: "The running Score uses other keys than its configuration: it was not restarted, or another source counts.",
        cause: "Score signs with other keys than the configuration holds: they were changed, and Score was not restarted.",
        recognised: "Everything in the URL is the same but the key id or the signature.",
        advice: [
            "Restart Score.",
            "If that does not help, another source counts more than the file: see P67.",
        ],
        settings: [key::S3_ACCESS_KEY, key::S3_SECRET_KEY, key::AZURE_ACCOUNT_KEY],
    }

    P71 = "P71" {
        title: "The store refuses the empty streamed object with which Score marks a finished part.",
        cause: "Score marks each finished part with an object of no bytes, sent in signed chunks. Some releases of Ceph (16.2.15 was seen) compute its hash wrongly.",
        recognised: "The same request with one byte passes, and in version 2 the empty one does too. Health, ping and sentinel are fine.",
        advice: [
            "Set s3.sigV4Enabled=false: Score then sends plain bodies.",
            "Or use a release of Ceph that mends it (tracker 67875).",
        ],
        settings: [key::S3_SIG_V4_ENABLED],
    }

    P72 = "P72" {
        title: "The store refuses bodies in signed chunks, in which Score sends everything with version 4.",
        cause: "With version 4 Score sends all its own objects in signed chunks (aws-chunked). This store does not take them: 501 NotImplemented.",
        recognised: "Plain bodies pass, chunked ones do not.",
        advice: [
            "Set s3.sigV4Enabled=false, where the store knows version 2.",
        ],
        settings: [key::S3_SIG_V4_ENABLED],
    }

    P73 = "P73" {
        title: "The store's reply cannot be read as AWS SDK for Java 1.11, on which Score stands, reads it.",
        cause: "The reply is not what AWS SDK for Java 1.11 can read; other clients are less strict. score-client then dies without a word in Score's log.",
        recognised: "The raw reply is read by the same rule: the exact name of its root element, and whole XML.",
        advice: [
            "A newer release of the store, or another store; no setting of Score helps.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P74 = "P74" {
        title: "Pre-signed requests fail though signed ones work.",
        cause: "Clients use nothing but pre-signed URLs, and these are refused while signed headers are accepted.",
        recognised: "The same object is asked for both ways.",
        advice: [
            "Look for a proxy that drops or changes the query.",
            "Else it is a fault of the store.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P75 = "P75" {
        title: "The profile secure is not active, so that every upload and download answers 500.",
        cause: "Without the profile secure every upload and download stops with 500, \"An Authentication object was not found in the SecurityContext\", while health, ping and listing are fine.",
        recognised: "Pages that need a token are open, and a download answers 500.",
        advice: [
            "Add secure to the active profiles, and set the auth.server.* keys that the release needs.",
            "Under the wrapper, profiles stand in wrapper.conf: spring.profiles.active in application.properties does not count there.",
        ],
        settings: [key::SPRING_PROFILES_ACTIVE],
    }

    P76 = "P76" {
        title: "Score runs without the pages for uploads and downloads: the profile prod or default is missing.",
        cause: "Up to 5.11 the pages for uploads and downloads belong to the profile prod or default; the profile of the store alone starts without them.",
        recognised: "The health page is there, and ping answers 404.",
        advice: [
            "Activate default,prod (up to 5.9) or collaboratory,prod (5.10 and 5.11), and secure.",
        ],
        settings: [key::SPRING_PROFILES_ACTIVE],
    }

    P77 = "P77" {
        title: "The secret key begins or ends with a blank, which Score leaves out when it signs.",
        cause: "The SDK trims both keys when it signs, so that Score cannot use such a key at all.",
        recognised: IN_FILES,
        advice: [
            "Have another key made.",
        ],
        settings: [key::S3_SECRET_KEY],
    }

    P78 = "P78" {
        title: "The store, or something before it, answers with an error of its own.",
        cause: "The store, or a proxy before it, has a fault of its own: 500 to 504.",
        recognised: "By the status alone; who of the two, its page tells at times.",
        advice: [
            "Look at both logs, then check again.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P79 = "P79" {
        title: "What answers at the endpoint is not the kind of store that was chosen.",
        cause: "Something else answers: a web page, a login, JSON, another protocol.",
        recognised: "What came is neither a reply of S3 nor of Azure, also to a signed request.",
        advice: [
            "Check host and port; a proxy or a captive portal may answer in the store's place.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P80 = "P80" {
        title: "The store does not keep keys as Score writes them.",
        cause: "Score keeps the state of each part in a key with | { \" : and , in it. The store, or a proxy, changes or loses such keys.",
        recognised: "Such a key is written, and looked for in the list.",
        advice: [
            "Let a proxy pass paths as they came.",
            "Else another release of the store; no setting of Score changes the keys.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P81 = "P81" {
        title: "What was written is not what is read.",
        cause: "What is read is not what was written, or not yet there.",
        recognised: "An object of ours is read back and compared.",
        advice: [
            "Look for a cache before the store.",
            "Score needs a store where an object is there as soon as it is written.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P82 = "P82" {
        title: "A download of a range does not give exactly that range.",
        cause: "score-client downloads in ranges. A cache or proxy drops the header, or sends the whole.",
        recognised: "A part of the sentinel is asked for and compared.",
        advice: [
            "Let the proxy pass Range, and not compress.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P83 = "P83" {
        title: "The store takes longer than a check waits, or answers only what is not signed.",
        cause: "The store takes longer than a check waits. Score itself waits up to 50 seconds for each reply, and tries again.",
        recognised: "The limit of the check ran out; nothing else is known.",
        advice: [
            "Look at the load and the log of the store.",
            "A store that answers strangers at once and hangs when asked for something has a fault behind its gateway.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P84 = "P84" {
        title: "A check broke off by a fault of this program.",
        cause: "A fault of this program.",
        recognised: "A check broke off; it says nothing about the store.",
        advice: [
            "Please report it, with the file of --log.",
        ],
        settings: [],
    }

    P85 = "P85" {
        title: "The connection broke before the reply was there.",
        cause: "The connection was closed or reset before the reply was there.",
        recognised: "Bytes were sent, and none or too few came back.",
        advice: [
            "Look at the log of the store, and of a proxy or firewall.",
            "Where TLS is spoken at that port, s3.endpoint must begin with https://.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P86 = "P86" {
        title: "Score's health page says, or will say, that the store is out of service.",
        cause: "Score's health page asks for the ACL of the object bucket. AccessDenied counts as UP; anything else that is no ACL, as OUT_OF_SERVICE.",
        recognised: "The same request is made, or the page of a running Score is read.",
        advice: [
            "Uploads and downloads do not need the ACL: see what the other rows say.",
            "Where the store knows no ACL, let no load balancer watch that page.",
        ],
        settings: [key::BUCKET_NAME_OBJECT],
    }

    P87 = "P87" {
        title: "The store answers for an absent object as if it were there.",
        cause: "An object that nobody wrote is there, says the store. Score would refuse every upload.",
        recognised: "A random key is asked for.",
        advice: [
            "Check that the endpoint is an S3 service, not a web server that answers every request.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P88 = "P88" {
        title: "The store refuses a request for a reason of its own.",
        cause: "The store refuses for a reason that it names itself.",
        recognised: "Its code fits no other finding.",
        advice: [
            "Look up the code, and the log of the store for the request id.",
        ],
        settings: [],
    }

    P89 = "P89" {
        title: "The endpoint or the way to it cannot be used as it is.",
        cause: "The endpoint, or --connect-to or --ca-file, is not of a form that can be used.",
        recognised: "By the text alone; nothing was sent.",
        advice: [
            "Give http:// or https://, host, and where it is not the usual one, port.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P90 = "P90" {
        title: "An upload cannot be completed.",
        cause: "The parts of an upload could not be put together.",
        recognised: "A small upload of our own is completed in the state bucket.",
        advice: [
            "Look at the log of the store for that request.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P91 = "P91" {
        title: "The parts of an upload are not listed as they were sent.",
        cause: "Score asks for each part after it was sent, and compares number and ETag.",
        recognised: "A part of our own is listed as Score lists it.",
        advice: [
            "No setting of Score changes it; a newer release of the store may.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P92 = "P92" {
        title: "What a finished upload leaves behind cannot be deleted.",
        cause: "Score deletes the state of a finished upload, and cannot here.",
        recognised: "An object of ours under the upload directory is deleted.",
        advice: [
            "Allow s3:DeleteObject in the state bucket; else each upload leaves some small objects behind.",
        ],
        settings: [key::BUCKET_NAME_STATE],
    }

    P93 = "P93" {
        title: "Score cannot ask Song about a file.",
        cause: "Before it lets anybody transfer a file, Score asks Song about it. Song cannot be reached, or answers with an error.",
        recognised: "The profile secure is active, and a download of an unknown file answers 500, not 403 or 404.",
        advice: [
            "Check metadata.url from Score's machine; no slash at its end.",
            "Look at Score's log for the cause.",
        ],
        settings: [key::METADATA_URL],
    }

    P94 = "P94" {
        title: "The certificate of the endpoint is trusted here, but not by the Java that would run Score.",
        cause: "This machine trusts the certificate, and the Java that would run Score does not: it has a trust store of its own.",
        recognised: "The chain is looked up in the trust store of the Java that was found.",
        advice: [
            "Import the authority into a copy of cacerts, and name it by -Djavax.net.ssl.trustStore.",
            "score-client's Java needs the same.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P95 = "P95" {
        title: "The endpoint does not send the certificate of its issuer, which Java does not fetch.",
        cause: "The server sends its own certificate and not that of the authority in between. Browsers fetch it; Java does not.",
        recognised: "The issuer of what was sent is known, and was not sent.",
        advice: [
            "Let the server send the whole chain.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P96 = "P96" {
        title: "The certificate of the endpoint is of a kind that Java refuses.",
        cause: "Key, signature or form of the certificate is one that Java refuses by its own list.",
        recognised: "By the certificate itself, against Java's disabled algorithms.",
        advice: [
            "Have it made anew, with RSA of 2048 bits or more, or with EC, and SHA-256.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P97 = "P97" {
        title: "The endpoint speaks only versions of TLS that Java has switched off, or nothing in common with it.",
        cause: "The server speaks only versions of TLS that Java has switched off, or none in common.",
        recognised: "By the alert of the handshake, and by a greeting in older versions.",
        advice: [
            "Switch TLS 1.2 or 1.3 on in the server.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P98 = "P98" {
        title: "The endpoint wants a certificate of its client, which Score does not have.",
        cause: "The server asks for a certificate of its client. Score has no setting for one.",
        recognised: "By the alert that follows a handshake without one.",
        advice: [
            "Let the server do without, or put a proxy between that has one.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P99 = "P99" {
        title: "The certificate of the endpoint expires within two weeks.",
        cause: "The certificate expires within two weeks; Score stops working with it.",
        recognised: "By its last day, against this machine's clock.",
        advice: [
            "Renew it in time.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    P100 = "P100" {
        title: "What answers at the address of Score is not Score.",
        cause: "Something else answers: another service, a proxy, a login page, or a redirect.",
        recognised: "Neither a health page nor a pre-signed URL comes.",
        advice: [
            "Give the address as clients have it in storage.url.",
        ],
        settings: [],
    }

    P101 = "P101" {
        title: "Uploads and downloads ask for no token.",
        cause: "Nobody is asked for a token, as with the profile noSecurityDev.",
        recognised: "A download of an unknown file answers 404 to a stranger, and other pages are open too.",
        advice: [
            "Use the profile secure wherever others can reach this Score.",
        ],
        settings: [],
    }

    T1 = "T-1" {
        title: "Profiles are named in a file where they do not count.",
        cause: "An argument in wrapper.conf is stronger.",
        recognised: IN_FILES,
        advice: [
            "Name them in wrapper.conf, wrapper.app.parameter.5.",
        ],
        settings: [key::SPRING_PROFILES_ACTIVE, key::SPRING_PROFILES],
    }

    T3 = "T-3" {
        title: "Score 5.12 does not start with Azure.",
        cause: "It defines the same parts twice then.",
        recognised: IN_FILES,
        advice: [
            "Use a release up to 5.11 with Azure.",
        ],
        settings: [key::SPRING_PROFILES_ACTIVE],
    }

    T7 = "T-7" {
        title: "The sentinel ends with a dot, as Score's own page prints it.",
        cause: "Score's own page prints a dot behind the name.",
        recognised: IN_FILES,
        advice: [
            "Write heliograph, without the dot.",
        ],
        settings: [key::OBJECT_SENTINEL],
    }

    T9 = "T-9" {
        title: "A key that no release of Score reads.",
        cause: "It stands in examples, and does nothing; download.partsize is one.",
        recognised: IN_FILES,
        advice: [
            "Leave it out.",
        ],
        settings: [],
    }

    T10 = "T-10" {
        title: "The number of retries is below 0.",
        cause: "The SDK refuses it, and Score does not start.",
        recognised: IN_FILES,
        advice: [
            "Write 0 or more; 5 is the default.",
        ],
        settings: [key::UPLOAD_RETRY_LIMIT, key::S3_RETRY_LIMIT],
    }

    T11 = "T-11" {
        title: "A key of the store is missing: Score looks for it in a file in its home.",
        cause: "Score then takes both keys from ~/.aws/credentials, and from nowhere else.",
        recognised: IN_FILES,
        advice: [
            "Write s3.accessKey and s3.secretKey.",
        ],
        settings: [key::S3_ACCESS_KEY, key::S3_SECRET_KEY],
    }

    T13 = "T-13" {
        title: "The digits for the pool of buckets do not fit the pool.",
        cause: "With a pool, Score chooses the bucket by the first digits of a file's id: two reach 256 buckets.",
        recognised: IN_FILES,
        advice: [
            "Set bucket.size.pool=0, unless you want <name>.0 and so on.",
        ],
        settings: [key::BUCKET_SIZE_KEY, key::BUCKET_SIZE_POOL],
    }

    T14 = "T-14" {
        title: "The endpoint holds a character that Java takes in no URL.",
        cause: "Java refuses it, and Score does not start.",
        recognised: IN_FILES,
        advice: [
            "Write http:// or https://, host and port, and nothing else.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    T15 = "T-15" {
        title: "A switch is neither true nor false.",
        cause: "With quotes it is neither, and Score does not start.",
        recognised: IN_FILES,
        advice: [
            "Write true or false.",
        ],
        settings: [],
    }

    T16 = "T-16" {
        title: "A key of the store is another text than was meant.",
        cause: "Quotes or blanks are signed with.",
        recognised: IN_FILES,
        advice: [
            "Write the bare key.",
        ],
        settings: [key::S3_ACCESS_KEY, key::S3_SECRET_KEY],
    }

    T17 = "T-17" {
        title: "The name of a bucket holds a character that none does.",
        cause: "Score asks for just that name.",
        recognised: IN_FILES,
        advice: [
            "Write the bare name.",
        ],
        settings: [key::BUCKET_NAME_OBJECT, key::BUCKET_NAME_STATE],
    }

    T19 = "T-19" {
        title: "Clean-up is on though something like false was written.",
        cause: "Only the bare word false switches it off.",
        recognised: IN_FILES,
        advice: [
            "Write upload.clean.enabled=false.",
        ],
        settings: [key::UPLOAD_CLEAN_ENABLED],
    }

    T20 = "T-20" {
        title: "A part of the connection to Azure cannot be read.",
        cause: "Score puts the three values into a connection string, which takes neither quotes nor blanks; it does not start.",
        recognised: IN_FILES,
        advice: [
            "Write the bare values; the key is base64, 88 characters.",
        ],
        settings: [key::AZURE_ENDPOINT_PROTOCOL, key::AZURE_ACCOUNT_NAME, key::AZURE_ACCOUNT_KEY],
    }

    T21 = "T-21" {
        title: "The sentinel is another object than was meant.",
        cause: "Quotes, blanks or a comment are a part of its name: the server is fine, and every client stops.",
        recognised: IN_FILES,
        advice: [
            "Write the bare name.",
        ],
        settings: [key::OBJECT_SENTINEL],
    }

    T23 = "T-23" {
        title: "The name of a stored access policy is another than was meant.",
        cause: "What stands behind it is a part of it; Azure refuses each URL by it.",
        recognised: IN_FILES,
        advice: [
            "Write the bare name.",
        ],
        settings: [key::BUCKET_POLICY_UPLOAD, key::BUCKET_POLICY_DOWNLOAD],
    }

    T24 = "T-24" {
        title: "The name of the container is none.",
        cause: "Score looks for it when it starts, and stops.",
        recognised: IN_FILES,
        advice: [
            "Write the bare name.",
        ],
        settings: [key::BUCKET_NAME_OBJECT],
    }

    T26 = "T-26" {
        title: "A number cannot be read, or is too large for Java.",
        cause: "Java reads whole numbers up to 2147483647, without units; Score does not start.",
        recognised: IN_FILES,
        advice: [
            "Write bytes as a bare number, such as 67108864.",
        ],
        settings: [],
    }

    T27 = "T-27" {
        title: "A stray mark stands behind a name.",
        cause: "It becomes a part of the name.",
        recognised: IN_FILES,
        advice: [
            "Take it away.",
        ],
        settings: [],
    }

    T30 = "T-30" {
        title: "A byte order mark, or letters that are not ASCII: Spring reads the file as Latin-1.",
        cause: "Spring reads it as Latin-1; a byte order mark becomes a part of the first key.",
        recognised: IN_FILES,
        advice: [
            "Write other letters as \\u and four digits; the wizard does.",
        ],
        settings: [],
    }

    T31 = "T-31" {
        title: "The part size does something else than it says.",
        cause: "On S3, Score raises anything under 20 MiB; on Azure it is the size of downloads' parts.",
        recognised: IN_FILES,
        advice: [
            "20 MiB to 1 GiB is sensible.",
        ],
        settings: [key::UPLOAD_PARTSIZE],
    }

    T32 = "T-32" {
        title: "The name of a bucket is one that AWS and MinIO refuse to create.",
        cause: "Upper case and underscores are no names of buckets there.",
        recognised: IN_FILES,
        advice: [
            "Use lower-case letters, digits and hyphens.",
        ],
        settings: [key::BUCKET_NAME_OBJECT, key::BUCKET_NAME_STATE],
    }

    T34 = "T-34" {
        title: "The region that Score signs for comes from the endpoint's host name.",
        cause: "Score takes the label behind s3. or s3- for the region, whoever's host it is.",
        recognised: IN_FILES,
        advice: [
            "Check that the store expects that region, or name the host otherwise.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    T35 = "T-35" {
        title: "The endpoint of AWS is not that of a region.",
        cause: "Score signs for us-east-1 then, and URLs for buckets elsewhere are refused.",
        recognised: IN_FILES,
        advice: [
            "Write https://s3.<region>.amazonaws.com.",
        ],
        settings: [key::S3_ENDPOINT],
    }

    T36 = "T-36" {
        title: "A switch is missing, and off is what Score takes.",
        cause: "Started by its wrapper, Score does not read the jar's defaults: no s3.sigV4Enabled means version 2.",
        recognised: IN_FILES,
        advice: [
            "Write the key.",
        ],
        settings: [key::S3_SIG_V4_ENABLED, key::S3_SECURED],
    }

    T38 = "T-38" {
        title: "Addresses are valid for longer than the signature allows, or not at all.",
        cause: "A URL of version 4 lives 7 days at most; with more, each transfer fails.",
        recognised: IN_FILES,
        advice: [
            "Write 1 to 7 days.",
        ],
        settings: [key::S3_UPLOAD_EXPIRATION, key::S3_DOWNLOAD_EXPIRATION],
    }

    T41 = "T-41" {
        title: "Arguments of wrapper.conf do not reach Score.",
        cause: "It activates secure,amazon, which brings no store.",
        recognised: IN_FILES,
        advice: [
            "Name the release's own profiles there.",
        ],
        settings: [key::SPRING_CONFIG_LOCATION],
    }

    T42 = "T-42" {
        title: "TLS is on, and there is no key store.",
        cause: "wrapper.conf names ../cert/service.jks, which is not shipped.",
        recognised: IN_FILES,
        advice: [
            "Write server.ssl.enabled=false, or make the key store.",
        ],
        settings: [key::SERVER_SSL_ENABLED, key::SERVER_SSL_KEY_STORE],
    }

    T43 = "T-43" {
        title: "A key that Score needs is missing or empty.",
        cause: "Started by its wrapper, Score reads conf/ alone, and the jar's defaults are gone.",
        recognised: IN_FILES,
        advice: [
            "Write every key; the wizard does.",
        ],
        settings: [],
    }

    T44 = "T-44" {
        title: "Vault is not switched off where it counts.",
        cause: "Without conf/bootstrap.properties Score looks for Vault, and does not start.",
        recognised: IN_FILES,
        advice: [
            "Write spring.cloud.vault.enabled=false into conf/bootstrap.properties.",
        ],
        settings: [key::SPRING_CLOUD_VAULT_ENABLED],
    }

    T45 = "T-45" {
        title: "The jar's own configuration is stronger than the file, or is all there is.",
        cause: "Up to 5.10, sections of profiles in the jar beat a file beside it.",
        recognised: IN_FILES,
        advice: [
            "Write application-<profile>.properties, or use variables.",
        ],
        settings: [],
    }

    T46 = "T-46" {
        title: "The Docker image reads no properties file.",
        cause: "Its command names the jar's own configuration only.",
        recognised: IN_FILES,
        advice: [
            "Use variables.",
        ],
        settings: [],
    }

    T47 = "T-47" {
        title: "A second name of the same setting is stronger.",
        cause: "s3.retryLimit and s3.connectionTimeout beat upload.retry.limit and upload.connection.timeout.",
        recognised: IN_FILES,
        advice: [
            "Set both the same.",
        ],
        settings: [key::UPLOAD_RETRY_LIMIT, key::S3_RETRY_LIMIT, key::UPLOAD_CONNECTION_TIMEOUT, key::S3_CONNECTION_TIMEOUT],
    }

    T48 = "T-48" {
        title: "A key of another release or of the other kind of store.",
        cause: "collaboratory.* is read up to 5.11, s3.* of the same names from 5.12; the other one does nothing.",
        recognised: IN_FILES,
        advice: [
            "Write the names of your release.",
        ],
        settings: [],
    }

    T49 = "T-49" {
        title: "A directory makes keys with two slashes in a row.",
        cause: "The directory begins every key: changed, the sentinel and all files seem to be gone.",
        recognised: IN_FILES,
        advice: [
            "Leave it as it was when the first file was uploaded.",
        ],
        settings: [key::S3_DATA_DIRECTORY],
    }

    T50 = "T-50" {
        title: "The address of Song ends with a slash.",
        cause: "Score asks for //entities, which some servers refuse.",
        recognised: IN_FILES,
        advice: [
            "Take the slash away.",
        ],
        settings: [key::METADATA_URL],
    }

    T53 = "T-53" {
        title: "JMX is open.",
        cause: "wrapper.conf opens port 10015 without a password.",
        recognised: IN_FILES,
        advice: [
            "Close it, or let the firewall do so.",
        ],
        settings: [],
    }
}
