#!/bin/sh
# Installs what the real-server tests need, on Debian 12; run as root. Does nothing when it is all there.
set -eu

here=$(cd "$(dirname "$0")" && pwd)

# Ruby 3.1's own Bundler outranks Debian's patched one, which alone finds Debian's gems: without this
# Redmine's postinst fails and leaves dpkg half-configured.
export BUNDLER_VERSION=2.3.15
export DEBIAN_FRONTEND=noninteractive

installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=
for package in $(sed 's/#.*//' "$here/packages.txt"); do
    installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
    echo "install.sh: run it as root; missing:$missing" >&2
    exit 1
fi

# Packages of servers start them when they are installed; the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
    trap 'rm -f $policy' EXIT
fi

debconf-set-selections <<'ANSWERS'
redmine redmine/instances/default/dbconfig-install boolean false
request-tracker5 request-tracker5/dbconfig-install boolean false
request-tracker5 request-tracker5/handle-siteconfig-permissions boolean true
ANSWERS

apt="apt-get -q -o DPkg::Lock::Timeout=600"
# An earlier run that failed may have left packages half-configured.
[ -z "$(dpkg --audit)" ] || dpkg --configure -a
$apt update
# shellcheck disable=SC2086
$apt install -y --no-install-recommends $missing
