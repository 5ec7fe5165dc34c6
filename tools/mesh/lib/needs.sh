# shellcheck shell=bash
# Packages, Rust and disk that a command needs. Root installs missing packages; an ordinary user is
# told the one command that does.

# The Debian packages that these groups of tools lack on this machine. Groups: run, kafka, build,
# test, lint.
missing_packages() {
  local group
  for group in "$@"; do
    case $group in
      run)
        has curl || echo curl
        postgres_bin >/dev/null || echo postgresql
        java_is_new_enough || echo openjdk-17-jre-headless
        ;;
      kafka) [[ -d $(kafka_libs) ]] || has mvn || echo maven ;;
      build)
        has cc && has c++ && has make || echo build-essential
        has git || echo git
        has protoc || echo protobuf-compiler
        [[ -f /usr/include/google/protobuf/descriptor.proto || -f /usr/local/include/google/protobuf/descriptor.proto ]] ||
          echo libprotobuf-dev
        ;;
      # A test makes PostgreSQL answer in Russian.
      test) grep -qix ru_RU.utf8 <<<"$(locale -a)" || echo locales ;;
      lint)
        has shellcheck || echo shellcheck
        python3 -m pip --version >/dev/null 2>&1 || echo python3-pip
        has npm || echo npm
        ;;
    esac
  done
}

has() {
  command -v "$1" >/dev/null 2>&1
}

java_is_new_enough() {
  local version
  version=$(java -version 2>&1 | grep -oE 'version "[0-9]+' | grep -oE '[0-9]+') || return 1
  ((version >= 17))
}

# Makes sure that all tools of these groups are there.
need() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then return; fi
  if ! has apt-get; then
    fail "missing: ${missing[*]} (names of Debian packages)" \
      "There is no apt-get here: install them in your system's way, then run the same command again."
  fi
  if ((EUID != 0)); then
    fail "missing: ${missing[*]}" "Install them with this one command, then run yours again:" "" \
      "    sudo $(printf '%q' "$MESH/mesh") install $*" "" \
      "(It runs: apt-get install ${missing[*]}; and keeps PostgreSQL's package from starting a server of its own.)"
  fi
  install_packages "${missing[@]}"
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} > 0)); then
    fail "installed, but still not usable: ${missing[*]}" \
      "Artel needs PostgreSQL 15 or later and Java 17 or later, as Debian 12 has them."
  fi
}

need_rust() {
  if ! has cargo; then PATH=$PATH:$HOME/.cargo/bin; fi
  has cargo || fail "Rust is missing" "Install it as https://rustup.rs says (1.95 or later), then run the same command again."
}

# Debian's PostgreSQL package would start a cluster of its own on port 5432. A server that is
# already there is not touched.
install_packages() {
  local log no_cluster=/etc/postgresql-common/createcluster.d/artel.conf status=0
  log=$(mktemp -t artel-install.XXXXXX.log)
  step "installing Debian packages: $* (log: $log)"
  if [[ " $* " == *' postgresql '* ]]; then
    mkdir -p -- "${no_cluster%/*}"
    echo 'create_main_cluster = false' >"$no_cluster"
  fi
  { apt_get update || true; } >"$log" 2>&1
  apt_get install "$@" >>"$log" 2>&1 || status=$?
  rm -f -- "$no_cluster"
  if [[ $status == 0 && " $* " == *' locales '* ]]; then
    # Not in the archive of locales, which a running PostgreSQL reads only once.
    localedef --no-archive -i ru_RU -f UTF-8 ru_RU.UTF-8 >>"$log" 2>&1 || status=$?
  fi
  if ((status != 0)); then
    show_tail "$log"
    fail "apt-get could not install: $*; the end of its log is above" \
      "Fix this (the whole log: $log), then run the same command again."
  fi
  rm -f -- "$log"
}

apt_get() {
  DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 \
    -o Dpkg::Options::=--force-confold "$@" </dev/null
}

# `mesh install [GROUP…]`: an administrator runs it once if an ordinary user runs make. It writes
# nothing below the checkout.
install_command() {
  local groups=("$@")
  if ((${#groups[@]} == 0)); then groups=(run kafka build test lint); fi
  ((EUID == 0)) || fail "only root can install packages" "Run: sudo $(printf '%q' "$MESH/mesh") install ${groups[*]}"
  need "${groups[@]}"
  step "everything is there: ${groups[*]}"
}

free_megabytes() {
  df -Pk -- "$ROOT" | awk 'NR == 2 { print int($4 / 1024) }'
}

# Refuses to begin work that would fill the disk half-way.
need_disk() {
  local need=$1 free
  free=$(free_megabytes)
  ((free >= need)) || fail "only $free MB are free on the disk of $ROOT; this takes up to $need MB" \
    "Make room (df -h '$ROOT'). Artel's own files: cargo clean (builds), make down-and-erase (data)."
}

# Most programs report a full disk badly, so this is printed beside their failure.
hint_at_full_disk() {
  local free
  free=$(free_megabytes)
  if ((free < 20)); then
    printf '      Only %s MB are free on the disk of %s, which may be the cause. Make room, then run the same command again.\n' \
      "$free" "$ROOT" >&2
  fi
}
