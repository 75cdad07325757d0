//! Defines the names of the settings that code uses. A setting that no code names has its name only in its row.

pub const S3_ENDPOINT: &str = "s3.endpoint";
pub const S3_ACCESS_KEY: &str = "s3.accessKey";
pub const S3_SECRET_KEY: &str = "s3.secretKey";
pub const S3_SIG_V4_ENABLED: &str = "s3.sigV4Enabled";
pub const S3_PRE_SIGNED_URL_OVERRIDE_HOST: &str = "s3.preSignedUrl.override.host";
pub const S3_SECURED: &str = "s3.secured";
pub const S3_MASTER_ENCRYPTION_KEY_ID: &str = "s3.masterEncryptionKeyId";
pub const AZURE_ACCOUNT_NAME: &str = "azure.accountName";
pub const AZURE_ACCOUNT_KEY: &str = "azure.accountKey";
pub const AZURE_ENDPOINT_PROTOCOL: &str = "azure.endpointProtocol";
pub const BUCKET_NAME_OBJECT: &str = "bucket.name.object";
pub const BUCKET_NAME_STATE: &str = "bucket.name.state";
pub const BUCKET_SIZE_POOL: &str = "bucket.size.pool";
pub const BUCKET_SIZE_KEY: &str = "bucket.size.key";
pub const OBJECT_SENTINEL: &str = "object.sentinel";
pub const S3_DATA_DIRECTORY: &str = "s3.data.directory";
pub const S3_UPLOAD_DIRECTORY: &str = "s3.upload.directory";
pub const BUCKET_POLICY_UPLOAD: &str = "bucket.policy.upload";
pub const BUCKET_POLICY_DOWNLOAD: &str = "bucket.policy.download";
pub const UPLOAD_PARTSIZE: &str = "upload.partsize";
pub const UPLOAD_RETRY_LIMIT: &str = "upload.retry.limit";
pub const UPLOAD_CONNECTION_TIMEOUT: &str = "upload.connection.timeout";
pub const S3_RETRY_LIMIT: &str = "s3.retryLimit";
pub const S3_CONNECTION_TIMEOUT: &str = "s3.connectionTimeout";
pub const UPLOAD_CLEAN_ENABLED: &str = "upload.clean.enabled";
pub const UPLOAD_CLEAN_CRON: &str = "upload.clean.cron";
pub const S3_UPLOAD_EXPIRATION: &str = "s3.upload.expiration";
pub const S3_DOWNLOAD_EXPIRATION: &str = "s3.download.expiration";
pub const METADATA_URL: &str = "metadata.url";
pub const AUTH_CONNECTION_INITIAL_BACKOFF: &str = "auth.connection.initialBackoff";
pub const SERVER_PORT: &str = "server.port";
pub const SERVER_SSL_ENABLED: &str = "server.ssl.enabled";
pub const SERVER_SSL_KEY_STORE: &str = "server.ssl.key-store";
pub const SERVER_SSL_KEY_STORE_PASSWORD: &str = "server.ssl.key-store-password";
pub const SERVER_CORS_ALLOWED_ORIGINS: &str = "server.cors.allowedOrigins";
pub const SPRING_MVC_PATHMATCH_MATCHING_STRATEGY: &str = "spring.mvc.pathmatch.matching-strategy";
pub const AUTH_SERVER_URL: &str = "auth.server.url";
pub const AUTH_SERVER_TOKEN_NAME: &str = "auth.server.tokenName";
pub const AUTH_SERVER_CLIENT_ID_UNTIL_5_10: &str = "auth.server.clientId";
pub const AUTH_SERVER_CLIENT_ID: &str = "auth.server.clientID";
pub const AUTH_SERVER_CLIENT_SECRET: &str = "auth.server.clientSecret";
pub const AUTH_SERVER_PROVIDER: &str = "auth.server.provider";
pub const AUTH_SERVER_KEYCLOAK_HOST: &str = "auth.server.keycloak.host";
pub const AUTH_SERVER_KEYCLOAK_REALM: &str = "auth.server.keycloak.realm";
pub const AUTH_JWT_PUBLIC_KEY_URL: &str = "auth.jwt.publicKeyUrl";
pub const JWT_PUBLIC_KEY_LOCATION: &str = "spring.security.oauth2.resourceserver.jwt.public-key-location";
pub const JWT_JWK_SET_URI: &str = "spring.security.oauth2.resourceserver.jwt.jwk-set-uri";
pub const SCOPE_DOWNLOAD_SYSTEM: &str = "auth.server.scope.download.system";
pub const SCOPE_DOWNLOAD_STUDY_PREFIX: &str = "auth.server.scope.download.study.prefix";
pub const SCOPE_DOWNLOAD_STUDY_SUFFIX: &str = "auth.server.scope.download.study.suffix";
pub const SCOPE_UPLOAD_SYSTEM: &str = "auth.server.scope.upload.system";
pub const SCOPE_UPLOAD_STUDY_PREFIX: &str = "auth.server.scope.upload.study.prefix";
pub const SCOPE_UPLOAD_STUDY_SUFFIX: &str = "auth.server.scope.upload.study.suffix";
pub const JWT_ISSUER_URI: &str = "spring.security.oauth2.resourceserver.jwt.issuer-uri";

// Names that Spring Boot and Spring Cloud read before they read any setting of Score. They have no row.

pub const SPRING_PROFILES_ACTIVE: &str = "spring.profiles.active";
pub const SPRING_PROFILES_INCLUDE: &str = "spring.profiles.include";
pub const SPRING_PROFILES: &str = "spring.profiles";
pub const SPRING_CONFIG_ACTIVATE_ON_PROFILE: &str = "spring.config.activate.on-profile";
pub const SPRING_CONFIG_ACTIVATE_ON_CLOUD_PLATFORM: &str = "spring.config.activate.on-cloud-platform";
pub const SPRING_CONFIG_LOCATION: &str = "spring.config.location";
pub const SPRING_CONFIG_ADDITIONAL_LOCATION: &str = "spring.config.additional-location";
pub const SPRING_APPLICATION_JSON: &str = "spring.application.json";
/// A name that Spring Cloud reads only from `bootstrap.properties`.
pub const SPRING_CLOUD_VAULT_ENABLED: &str = "spring.cloud.vault.enabled";
pub const SPRING_CLOUD_BOOTSTRAP_ENABLED: &str = "spring.cloud.bootstrap.enabled";
/// A name that BenchmarkURLGenerator.java:30 reads with the profile `benchmark`. It has no row.
pub const BENCHMARK_ENDPOINT: &str = "benchmark.endpoint";
