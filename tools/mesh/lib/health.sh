# shellcheck shell=bash
# The standard gRPC health check (grpc.health.v1.Health/Check) by curl, which needs no build of
# Artel: one length-prefixed message each way.

# Asks PORT for the health of a dependency ('' is the whole service). Prints `serving`, `not
# serving`, or nothing if there is no answer.
grpc_health() {
  local port=$1 dependency=${2:-} answer
  answer=$(
    grpc_health_request "$dependency" |
      curl -s -m 3 --http2-prior-knowledge -H 'content-type: application/grpc' -H 'te: trailers' --data-binary @- \
        "http://127.0.0.1:$port/grpc.health.v1.Health/Check" | od -An -v -tx1 | tr -d ' \n'
  ) || return 0
  # Not compressed, two bytes long: field 1 (status) with 1 (SERVING) or 2 (NOT_SERVING).
  case $answer in
    00000000020801) echo serving ;;
    00000000020802) echo 'not serving' ;;
  esac
}

# HealthCheckRequest { string service = 1 }, not compressed, after its length.
grpc_health_request() {
  local name=$1 field=''
  if [[ -n $name ]]; then printf -v field '\\x0a\\x%02x%s' "${#name}" "$name"; fi
  # shellcheck disable=SC2059 # the bytes are the format
  printf "\0\0\0\0\\x$(printf %02x "$((${#name} > 0 ? ${#name} + 2 : 0))")$field"
}
