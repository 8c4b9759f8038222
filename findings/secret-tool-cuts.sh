#!/usr/bin/env bash
# secret-tool (libsecret) stores the first 8,192 bytes of a longer secret and ends with 0, as if that were all; "password is
# too long" on standard error is the only sign, and it is said of exactly 8,192 bytes too, which are stored whole. Of a
# keyring that is locked, with nobody there to unlock it, lookup and clear say what they say where nothing is stored: they
# end with 1 and print nothing. search still lists what is locked.
# Seen in libsecret-tools 0.20.5-3 with gnome-keyring 42.1-1+b2 (Debian 12); the output was:
#   8191 bytes: ended with 0, kept 8191, said nothing
#   8192 bytes: ended with 0, kept 8192, said secret-tool: password is too long
#   9000 bytes: ended with 0, kept 8192, said secret-tool: password is too long
#   empty: lookup ended with 1, printed nothing; clear ended with 1, printed nothing; search listed 0
#   locked: lookup ended with 1, printed nothing; clear ended with 1, printed nothing; search listed 1
set -euo pipefail
folder=$(mktemp -d)

trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir debs root home run
chmod 755 . debs && chmod 700 run home
# What is shown is pinned; what it stands on is this Debian's own.
(cd debs && apt-get download -q libsecret-tools=0.20.5-3 libsecret-1-0=0.20.5-3 gnome-keyring=42.1-1+b2 \
  libgck-1-0 libgcr-base-3-1 libp11-kit0 libgcrypt20 libgpg-error0 libglib2.0-0 libffi8 libpcre2-8-0 \
  dbus-daemon dbus-bin libdbus-1-3 libsystemd0 libapparmor1 libaudit1 libcap-ng0 libexpat1 >/dev/null 2>&1)
for deb in debs/*.deb; do dpkg -x "$deb" root; done
library=$(cd root/usr/lib/*-linux-gnu && pwd)
base=$(cd root/lib/*-linux-gnu && pwd)
export LD_LIBRARY_PATH="$library:$base" PATH="$folder/root/usr/bin:$PATH" LC_ALL=C.UTF-8
export HOME="$folder/home" XDG_DATA_HOME="$folder/home/data" XDG_RUNTIME_DIR="$folder/run"
unset DISPLAY WAYLAND_DISPLAY
cat >bus.conf <<'CONF'
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
CONF
cat >shown.sh <<'SHOWN'
set -euo pipefail
printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
# It goes into the background before it has its name on the bus.
for _ in {1..100}; do secret-tool search service none 2>/dev/null && break; sleep 0.1; done
what=(service shown)
for count in 8191 8192 9000; do
  code=0
  head -c "$count" /dev/zero | tr '\0' x | secret-tool store --label=shown "${what[@]}" 2>said || code=$?
  kept=$(secret-tool lookup "${what[@]}" | wc -c)
  [ -s said ] || echo nothing >said
  echo "$count bytes: ended with $code, kept $kept, said $(cat said)"
done
ask() {
  local words="$1:" verb code
  for verb in lookup clear; do
    code=0
    secret-tool "$verb" "${@:2}" >said 2>&1 || code=$?
    [ -s said ] || echo nothing >said
    words+=" $verb ended with $code, printed $(cat said);"
  done
  echo "$words search listed $(secret-tool search "${@:2}" 2>/dev/null | grep -c '^label = ' || true)"
}
ask empty service other
dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \
  org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login >/dev/null
ask locked "${what[@]}"
SHOWN
dbus-run-session --config-file="$folder/bus.conf" --dbus-daemon="$folder/root/usr/bin/dbus-daemon" -- \
  bash shown.sh 2>/dev/null | tee seen
diff - seen <<'EXPECTED'
8191 bytes: ended with 0, kept 8191, said nothing
8192 bytes: ended with 0, kept 8192, said secret-tool: password is too long
9000 bytes: ended with 0, kept 8192, said secret-tool: password is too long
empty: lookup ended with 1, printed nothing; clear ended with 1, printed nothing; search listed 0
locked: lookup ended with 1, printed nothing; clear ended with 1, printed nothing; search listed 1
EXPECTED
