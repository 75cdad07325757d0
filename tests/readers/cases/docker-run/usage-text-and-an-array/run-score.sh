#!/usr/bin/env bash
# Starts Score for the lab.
set -euo pipefail

usage() {
  cat <<TEXT
Usage: $0 [-d]
  Don't start it twice. Example:
    docker run -e S3_ENDPOINT=http://wrong:9000 score-server:1.0
TEXT
  exit 1
}

cat <<-'END' > /dev/null
	It's only text: docker run -e A=b score-server:2.0
	END

: "${STORE_HOST:=store.example.org}"
IMAGE="${IMAGE:-ghcr.io/overture-stack/score-server:5.11.0}"
ARGS=(
  -d --rm               # in the background
  --name score
  -e "S3_ENDPOINT=https://store.example.org"
  -e BUCKET_NAME_OBJECT='lab objects'
)
ARGS+=( --env=S3_SIGV4ENABLED=true -p 8087:8087 )
grep -q x <<< "it's here" || true
if [[ "${1:-}" == "-d" ]]; then
  docker rm -f score
fi
docker run "${ARGS[@]}" -e S3_SECRETKEY=$'a\'b\\c' "$IMAGE"
