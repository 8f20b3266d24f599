# Joulemark's recorder: copies raw counters with both clocks into a bounded buffer, and does nothing else.
# Format, configuration, exit codes and reasons: docs/recorder.md. Needs perl-base alone, on 64-bit Linux (x86_64, aarch64).
#
#   perl recorder.pl CONFIG [--root DIR] [--clock FILE]
#
# The kernel writes readings and stamps straight into one long string ($arena) whose address system calls are given, and a tick
# leaves with one write: perl neither copies nor looks at what is read.
use strict;
use warnings;
use integer;

use constant {
    EINTR => 4, ENOENT => 2, EIO => 5, ERANGE => 34,
    BOOTTIME => 7, REALTIME => 0, ABSTIME => 1,
    AT_FDCWD => -100, O_RDONLY_CLOEXEC => 02000000, O_NEW => 0301,    # O_WRONLY | O_CREAT | O_EXCL
    GIGA => 1_000_000_000,
    # A read of a seq_file stops before the record that does not fit its page; one this short has seen the end.
    SHORT => 1024,
    TRAILER => 16,                                                  # room kept for "\ne stopped\n"
};

my ($config, %option) = parse_arguments(@ARGV);
my $root = $option{'--root'} // '';
my ($PREAD, $WRITE, $OPENAT, $CLOSE, $GETTIME, $SLEEP) = system_calls();

# --- configuration -----------------------------------------------------------------------------------------------------------

my ($kind, $rate, $period, $status_path, $status, @buffers, @ids, @names, @paths, @max, @reopen, @tree);
read_config($config);

# --- state of the hot path ---------------------------------------------------------------------------------------------------

# Stamps at 0 (due), 16 (boot at start), 32 (real at start), 48 (boot at end); then room for the line; then readings from $DATA.
my $DATA = 64 + 160 + 12 * @ids;
my $size = $DATA + 65_536;
my $arena = "\0" x $size;
my $base = address();
my @fd = (-1) x @ids;
my @length = (0) x @ids;
my ($out, $out_fd, $out_at, $room) = (undef, -1, 0, 0);
my ($stop, $full) = (0, '');
$SIG{TERM} = $SIG{INT} = sub { $stop = 1 };
$SIG{HUP} = $SIG{PIPE} = $SIG{XFSZ} = 'IGNORE';

open_status();
next_buffer() or finish(1, "failed $full");
emit_text(header()) and ($option{'--clock'} ? replay($option{'--clock'}) : record());
# The trailer's room was kept apart; on a full disk it may still fail, then status and exit code say it alone.
$room += TRAILER;
emit_text("\ne " . ($full ? 'full' : 'stopped') . "\n");
finish($full ? (3, "full $full") : (0, 'stopped'));

# --- ticks -------------------------------------------------------------------------------------------------------------------

# Ticks are due at multiples of the period since boot; those that passed while a tick took too long are left out.
sub record {
    syscall($GETTIME, BOOTTIME, $base + 48);
    my $due = (now() / $period + 1) * $period;
    until ($stop) {
        substr($arena, 0, 16, pack('qq', $due / GIGA, $due % GIGA));
        if (syscall($SLEEP, BOOTTIME, ABSTIME, $base, 0) != 0) {
            next if $! == EINTR;
            fail("clock_nanosleep: $!");
        }
        syscall($GETTIME, BOOTTIME, $base + 16);
        syscall($GETTIME, REALTIME, $base + 32);
        my $end = gather();
        syscall($GETTIME, BOOTTIME, $base + 48);
        emit_tick($due / 1000, $end) or return;
        my $now = now();
        $due += $period;
        $due = ($now / $period + 1) * $period if $due <= $now;
    }
}

# Injected clock: one tick a line, `due mono wall end` in µs; no sleeping.
sub replay {
    my ($file) = @_;
    open my $in, '<:raw', $file or fail("$file: $!");
    while (my $line = <$in>) {
        my ($due, @stamps) = split ' ', $line;
        substr($arena, 16, 48, pack('q6', map { ($_ / 1_000_000, $_ % 1_000_000 * 1000) } @stamps));
        my $end = gather();
        emit_tick($due, $end) or return;
        last if $stop;
    }
}

# Reads every source into the arena, one behind the other; returns where they end.
sub gather {
    my $at = $DATA;
    for my $i (0 .. $#fd) {
        $at + $max[$i] > $size and grow($at + $max[$i]);
        my $n = $fd[$i] < 0 ? seldom($i, $at) : syscall($PREAD, $fd[$i], $base + $at, $max[$i], 0);
        if ($n >= SHORT) { $n = $n < $max[$i] ? rest($fd[$i], $at, $n, $max[$i]) : $n }
        elsif ($n < 0) { $n = failed($i, $n) }
        $length[$i] = $n;
        $at += $n if $n > 0;
    }
    return $at;
}

# A file that gave a full page or more: goes on until the end or the bound.
sub rest {
    my ($fd, $at, $got, $max) = @_;
    return $got if $fd < 0;    # seldom() has done it
    while ($got < $max) {
        my $n = syscall($PREAD, $fd, $base + $at + $got, $max - $got, $got);
        return -($! + 0) if $n < 0;
        $got += $n;
        last if $n < SHORT;
    }
    return $got;
}

# The sources without an open descriptor: process trees, those opened anew at every tick, and those that failed last time.
sub seldom {
    my ($i, $at) = @_;
    return tree($i, $at) if $tree[$i];
    my $fd = syscall($OPENAT, AT_FDCWD, $paths[$i], O_RDONLY_CLOEXEC, 0);
    return -($! + 0) if $fd < 0;
    my $n = syscall($PREAD, $fd, $base + $at, $max[$i], 0);
    $n = $n < 0 ? -($! + 0) : $n >= SHORT ? rest($fd, $at, $n, $max[$i]) : $n;
    if ($reopen[$i] || $n < 0) { syscall($CLOSE, $fd) }
    else { $fd[$i] = $fd }
    return $n;
}

# A failed read: gives -errno; the file is opened anew at the next tick.
sub failed {
    my ($i, $n) = @_;
    return $n if $fd[$i] < 0;
    $n = -($! + 0) if $n == -1;
    syscall($CLOSE, $fd[$i]);
    $fd[$i] = -1;
    return $n;
}

sub grow {
    my ($need) = @_;
    $arena .= "\0" x ($need + 65_536 - $size);
    $size = length $arena;
    $base = address();
}

sub address { return unpack 'J', pack 'P', $arena }
sub now { my ($s, $n) = unpack 'x48qq', $arena; return $s * GIGA + $n }

# --- process trees -----------------------------------------------------------------------------------------------------------

# /proc/PID/stat of the process named in the pid file and of all its descendants, parents first; whole lines up to the bound.
sub tree {
    my ($i, $at) = @_;
    my $text = slurp($paths[$i]) // return -($! + 0);
    my ($pid) = $text =~ /^\s*(\d+)/ or return -(EIO);
    my $stat = slurp("$root/proc/$pid/stat") // return -($! + 0);
    my ($all, @queue) = ($stat, $pid);
    my $children = -e "$root/proc/$pid/task/$pid/children" ? \&children_by_file : children_by_scan();
    while (defined($pid = shift @queue)) {
        for my $child ($children->($pid)) {
            $stat = slurp("$root/proc/$child/stat") // next;
            return put($all, $at) if length($all) + length($stat) > $max[$i];
            $all .= $stat;
            push @queue, $child;
        }
    }
    return length($all) > $max[$i] ? -(ERANGE) : put($all, $at);
}

sub put { my ($text, $at) = @_; substr($arena, $at, length $text, $text); return length $text }

sub children_by_file {
    my ($pid) = @_;
    return map { split ' ', slurp("$root/proc/$pid/task/$_/children") // '' } numbers("$root/proc/$pid/task");
}

# For kernels without the file `children`.
sub children_by_scan {
    my %of;
    for my $pid (numbers("$root/proc")) {
        my $stat = slurp("$root/proc/$pid/stat") // next;
        push @{ $of{$1} }, $pid if $stat =~ /.*\) \S (\d+)/s;
    }
    return sub { @{ $of{ $_[0] } // [] } };
}

sub numbers {
    opendir my $folder, $_[0] or return;
    return sort { $a <=> $b } grep { !/\D/ } readdir $folder;
}

sub slurp {
    open my $in, '<:raw', $_[0] or return undef;
    my $text = '';
    while (1) {
        my $n = sysread $in, $text, 65_536, length $text;
        return undef unless defined $n;
        return $text if $n == 0;
    }
}

# --- buffer ------------------------------------------------------------------------------------------------------------------

# The line that goes before the readings is put right in front of them, and both leave together.
sub emit_tick {
    my ($due, $end) = @_;
    my ($ms, $mn, $ws, $wn, $es, $en) = unpack 'x16q6', $arena;
    my $line = "\nt $due " . ($ms * 1_000_000 + $mn / 1000) . ' ' . ($ws * 1_000_000 + $wn / 1000) . ' '
        . ($es * 1_000_000 + $en / 1000) . " @length\n";
    my $from = $DATA - length $line;
    substr($arena, $from, length $line, $line);
    return emit($base + $from, $end - $from);
}

sub emit_text {
    my ($text) = @_;
    return emit(unpack('J', pack 'P', $text), length $text);
}

# Writes whole or not at all; goes on in the next buffer when this one is full. False: all are full.
sub emit {
    my ($from, $n) = @_;
    while (1) {
        if ($n <= $room) {
            my $wrote = syscall($WRITE, $out_fd, $from, $n);
            if ($wrote == $n) {
                $out_at += $n;
                $room -= $n;
                return 1;
            }
            $full = $wrote < 0 ? "$!" : 'No space left on device';
            truncate $out, $out_at;
            sysseek $out, $out_at, 0;
        }
        else { $full = 'bound reached' }
        next_buffer() or return 0;
        $full = '';
    }
}

sub next_buffer {
    my $next = shift @buffers or return 0;
    my ($path, $bytes) = @$next;
    if (!sysopen $out, $path, O_NEW, 0600) { $full = "$path: $!"; return 0 }
    ($out_fd, $out_at, $room) = (fileno $out, 0, $bytes - TRAILER);
    return 1;
}

sub header {
    return join "\n", 'joulemark-recording 1', "recorder $kind", "rate $rate", 'mono-resolution 1', 'wall-resolution 1',
        'sources ' . @ids, (map { "$ids[$_] $names[$_]" } 0 .. $#ids), '';
}

# --- start and end -----------------------------------------------------------------------------------------------------------

# Written in full length at once, so that a full disk does not keep the last word from being said.
sub open_status {
    open $status, '+>', $status_path or fail("$status_path: $!");
    say_status("running $$");
}

sub say_status {
    sysseek $status, 0, 0;
    syswrite $status, sprintf "%-127.127s\n", $_[0];
}

sub fail { print STDERR "recorder: $_[0]\n"; exit 1 }

sub finish { my ($code, $text) = @_; say_status($text); exit $code }

sub parse_arguments {
    my ($file, @rest) = @_;
    fail("usage: recorder.pl CONFIG [--root DIR] [--clock FILE]") if !defined $file || @rest % 2;
    return ($file, @rest);
}

# One value a line; the order is that of collectors/recorder/config.ts.
sub read_config {
    my ($file) = @_;
    open my $in, '<:raw', $file or fail("$file: $!");
    my $next = sub { my $line = <$in> // fail("$file: too short"); chomp $line; return $line };
    $next->() eq 'joulemark-recorder 1' or fail("$file: not a configuration of this version");
    ($kind, $rate, $period, $status_path) = map { $next->() } 1 .. 4;
    for (1 .. $next->()) { my $path = $next->(); push @buffers, [$path, 0 + $next->()] }
    for my $i (0 .. $next->() - 1) {
        my ($id, $path, $max, $flags) = map { $next->() } 1 .. 4;
        $names[$i] = $path;
        # A number would be taken for an address by syscall.
        $paths[$i] = $root . $path;
        ($ids[$i], $max[$i]) = ($id, 0 + $max);
        $reopen[$i] = index($flags, 'r') >= 0;
        $tree[$i] = index($flags, 't') >= 0;
    }
}

# pread64, write, openat, close, clock_gettime, clock_nanosleep, by the machine this perl was built for (ELF e_machine).
sub system_calls {
    open my $elf, '<:raw', '/proc/self/exe' or fail("/proc/self/exe: $!");
    read $elf, my $head, 20;
    my ($class, $machine) = unpack 'x4Cx13v', $head;
    fail("needs a 64-bit perl") if $class != 2;
    return (17, 1, 257, 3, 228, 230) if $machine == 62;       # x86_64
    return (67, 64, 56, 57, 113, 115) if $machine == 183;     # aarch64
    fail("machine $machine is not known");
}
