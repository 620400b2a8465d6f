#!/usr/bin/env bash
# Sets a machine up for CustomerDesk: Postgres 15 or newer with pgvector 0.7 or newer, and what the tests need.
#
#   deploy/setup.sh [demo|test|all]
#
#   demo   Postgres and pgvector: enough to build, to run the demo and to serve
#   test   the same, and a C compiler (race detector), Dovecot (IMAP), Chromium and fonts with emoji (pages), and for
#          tests as root Postfix (SMTP), which is unpacked beside whatever mail server the machine has
#   all    everything; the default
#
# It installs on Debian 12 and 13 and on Ubuntu 24.04, as root or through sudo, without asking anything. It may
# be run at any time: what is there is named and left alone. On any other system it looks for the same things and
# says what to install.
#
# What it leaves alone: the machine's apt sources (a source package from a newer release is fetched through a
# private list with private state), services (nothing that it installs is started, now or at the next boot), and
# Postgres clusters (none is made: the product keeps its own under its data directory).
set -euo pipefail

readonly min_postgres=15
readonly min_pgvector=0.7.0
readonly log_tail=30
readonly unpacked_postfix=/usr/lib/customerdesk-postfix

export LC_ALL=C DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1

say()  { printf 'setup: %s\n' "$*"; }
warn() { printf 'setup: %s\n' "$*" >&2; }
die()  { warn "$*"; exit 1; }

# --- what is there -------------------------------------------------------------------------------------------

# at_least VERSION MINIMUM
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# server_major DIR: the major version of the Postgres server in DIR; fails when there is none to make clusters with.
server_major() {
	local out
	[ -x "$1/postgres" ] && [ -x "$1/initdb" ] || return 1
	out=$("$1/postgres" --version 2>/dev/null) || return 1
	[[ $out =~ \)\ ([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

# pgvector_version DIR MAJOR: the pgvector that the Postgres in DIR would create; nothing when it has none.
pgvector_version() {
	local share
	share=$("$1/pg_config" --sharedir 2>/dev/null) || share=/usr/share/postgresql/$2
	sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" "$share/extension/vector.control" 2>/dev/null || true
}

# find_postgres sets postgres_bin and postgres_major to the newest suitable server, one with a suitable pgvector
# before one without, and postgres_vector to its pgvector (empty: none, or too old).
find_postgres() {
	local dir major vector best=0 rank
	postgres_bin='' postgres_major='' postgres_vector=''
	for dir in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin "$(pg_config --bindir 2>/dev/null || true)"; do
		major=$(server_major "$dir") || continue
		[ "$major" -ge "$min_postgres" ] || continue
		vector=$(pgvector_version "$dir" "$major")
		rank=$major
		if [ -n "$vector" ] && at_least "$vector" "$min_pgvector"; then rank=$((major + 1000)); else vector=''; fi
		if [ "$rank" -gt "$best" ]; then
			best=$rank postgres_bin=$dir postgres_major=$major postgres_vector=$vector
		fi
	done
}

find_program() {
	local name
	for name in "$@"; do
		if command -v "$name" 2>/dev/null; then return; fi
	done
	return 1
}

find_dovecot() {
	local dir
	for dir in /usr/lib/dovecot /usr/libexec/dovecot "$(brew --prefix 2>/dev/null || true)/libexec/dovecot"; do
		if [ -x "$dir/imap" ]; then
			PATH="$PATH:/usr/sbin:/usr/local/sbin" find_program dovecot
			return
		fi
	done
	return 1
}

# The places where internal/sandbox/postfix looks.
find_postfix() {
	local dir
	for dir in /usr/lib/postfix/sbin /usr/libexec/postfix /usr/lib/postfix/bin "$unpacked_postfix/sbin"; do
		if [ -x "$dir/master" ]; then
			echo "$dir"
			return
		fi
	done
	return 1
}

# On Ubuntu /usr/bin/chromium-browser may be a script that only says that the browser is a snap.
find_chromium() {
	local path
	path=$(find_program chromium google-chrome google-chrome-stable chrome headless_shell chromium-browser) ||
		path=$(find_program /snap/bin/chromium "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
			/Applications/Chromium.app/Contents/MacOS/Chromium) || return 1
	if [ "$(head -c 2 "$path")" = '#!' ] && grep -q 'snap install chromium' "$path"; then
		path=$(find_program /snap/bin/chromium) || return 1
	fi
	echo "$path"
}

# A compiler without the C library's headers cannot build for the race detector.
find_compiler() {
	local path
	path=$(find_program "${CC:-gcc}" cc clang) && echo '#include <stdlib.h>' | "$path" -E -x c - >/dev/null 2>&1 && echo "$path"
}

# The pages show emoji, which no text font has; without one Chromium draws empty boxes.
find_fonts() {
	local path
	path=$(find /usr/share/fonts /usr/local/share/fonts "${HOME:-/root}/.local/share/fonts" /System/Library/Fonts \
		-iname '*emoji*.tt[fc]' 2>/dev/null | head -n 1)
	[ -n "$path" ] && echo "$path"
}

# take_stock says what is there and lists the rest in missing.
take_stock() {
	local path
	missing=()
	find_postgres
	if [ -z "$postgres_bin" ]; then
		missing+=(postgres pgvector)
	elif [ -z "$postgres_vector" ]; then
		say "Postgres $postgres_major is there ($postgres_bin)"
		missing+=(pgvector)
	else
		say "Postgres $postgres_major is there ($postgres_bin)"
		say "pgvector $postgres_vector is there"
	fi
	[ "$mode" = demo ] && return
	if path=$(find_compiler); then say "C compiler is there ($path)"; else missing+=(compiler); fi
	if path=$(find_dovecot); then say "Dovecot is there ($path)"; else missing+=(dovecot); fi
	# Postfix cannot run for anybody but root; elsewhere its tests are skipped.
	if [ "$(id -u)" -eq 0 ]; then
		if path=$(find_postfix); then say "Postfix is there ($path)"; else missing+=(postfix); fi
	else
		say "Postfix needs root: its tests will be skipped"
	fi
	if path=$(find_chromium); then say "Chromium is there ($path)"; else missing+=(chromium); fi
	if path=$(find_fonts); then say "a font with emoji is there ($path)"; else missing+=(fonts); fi
}

is_missing() { [[ " ${missing[*]} " == *" $1 "* ]]; }

# --- a system that is not ours to install on -----------------------------------------------------------------

# advise NAME: what to type on a system that this script does not install on.
advise() {
	if [ "${missing[*]}" = postfix ]; then
		warn "no Postfix here, which this script unpacks on Debian 12, 13 and Ubuntu 24.04 alone: its tests will be skipped"
		exit 0
	fi
	warn "missing here: ${missing[*]}. This script installs on Debian 12, 13 and Ubuntu 24.04; this is $1."
	warn "Install these by hand and start again:"
	case $1 in
	*Fedora*) warn "  dnf install postgresql-server pgvector gcc dovecot postfix chromium google-noto-color-emoji-fonts" ;;
	*Alpine*) warn "  apk add postgresql17 postgresql-pgvector gcc musl-dev dovecot postfix chromium font-liberation font-noto-emoji" ;;
	*macOS*)
		warn "  brew install postgresql@17 pgvector dovecot && brew install --cask google-chrome"
		warn "  export PATH=\"\$(brew --prefix postgresql@17)/bin:\$PATH\""
		;;
	*)
		warn "  Postgres $min_postgres or newer with its server programs (initdb, postgres), in /usr/lib/postgresql/*/bin,"
		warn "    /usr/pgsql-*/bin or named by the pg_config in PATH"
		warn "  pgvector $min_pgvector or newer for that Postgres (https://github.com/pgvector/pgvector)"
		warn "  for the tests: a C compiler, Dovecot with IMAP, Postfix, Chromium or Chrome, a font with emoji"
		;;
	esac
	warn "The service needs no local Postgres when CUSTOMERDESK_DATABASE_URL names one that has pgvector."
	exit 1
}

# name_system sets system, distribution (debian, ubuntu or other) and codename.
name_system() {
	local ID='' ID_LIKE='' PRETTY_NAME='' VERSION_CODENAME='' UBUNTU_CODENAME=''
	distribution=other codename=''
	system=$(uname -s)
	if [ "$system" = Darwin ]; then
		system="macOS"
	elif [ -r /etc/os-release ]; then
		# shellcheck source=/dev/null
		. /etc/os-release
		system=${PRETTY_NAME:-$ID}
		codename=${UBUNTU_CODENAME:-$VERSION_CODENAME}
		case " $ID $ID_LIKE " in
		*' ubuntu '*) distribution=ubuntu ;;
		*' debian '*) distribution=debian ;;
		esac
	fi
}

# become_root starts this script again through sudo, keeping the way to the network.
become_root() {
	local keep=() name
	[ "$(id -u)" -ne 0 ] || return 0
	command -v sudo >/dev/null || die "missing here: ${missing[*]}. Run this as root: su -c '${BASH_SOURCE[0]} $mode'"
	for name in http_proxy https_proxy ftp_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY TMPDIR; do
		[ -z "${!name:-}" ] || keep+=("$name=${!name}")
	done
	say "missing here: ${missing[*]}; going on through sudo"
	exec sudo -- env "${keep[@]}" bash "${BASH_SOURCE[0]}" "$mode"
}

# --- apt -----------------------------------------------------------------------------------------------------

# run WHAT COMMAND…: one line for the reader, everything else into the log.
run() {
	local what=$1 from=$SECONDS
	shift
	say "$what …"
	printf '\n### %s: %s\n' "$what" "$*" >>"$log"
	"$@" >>"$log" 2>&1 || return
	say "$what: done in $((SECONDS - from)) s"
}

# fail WHAT CURE: the end of the log, and what to do.
fail() {
	warn "the last lines of $log:"
	tail -n "$log_tail" "$log" | sed 's/^/    /' >&2
	keep_log=yes
	warn "$1"
	die "$2"
}

# A machine that has just booted may still be upgrading itself: wait for its lock instead of failing.
apt() {
	apt-get -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
		-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

# A foreign list that cannot be reached must not stop the work: the install that follows tells whether it matters.
refresh() {
	[ "$refreshed" = no ] || return 0
	refreshed=yes
	run "refreshing apt's package lists" apt update || warn "apt could not refresh all of its lists, going on with those it has"
}

refresh_when_old() {
	if [ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -print -quit)" ] ||
		[ -z "$(find /var/lib/apt/lists -maxdepth 0 -mtime -1)" ]; then
		refresh
	fi
}

# install PACKAGE…: a second try after a refresh, since a mirror drops the old files when a package is updated.
install() {
	refresh_when_old
	run "installing $*" apt install --no-install-recommends "$@" && return
	if [ "$refreshed" = no ]; then
		refresh
		run "installing $*" apt install --no-install-recommends "$@" && return
	fi
	fail "apt could not install: $*" "Check the network and /etc/apt/sources.list*, try 'apt-get install $*', then run deploy/setup.sh again."
}

# candidate PACKAGE: the version apt would install, nothing when it has none.
candidate() { apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: //p' | grep -v '^(none)$' || true; }

# hold_services keeps packages from starting what they bring, in Debian's way (invoke-rc.d asks policy-rc.d).
# A machine that has a policy of its own keeps it.
hold_services() {
	local policy=/usr/sbin/policy-rc.d
	if [ -e "$policy" ] || [ -L "$policy" ]; then return; fi
	printf '#!/bin/sh\n# Made by CustomerDesk deploy/setup.sh for the time of one install.\nexit 101\n' >"$policy"
	chmod 0755 "$policy"
	undo+=("rm -f $policy")
}

# --- the parts -----------------------------------------------------------------------------------------------

# Debian's server package makes and starts a cluster "main" when it comes to a machine. Its own switch against
# that is a drop-in file of postgresql-common; it stays only while the package is installed, so that a cluster
# made by the administrator later on is as usual.
install_postgres() {
	local major folder=/etc/postgresql-common/createcluster.d file
	refresh_when_old
	major=$(apt-cache depends postgresql 2>/dev/null | sed -n 's/^ *Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1)
	if [ -z "$major" ] && [ "$refreshed" = no ]; then
		refresh
		major=$(apt-cache depends postgresql 2>/dev/null | sed -n 's/^ *Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1)
	fi
	[ -n "$major" ] || fail "apt knows no package postgresql." "Check /etc/apt/sources.list*: the distribution's main component is needed."
	[ "$major" -ge "$min_postgres" ] ||
		die "$system has Postgres $major; $min_postgres or newer is needed. Upgrade the system, or add the PostgreSQL project's own apt repository."

	install postgresql-common
	file=$folder/customerdesk-setup.conf
	if [ ! -d "$folder" ]; then
		mkdir -p "$folder"
		undo+=("rmdir --ignore-fail-on-non-empty $folder")
	fi
	undo+=("rm -f $file")
	echo 'create_main_cluster = false' >"$file"
	install "postgresql-$major"
	find_postgres
	[ -n "$postgres_bin" ] || fail "postgresql-$major is installed, but its programs are not in /usr/lib/postgresql/$major/bin." "Try 'apt-get install --reinstall postgresql-$major'."
}

install_pgvector() {
	local package=postgresql-$postgres_major-pgvector version
	case $postgres_bin in
	/usr/lib/postgresql/*) ;;
	*) die "the Postgres in $postgres_bin is not the distribution's: install pgvector $min_pgvector or newer for it, or remove it from PATH, then run deploy/setup.sh again." ;;
	esac
	refresh_when_old
	version=$(candidate "$package")
	if [ -n "$version" ] && at_least "$version" "$min_pgvector"; then
		install "$package"
	else
		build_pgvector
	fi
	find_postgres
	[ -n "$postgres_vector" ] || fail "Postgres $postgres_major still has no pgvector $min_pgvector." "Install pgvector by hand (https://github.com/pgvector/pgvector), then run deploy/setup.sh again."
}

# source_suite: the newer release whose source package is built where the system's own is missing or too old.
source_suite() {
	case $codename in
	bookworm) echo trixie ;;
	noble) echo resolute ;;
	*) echo "$codename" ;;
	esac
}

# source_line prints the private deb-src line: the newer suite at the mirror the machine itself uses. Apt is asked
# for the mirror, since it reads both forms of its sources, and mirror lists.
source_line() {
	local component=main keyring=/usr/share/keyrings/debian-archive-keyring.gpg mirror
	if [ "$distribution" = ubuntu ]; then
		component=universe keyring=/usr/share/keyrings/ubuntu-archive-keyring.gpg
	fi
	# shellcheck disable=SC2016 # apt fills these in.
	mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
		awk -v release="$codename" '$2 == release && $3 == "main" && $1 !~ /^cdrom:/ { print $1; exit }')
	[ -n "$mirror" ] || return 1
	[ -r "$keyring" ] || return 1
	echo "deb-src [signed-by=$keyring] $mirror $(source_suite) $component"
}

# private_apt FOLDER …: apt with that folder for its sources, lists and cache, the machine's settings (proxies,
# logins) and nothing else of its state.
private_apt() {
	local folder=$1
	shift
	apt-get -o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o "Dir::State::lists=$folder/lists" -o "Dir::Cache=$folder/cache" -o Acquire::Retries=3 "$@"
}

# Only upstream's part of the source package is needed, which apt checks against the signed list of sources.
fetch_pgvector() (
	cd "$1/source" || return
	private_apt "$1" update &&
		private_apt "$1" source --only-source --tar-only pgvector &&
		tar -xf pgvector_*.orig.tar.* --one-top-level=pgvector --strip-components=1
)

built_version() { sed -n "s/^default_version *= *'\([0-9][0-9.]*\)'.*/\1/p" "$1/vector.control"; }

# Without OPTFLAGS pgvector is compiled for exactly this processor, and dies on an older one that the disk is
# moved to. The bitcode for Postgres' JIT would need clang, and gains nothing for functions written in C.
compile_pgvector() {
	make -C "$1" -j "$(nproc)" PG_CONFIG="$postgres_bin/pg_config" OPTFLAGS='' with_llvm=no &&
		make -C "$1" PG_CONFIG="$postgres_bin/pg_config" OPTFLAGS='' with_llvm=no DESTDIR="$2" install
}

# The result becomes a package, so that dpkg knows whose the files are and can remove them again.
package_pgvector() {
	local source=$1 root=$2 deb=$3 package=postgresql-$postgres_major-pgvector
	mkdir -p "$root/DEBIAN"
	cat >"$root/DEBIAN/control" <<-CONTROL
		Package: $package
		Version: $(built_version "$source")~customerdesk1
		Architecture: $(dpkg --print-architecture)
		Section: database
		Priority: optional
		Maintainer: CustomerDesk deploy/setup.sh <root@localhost>
		Depends: postgresql-$postgres_major, libc6
		Description: vector similarity search for PostgreSQL $postgres_major
		 Built on this machine by CustomerDesk's deploy/setup.sh from the source package of $(source_suite).
	CONTROL
	grep -q '^Version: [0-9]' "$root/DEBIAN/control" || return
	dpkg-deb --root-owner-group --build "$root" "$deb"
}

build_pgvector() {
	local folder=$scratch/pgvector line source=$scratch/pgvector/source/pgvector
	if ! line=$(source_line); then
		refresh
		line=$(source_line) || die "no apt source for $codename main and no archive keyring to check $(source_suite) with: install pgvector $min_pgvector or newer for Postgres $postgres_major by hand (https://github.com/pgvector/pgvector)."
	fi
	say "$system has no pgvector $min_pgvector for Postgres $postgres_major; building it from $(source_suite)'s source package"
	install gcc libc6-dev make "postgresql-server-dev-$postgres_major"

	mkdir -p "$folder"/{source,root,lists/partial,cache/archives/partial}
	echo "$line" >"$folder/sources.list"
	# Apt downloads as a user of its own, where there is one.
	if id _apt >/dev/null 2>&1; then chown -R _apt "$folder/source" "$folder/lists" "$folder/cache"; fi
	run "fetching the source of pgvector from $(source_suite)" fetch_pgvector "$folder" ||
		fail "the source package of pgvector could not be fetched with: $line" "Check the network and that this mirror serves $(source_suite), then run deploy/setup.sh again."
	run "building pgvector for Postgres $postgres_major" compile_pgvector "$source" "$folder/root" ||
		fail "pgvector could not be built." "Install pgvector $min_pgvector or newer for Postgres $postgres_major by hand (https://github.com/pgvector/pgvector)."
	run "packaging pgvector" package_pgvector "$source" "$folder/root" "$folder/pgvector.deb" ||
		fail "pgvector could not be packaged." "Look at the lines above and run deploy/setup.sh again."
	run "installing the built pgvector" dpkg --install "$folder/pgvector.deb" ||
		fail "the built pgvector could not be installed." "Try 'apt-get -f install', then run deploy/setup.sh again."
}

install_compiler() { install gcc libc6-dev; }

# The tests start a Dovecot of their own; a mail server that nobody asked for must not come up at the next boot.
install_dovecot() {
	install dovecot-imapd
	if command -v systemctl >/dev/null; then
		systemctl disable dovecot.service dovecot.socket >>"$log" 2>&1 || true
	fi
}

# The package postfix would take the place of the machine's own mail server, be configured and start at the next boot.
# Its programs alone, which the tests configure, are made a package that does none of this and gets along with any.
package_postfix() (
	local folder=$1 root=$1/root from
	cd "$folder" || return
	apt-get -o Acquire::Retries=3 -o APT::Sandbox::User=root download postfix && dpkg-deb -x postfix_*.deb unpacked || return
	from=unpacked/usr/lib/postfix
	[ -x "$from/sbin/master" ] && [ -x "$from/sbin/smtpd" ] || return
	mkdir -p "$root/DEBIAN" "$root$unpacked_postfix"
	cp -a "$from/sbin" "$root$unpacked_postfix/" && cp -a "$from"/libpostfix-*.so* "$root$unpacked_postfix/" || return
	cat >"$root/DEBIAN/control" <<-CONTROL
		Package: customerdesk-postfix
		Version: $(dpkg-deb -f postfix_*.deb Version)~customerdesk1
		Architecture: $(dpkg --print-architecture)
		Section: mail
		Priority: optional
		Maintainer: CustomerDesk deploy/setup.sh <root@localhost>
		Depends: $(dpkg-deb -f postfix_*.deb Depends | tr ',' '\n' | sed 's/^ *//' | grep '^lib' | paste -s -d ,), netbase
		Description: programs of the distribution's Postfix for the tests of CustomerDesk
		 Unpacked on this machine by CustomerDesk's deploy/setup.sh. Nothing is configured and nothing is started.
	CONTROL
	dpkg-deb --root-owner-group --build "$root" customerdesk-postfix.deb
)

# Whatever keeps Postfix away keeps only its tests from running.
install_postfix() {
	local folder=$scratch/postfix
	mkdir -p "$folder"
	refresh_when_old
	if ! run "unpacking the distribution's Postfix" package_postfix "$folder"; then
		refresh
		rm -rf "$folder" && mkdir -p "$folder"
		run "unpacking the distribution's Postfix" package_postfix "$folder" || folder=''
	fi
	if [ -z "$folder" ] || ! run "installing the unpacked Postfix" apt install --no-install-recommends "$folder/customerdesk-postfix.deb"; then
		lacking+=("Postfix could not be had from the distribution: its tests will be skipped. Check the network and /etc/apt/sources.list*, then run deploy/setup.sh again.")
	fi
}

# Ubuntu has Chromium only as a snap, and snaps work only where snapd runs. All tests but the pages' go without.
install_chromium() {
	refresh_when_old
	if [ -n "$(candidate chromium)" ]; then
		install chromium
		return
	fi
	if command -v snap >/dev/null && snap version >/dev/null 2>&1; then
		run "installing the snap chromium" snap install chromium && return
	fi
	lacking+=("$system has no package chromium, and no snap of it can be installed here: the tests of the pages will fail. Install Google Chrome's package for Debian and Ubuntu (google-chrome-stable) or any program called chromium in PATH, then run deploy/setup.sh again.")
}

# Chromium's package brings hardly any font when nothing is installed that is merely recommended.
install_fonts() { install fonts-liberation fonts-noto-color-emoji; }

# --- the work ------------------------------------------------------------------------------------------------

clean_up() {
	local i
	for ((i = ${#undo[@]} - 1; i >= 0; i--)); do ${undo[i]} || true; done
	rm -rf "$scratch"
	[ "$keep_log" = yes ] || rm -f "$log"
}

main() {
	local part
	mode=${1:-all}
	case $mode in
	demo | test | all) ;;
	-h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p;}' "${BASH_SOURCE[0]}"; exit 0 ;;
	*) warn "usage: deploy/setup.sh [demo|test|all]"; exit 2 ;;
	esac

	take_stock
	[ "${#missing[@]}" -gt 0 ] || return 0
	name_system
	if [ "$distribution" = other ] || ! command -v apt-get >/dev/null; then advise "$system"; fi
	become_root

	undo=() lacking=() refreshed=no keep_log=no
	scratch=$(mktemp -d)
	log=$(mktemp "${TMPDIR:-/tmp}/customerdesk-setup.XXXXXX.log")
	chmod 0755 "$scratch"
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	hold_services
	for part in postgres pgvector compiler dovecot postfix chromium fonts; do
		if is_missing "$part"; then "install_$part"; fi
	done
	if [ "${#lacking[@]}" -gt 0 ]; then
		for part in "${lacking[@]}"; do warn "$part"; done
		return 0
	fi
	say "everything is there (${SECONDS} s)"
}

main "$@"
