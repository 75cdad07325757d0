#!/usr/bin/env bash
set -euo pipefail
HOST=minio.example.org
TAG=5.11.0
docker run -d --name store \
  --env S3_ENDPOINT="http://${HOST}:9000" \
  -e 'S3_SECRETKEY=a$b' -e=BUCKET_NAME_STATE=state \
  --env-file score.env -p 8087:8080 \
  registry.example.org/score-server:$TAG
