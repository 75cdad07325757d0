"""What a deployment of Score 5.11 needs beside its store, for the scripts that compare: only the store decides what comes."""
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


def conf(folder, kind):
    """The folder conf with what is not application.properties; kind is the profile, collaboratory or azure."""
    made = pathlib.Path(folder) / "conf"
    made.mkdir(parents=True, exist_ok=True)
    arguments = ["--spring.config.location=../conf/", f"--spring.profiles.active={kind},prod,secure"]
    lines = (f"wrapper.app.parameter.{at}={argument}\n" for at, argument in enumerate(arguments, 2))
    (made / "wrapper.conf").write_text("".join(lines))
    (made / "bootstrap.properties").write_text("spring.cloud.vault.enabled=false\n")
    return made
