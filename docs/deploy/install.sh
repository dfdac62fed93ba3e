#!/bin/sh
# Installs the dashboard as a systemd service, upgrades it, or removes it. `install.sh --help` lists the options.
# It may run any number of times: settings, store and backups are kept, and each file that it makes is printed.
set -eu
umask 022

usage() {
  cat <<'END'
sudo docs/deploy/install.sh NAME          install, or upgrade to the release that is checked out; NAME is the host
                                          name, such as coffee.example.gov, and may be left out in an upgrade
sudo docs/deploy/install.sh --uninstall   remove the program; settings, store and backups stay
  --purge      with --uninstall: delete these too
  --dry-run    print what would be done, and do nothing
  --root DIR   install below DIR, as the user that runs this; make no user and start nothing
END
}

fail() {
  printf '%s\n' "$1" >&2
  exit 2
}

name='' root='' dry='' purge='' action=install
while [ $# -gt 0 ]; do
  case $1 in
    --uninstall) action=uninstall ;;
    --purge) purge=yes ;;
    --dry-run) dry=yes ;;
    --root)
      [ $# -gt 1 ] || fail 'Name a folder after --root.'
      root=$2
      shift
      ;;
    --help)
      usage
      exit
      ;;
    -*) fail "There is no option $1: install.sh --help lists them." ;;
    *) name=$1 ;;
  esac
  shift
done

case $root in
  '') [ "$(id -u)" = 0 ] || [ -n "$dry" ] || fail 'Run it as root: sudo docs/deploy/install.sh NAME' ;;
  *[!A-Za-z0-9/._-]*) fail 'The folder after --root may have letters, digits and . _ - / in its path.' ;;
  /*) ;;
  *) fail 'Give the whole path of the folder after --root.' ;;
esac
case $name in
  *[!A-Za-z0-9.-]*) fail "$name is no host name: write one such as coffee.example.gov." ;;
esac

source=$(cd "$(dirname "$0")/../.." && pwd)
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$source/pyproject.toml")
program=$root/opt/coffee
settings=$root/etc/coffee
environment=$root/etc/default/coffee
store=$root/var/lib/coffee
backups=$root/var/backups/coffee
units=$root/etc/systemd/system
wrapper=$root/usr/local/bin/cwac-coffee
python=${PYTHON:-python3}
user=coffee group=coffee
[ -z "$root" ] || user=$(id -un) group=$(id -gn)

say() { printf '%-8s  %s\n' "$1" "$2"; }
run() { [ -n "$dry" ] || "$@"; }
systemd_runs() { [ -z "$root" ] && [ -d /run/systemd/system ]; }
dashboards() { systemctl list-units --plain --no-legend "$@" 'coffee@*.service' | cut -d ' ' -f 1; }

remove() {
  for path; do
    [ -e "$path" ] || [ -L "$path" ] || continue
    say removed "$path"
    run rm -rf -- "$path"
  done
}

make_user() {
  [ -z "$root" ] || return 0
  if id coffee >/dev/null 2>&1; then
    say kept 'user coffee'
  else
    run useradd --system --user-group --no-create-home --home-dir "$store" --shell /usr/sbin/nologin coffee
    say made 'user coffee'
  fi
}

make_folder() { # PATH, of the dashboard's user alone
  if [ -d "$1" ]; then say kept "$1"; else say made "$1"; fi
  run install -d -m 0700 -o "$user" -g "$group" "$1"
}

write_file() { # NAME of a file beside this one, TARGET, MODE
  text=$(sed -E "s#/(opt/coffee|etc/coffee|etc/default/coffee|var/lib/coffee|var/backups/coffee|usr/local/bin/cwac-)#$root&#g
    s#^user=coffee\$#user=$user#" "$source/docs/deploy/$1")
  if [ ! -e "$2" ]; then say made "$2"; elif printf '%s\n' "$text" | cmp -s - "$2"; then say kept "$2"; else say changed "$2"; fi
  [ -z "$dry" ] || return 0
  mkdir -p "$(dirname "$2")"
  printf '%s\n' "$text" >"$2"
  chmod "$3" "$2"
}

install_program() {
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "This needs Python 3.11 or newer, and $python is older: name another, as in PYTHON=/usr/bin/python3.11 install.sh"
  "$python" -c 'import ensurepip' 2>/dev/null ||
    fail 'Python cannot make environments here. On Debian and Ubuntu: apt-get install python3-venv'
  to=$program/$version
  if [ -e "$to/bin/cwac" ]; then say again "$to"; else say made "$to"; fi
  [ -z "$dry" ] || return 0
  [ -e "$to/bin/cwac" ] || "$python" -m venv --clear "$to"
  [ -n "$root" ] || runuser -u "$user" -- "$to/bin/python" -c '' 2>/dev/null ||
    fail "The user $user cannot start $python: name one that every user can, as in PYTHON=/usr/bin/python3 install.sh"
  "$to/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$source/requirements.txt"
  copy=$(mktemp -d) # what a build leaves behind must not get into the next one
  trap 'rm -rf "$copy"' EXIT
  mkdir "$copy/.streamlit"
  cp "$source/.streamlit/config.toml" "$copy/.streamlit"
  for part in cwac pages dashboard.py pyproject.toml setup.py README.md LICENSE; do cp -R "$source/$part" "$copy"; done
  "$to/bin/pip" install --quiet --disable-pip-version-check --no-deps --force-reinstall "$copy"
}

back_up() { # before another release may migrate the store
  [ -n "$before" ] && [ "$before" != "$version" ] || return 0
  [ -f "$store/cwac/cwac.sqlite3" ] || return 0
  say backup "$backups/before-$version.backup"
  run env CWAC_STORE="sqlite:///$store/cwac/cwac.sqlite3" "$wrapper" backup "$backups/before-$version.backup" >/dev/null
}

write_settings() {
  make_folder "$settings"
  if [ -f "$settings/secrets.toml" ] && [ ! -L "$settings/secrets.toml" ]; then
    say kept "$settings/secrets.toml"
    run chown "$user:$group" "$settings/secrets.toml"
    run chmod 0600 "$settings/secrets.toml"
  else
    [ ! -L "$settings/secrets.toml" ] || fail "$settings/secrets.toml is a link: put the file itself there."
    say made "$settings/secrets.toml"
    run install -m 0600 -o "$user" -g "$group" /dev/null "$settings/secrets.toml"
  fi
  if [ -f "$environment" ]; then
    say kept "$environment"
  else
    say made "$environment"
    [ -n "$dry" ] && return
    mkdir -p "$(dirname "$environment")"
    printf '# Read by the dashboard and by cwac-coffee. The settings are in %s.\nSTREAMLIT_SERVER_ALLOWED_HOSTS="%s"\n' \
      "$settings/secrets.toml" "$name" >"$environment"
  fi
}

keep_store_of_0_1() { # whose unit had a user that systemd made, and a link in place of the folder
  [ -L "$store" ] || return 0
  say moved "$root/var/lib/private/coffee to $store"
  run rm "$store"
  run mv "$root/var/lib/private/coffee" "$store"
  run chown -Rh "$user:$group" "$store"
}

install_all() {
  [ -n "$name" ] || [ -f "$environment" ] || fail 'Name the host, as in: sudo docs/deploy/install.sh coffee.example.gov'
  before=$(readlink "$program/current" || true)
  make_user
  install_program
  back_up
  running=''
  if systemd_runs && [ -z "$dry" ]; then
    running=$(dashboards --state=active,activating)
    # shellcheck disable=SC2086 # a unit a word
    [ -z "$running" ] || systemctl stop $running # old and new must not run at once where the store is migrated
  fi
  keep_store_of_0_1
  make_folder "$store"
  make_folder "$backups"
  write_settings
  for old in "$program"/[0-9]*; do # the release before this one stays, to go back to
    case $old in "$program/$version" | "$program/$before") ;; *) remove "$old" ;; esac
  done
  run ln -sfn "$version" "$program/current"
  write_file cwac-coffee "$wrapper" 0755
  for unit in coffee@.service coffee-backup.service coffee-backup.timer; do write_file "$unit" "$units/$unit" 0644; done
  if systemd_runs; then
    run systemctl daemon-reload
    # shellcheck disable=SC2086
    run systemctl enable --quiet --now coffee@8501.service coffee-backup.timer $running
    say started coffee@8501.service
    say started coffee-backup.timer
  else
    echo 'Nothing is started here: systemctl enable --now coffee@8501 coffee-backup.timer'
  fi
  echo "Version $version. Next: sudo cwac-coffee doctor"
}

uninstall() {
  if systemd_runs; then
    # shellcheck disable=SC2046
    run systemctl disable --quiet --now coffee-backup.timer coffee@8501.service $(dashboards --all) || true
  fi
  remove "$units/coffee@.service" "$units/coffee-backup.service" "$units/coffee-backup.timer" "$wrapper" \
    "$program/current" "$program"/[0-9]*
  [ -n "$dry" ] || [ ! -d "$program" ] || rmdir --ignore-fail-on-non-empty "$program"
  ! systemd_runs || run systemctl daemon-reload
  if [ -n "$purge" ]; then
    remove "$settings" "$environment" "$store" "$backups"
    [ -n "$root" ] || ! id coffee >/dev/null 2>&1 || run userdel coffee
  else
    for path in "$settings" "$environment" "$store" "$backups"; do [ ! -e "$path" ] || say kept "$path"; done
  fi
}

[ -z "$dry" ] || echo 'Nothing is done, only said:'
if [ "$action" = install ]; then install_all; else uninstall; fi
