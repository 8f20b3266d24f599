# Says what a host is: an allow-list of facts without names, addresses and serials. POSIX shell, /proc and /sys; nothing is left behind.
# Words: MARK, then paths to look at (globs allowed). Output: a line `MARK section` before each piece of text; text is ended by one newline of ours.
mark=$1
shift
IFS=' 	
'

section() { printf '\n%s %s\n' "$mark" "$1"; }
# copy FILE [BYTES]: its head, or nothing.
copy() { { head -c "${2:-4096}" <"$1"; } 2>/dev/null; }
has() { command -v "$1" >/dev/null 2>&1; }
# first COMMAND...: first line of what it prints, at most 200 bytes.
first() { { "$@" </dev/null 2>&1 | head -n 1 | head -c 200; } 2>/dev/null; }

section boot-id
copy /proc/sys/kernel/random/boot_id
section machine
uname -m
section kernel
uname -r
section os-release
# A recorder's pod sees the machine's first process, and through it the machine's own files rather than those of its image.
if [ -e /proc/1/root/etc ] && ! [ /proc/1/root/ -ef / ]; then
  copy /proc/1/root/etc/os-release || copy /proc/1/root/usr/lib/os-release
else
  copy /etc/os-release || copy /usr/lib/os-release
fi
section libc
if has getconf && getconf GNU_LIBC_VERSION 2>/dev/null; then :; else
  for f in /lib/ld-musl-*; do [ -e "$f" ] && echo musl; done
fi
section cpuinfo
# One CPU's lines are enough, and the number of them all.
grep -c '^processor' /proc/cpuinfo
head -c 16384 </proc/cpuinfo | grep -m 8 -E '^(model name|vendor_id|CPU implementer|CPU part|Model|flags)'
section topology
for f in /sys/devices/system/cpu/cpu[0-9]*; do
  p='' c=''
  { read -r p <"$f/topology/physical_package_id"; } 2>/dev/null
  { read -r c <"$f/topology/core_id"; } 2>/dev/null
  o=1
  { read -r o <"$f/online"; } 2>/dev/null
  [ "$o" = 1 ] && echo "${p:-?} ${c:-?}"
done
section governor
copy /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor
section no-turbo
copy /sys/devices/system/cpu/intel_pstate/no_turbo
section boost
copy /sys/devices/system/cpu/cpufreq/boost
section meminfo
head -n 3 </proc/meminfo
section detect-virt
has systemd-detect-virt && systemd-detect-virt --vm
section detect-container
has systemd-detect-virt && systemd-detect-virt --container
section dmi
copy /sys/class/dmi/id/sys_vendor 100
copy /sys/class/dmi/id/product_name 100
section hypervisor
copy /sys/hypervisor/type 100
[ -e /proc/xen ] && echo xen
section container-signs
[ -e /.dockerenv ] && echo docker
[ -e /run/.containerenv ] && echo podman
[ -n "${KUBERNETES_SERVICE_HOST:-}" ] && echo kubernetes
{ tr '\0' '\n' </proc/1/environ; } 2>/dev/null | grep '^container=' | head -n 1
section mountinfo
grep -E ' - (cgroup|cgroup2|tmpfs) ' /proc/self/mountinfo | head -c 65536
section own-cgroup
copy /proc/self/cgroup
section init
[ -d /run/systemd/system ] && echo systemd
section user
id -u
section systemd-user
uid=$(id -u)
if [ -d /run/systemd/system ] && has systemd-run; then
  XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$uid}
  export XDG_RUNTIME_DIR
  limit=''
  has timeout && limit='timeout 10'
  $limit systemd-run --user --quiet --scope --collect true </dev/null >/dev/null 2>&1 && echo yes
fi

# Folders in which a cgroup can be made: tried, with a process moved in, and removed again.
section cgroup-writable
awk '$0 ~ / - cgroup/ { print $4, $5, $0 }' /proc/self/mountinfo 2>/dev/null | while read -r root mount rest; do
  kind=${rest#* - }
  kind=${kind%% *}
  if [ "$kind" = cgroup2 ]; then line=$(grep '^0::' /proc/self/cgroup); else
    last=${rest##* }
    line=$(while IFS= read -r l; do
      names=${l#*:}
      names=${names%%:*}
      case ",$last," in (*",$names,"*) [ -n "$names" ] && echo "$l" && break ;; esac
    done </proc/self/cgroup)
  fi
  own=${line#*:*:}
  [ "$root" = / ] || own=${own#"$root"}
  own=${own%/}
  if [ "$kind" = cgroup2 ]; then
    parent=${own%/*}
    if [ "$uid" = 0 ]; then tries="/ $own/ $parent/"; else tries="$own/ $parent/"; fi
  else tries="$own/ /"; fi
  for try in $tries; do
    new=$mount${try%/}/joulemark-probe-$$
    if mkdir "$new" 2>/dev/null; then
      # cpuset of v1 takes no process before it has CPUs: its folder is made, but is of no use to us.
      ok=0
      /bin/sh -c 'echo $$ >"$1/cgroup.procs"' sh "$new" 2>/dev/null && ok=1
      n=0
      while ! rmdir "$new" 2>/dev/null && [ "$n" -lt 20 ]; do
        sleep 0.1 2>/dev/null || sleep 1
        n=$((n + 1))
      done
      if [ "$ok" = 1 ]; then
        echo "$kind ${rest##* } $mount${try%/}"
        break
      fi
    fi
  done
done

# private FOLDER: makes a folder of our own in it, which must not be there before; sets probe. False: it can't be had. Anybody may write
# where we look, so nothing is written by a name that somebody could have laid there, and nothing is run that somebody could have put there.
private() {
  [ -d "$1" ] && [ -w "$1" ] || return 1
  probe=$1/.joulemark-probe-$$
  mkdir -m 700 "$probe" 2>/dev/null
}
# room FOLDER: KiB that are free.
room() { df -Pk "$1" 2>/dev/null | { read -r _; read -r _ _ _ k _; echo "${k:-0}"; }; }

section work-roots
# Folders with the user's name in their path come last: the path is kept in the archive.
cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}
for folder in /var/tmp /tmp "$cache/joulemark" "$cache" "${HOME:-/nonexistent}"; do
  private "$folder" || continue
  exec=0
  if (umask 077 && printf '#!/bin/sh\nexit 0\n' >"$probe/run") 2>/dev/null; then
    chmod 700 "$probe/run" && "$probe/run" 2>/dev/null && exec=1
    free=$(room "$folder")
    echo "$exec ${free:-0} $folder"
  fi
  rm -rf "$probe"
done
section tmpfs
for folder in /dev/shm "/run/user/$uid" /run; do
  private "$folder" || continue
  if (: >"$probe/file") 2>/dev/null; then
    free=$(room "$folder")
    echo "${free:-0} $folder"
  fi
  rm -rf "$probe"
done

section perl
has perl && perl -e 'printf "%vd\n", $^V'
section tool-sh
readlink -f /bin/sh 2>/dev/null | sed 's,.*/,,'
for tool in bash busybox setsid systemd-run gzip sha256sum sudo; do
  if has $tool; then
    section "tool-$tool"
    case $tool in
    busybox) first busybox ;;
    *) first $tool --version ;;
    esac
  fi
done
for tool in cksum getconf timeout head df awk apt-get dnf apk zypper; do
  if has $tool; then
    section "tool-$tool"
    echo present
  fi
done
section user-hz
has getconf && getconf CLK_TCK
section page-size
{ has getconf && getconf PAGESIZE; } || grep -m 1 KernelPageSize /proc/self/smaps

# Each path: `probe PATH`, then its text; on failure `probe-error PATH` and the message.
IFS=''
for pattern in "$@"; do
  for f in $pattern; do
    section "probe $f"
    if [ -d "$f" ]; then
      section "probe-error $f"
      echo 'Is a directory'
      continue
    fi
    e=$({ head -c 4096 <"$f" >&4; } 2>&1) || {
      section "probe-error $f"
      printf '%s' "$e"
    }
  done
done 4>&1
section end
