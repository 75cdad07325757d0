"""What Score 5.11 needs beside its store, for the scripts that compare: then only the store decides what comes."""
import pathlib

# asked at the first upload or download, and by nothing before
AUTHORIZATION = {
    "auth.server.url": "http://localhost:8089/check",
    "auth.server.tokenName": "token",
    "auth.server.clientID": "score",
    "auth.server.clientSecret": "score-secret",
    "auth.server.provider": "ego",
    "auth.server.keycloak.host": "http://localhost:8089",
    "auth.server.keycloak.realm": "score",
    "spring.security.oauth2.resourceserver.jwt.jwk-set-uri": "http://localhost:8089/jwk",
    **{f"auth.server.scope.{way}.system": f"score.{may}" for way, may in (("download", "READ"), ("upload", "WRITE"))},
    **{f"auth.server.scope.{way}.study.prefix": "score." for way in ("download", "upload")},
    **{f"auth.server.scope.{way}.study.suffix": f".{may}" for way, may in (("download", "READ"), ("upload", "WRITE"))},
}

# names of this release, without any of which it does not start
RELEASE = {
    "collaboratory.data.directory": "data",
    "collaboratory.upload.directory": "upload",
    "collaboratory.upload.expiration": "6",
    "collaboratory.download.expiration": "1",
    "server.cors.allowedOrigins": "http://localhost:8081",
    "spring.mvc.pathmatch.matching-strategy": "ant_path_matcher",
}


def conf(folder, kind):
    """The folder conf with what is not application.properties; kind is the profile, collaboratory or azure."""
    made = pathlib.Path(folder) / "conf"
    made.mkdir(parents=True, exist_ok=True)
    # the wrapper stops reading where a number is missing
    arguments = ["org.springframework.boot.loader.JarLauncher", "--spring.config.location=../conf/", f"--spring.profiles.active={kind},prod,secure"]
    lines = (f"wrapper.app.parameter.{at}={argument}\n" for at, argument in enumerate(arguments, 1))
    (made / "wrapper.conf").write_text("".join(lines))
    (made / "bootstrap.properties").write_text("spring.cloud.vault.enabled=false\n")
    return made
