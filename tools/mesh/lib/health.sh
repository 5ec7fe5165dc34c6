# shellcheck shell=bash
# The standard gRPC health check (grpc.health.v1.Health/Check), spoken with curl: one length-prefixed message each way.

# Asks PORT for the health of SERVICE ('' is the whole process): serving, not serving, or nothing where there is no such answer.
grpc_health() {
  local port=$1 service=${2:-} answer
  answer=$(
    grpc_health_request "$service" |
      curl -s -m 3 --http2-prior-knowledge -H 'content-type: application/grpc' -H 'te: trailers' --data-binary @- \
        "http://127.0.0.1:$port/grpc.health.v1.Health/Check" | od -An -v -tx1 | tr -d ' \n'
  ) || return 0
  # Not compressed, two bytes long: field 1 (status) with 1 (SERVING) or 2 (NOT_SERVING).
  case $answer in
    00000000020801) echo serving ;;
    00000000020802) echo 'not serving' ;;
  esac
}

# HealthCheckRequest { string service = 1 }, not compressed, with its length before it.
grpc_health_request() {
  local name=$1 length=0
  if [[ -n $name ]]; then length=$((${#name} + 2)); fi
  printf '\0\0\0\0'
  # shellcheck disable=SC2059 # the bytes are the format
  printf "\\x$(printf %x "$length")"
  if [[ -n $name ]]; then
    # shellcheck disable=SC2059
    printf "\\x0a\\x$(printf %x "${#name}")%s" "$name"
  fi
}
