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
    AT_FDCWD => -100, O_RDONLY_CLOEXEC => 02000000, TFD_CLOEXEC => 02000000, O_NEW => 0301,    # O_WRONLY | O_CREAT | O_EXCL
    GIGA => 1_000_000_000,
    # A read of a seq_file stops before the record that does not fit its page (4 KiB at least); one this short has seen the end.
    SHORT => 2048,
    TRAILER => 16,                                                  # room kept for "\ne stopped\n"
};

my ($config, %option) = parse_arguments(@ARGV);
my $root = $option{'--root'} // '';
my ($READ, $WRITE, $CLOSE, $PREAD, $GETTIME, $OPENAT, $TIMER, $SETTIMER, $SETATTR) = system_calls();

# --- configuration -----------------------------------------------------------------------------------------------------------

my ($kind, $rate, $period, $offset, $status_path, $status, @buffers, @ids, @names, @paths, @max, @reopen, @tree);
read_config($config);

# --- state of the hot path ---------------------------------------------------------------------------------------------------

# At 8 the timer's count, at 16, 32 and 48 the stamps (boot and real at the start, boot at the end), then room for the line;
# readings from $DATA.
my $DATA = 64 + 160 + 12 * @ids;
my $need = $DATA;
$need += $_ for @max;
my $arena = "\0" x $need;
# perl may share a string until it is changed, and then moves it: changed once now, its address holds.
vec($arena, 0, 8) = 0;
my $base = unpack 'J', pack 'P', $arena;
my @index = 0 .. $#ids;
my @fd = (-1) x @ids;
my @length = (0) x @ids;
my ($out, $out_fd, $room, $bound) = (undef, -1, 0, 0);
my ($stop, $full) = (0, '');
$SIG{TERM} = $SIG{INT} = sub { $stop = 1 };
$SIG{HUP} = $SIG{PIPE} = $SIG{XFSZ} = 'IGNORE';

open_status();
next_buffer() or finish(1, "failed $full");
emit_text(header()) and record($option{'--clock'} && open_clock($option{'--clock'}));
# The trailer's room was kept apart; on a full disk it may still fail, then status and exit code say it alone.
$room += TRAILER;
$bound += TRAILER;
emit_text("\ne " . ($full ? 'full' : 'stopped') . "\n");
finish($full ? (3, "full $full") : (0, 'stopped'));

# --- ticks -------------------------------------------------------------------------------------------------------------------

# Ticks are due at multiples of the period since boot, plus the offset. The timer counts them, so that one which passed while a
# reading took too long is left out. With an injected clock (one tick a line: `due mono wall end`, µs) there is no sleeping.
# One loop that calls nothing in the common case: between two ticks the caches forget us, and every operation that is touched costs more
# than what it does.
sub record {
    my ($clock) = @_;
    my ($n, $at, $count, $ms, $mn, $ws, $wn, $es, $en, $line, $from);
    my ($count_to, $start_to, $wall_to, $end_to, $readings_to) = map { $base + $_ } 8, 16, 32, 48, $DATA;
    my $step = $period / 1000;
    my ($timer, $due) = $clock ? (-1, 0) : start_timer();
    until ($stop) {
        if ($clock) { $due = next_stamps($clock) // return }
        else {
            if (syscall($READ, $timer, $count_to, 8) != 8) { interrupted(); next }
            syscall($GETTIME, BOOTTIME, $start_to);
            syscall($GETTIME, REALTIME, $wall_to);
        }
        $at = $readings_to;
        for my $i (@index) {
            $n = syscall($PREAD, $fd[$i], $at, $max[$i], 0);
            $n = seldom($i, $at, $n) if $n < 0 || $n >= SHORT;
            $at += $n if $n > 0;
            $length[$i] = $n;
        }
        $clock or syscall($GETTIME, BOOTTIME, $end_to);

        ($count, $ms, $mn, $ws, $wn, $es, $en) = unpack 'x8q7', $arena;
        $due += $count * $step;
        # The line is put right before the readings, and both leave together.
        $line = "\nt $due " . ($ms * 1_000_000 + $mn / 1000) . ' ' . ($ws * 1_000_000 + $wn / 1000) . ' '
            . ($es * 1_000_000 + $en / 1000) . " @length\n";
        $from = $DATA - length $line;
        substr $arena, $from, length $line, $line;
        $n = $at - $base - $from;
        if ($n <= $room && syscall($WRITE, $out_fd, $base + $from, $n) == $n) { $room -= $n }
        else { emit($base + $from, $n) or return }
    }
}

# A timer on the grid of the period; gives its descriptor and the last due time before its first, µs.
sub start_timer {
    be_prompt();
    syscall($GETTIME, BOOTTIME, $base);
    my ($seconds, $nanos) = unpack 'qq', $arena;
    my $due = ($seconds * GIGA + $nanos - $offset) / $period * $period + $offset;
    my $first = $due + $period;
    my $timer = syscall($TIMER, BOOTTIME, TFD_CLOEXEC);
    my $times = pack 'q4', $period / GIGA, $period % GIGA, $first / GIGA, $first % GIGA;
    $timer >= 0 && syscall($SETTIMER, $timer, ABSTIME, $times, 0) == 0 or fail("timer: $!");
    return ($timer, $due / 1000);
}

# On busy cores a reading would wait for its turn, for tens of ms. Root may ask for SCHED_FIFO (lowest priority, not for children);
# others get a short slice, which lets them begin sooner and adds nothing to their share. Where both are refused it stays as it is.
sub be_prompt {
    # struct sched_attr: size, policy, flags, nice, priority, runtime (the slice, ns), deadline, period
    my $fifo = pack 'LLQlLQQQ', 48, 1, 1, 0, 1, 0, 0, 0;
    my $short = pack 'LLQlLQQQ', 48, 0, 0, getpriority(0, 0), 0, 100_000, 0, 0;
    syscall($SETATTR, 0, $fifo, 0) == 0 or syscall($SETATTR, 0, $short, 0);
}

sub interrupted { $! == EINTR or fail("timer: $!") }

sub next_stamps {
    my ($clock) = @_;
    my ($due, @stamps) = split ' ', readline($clock) // return undef;
    substr $arena, 8, 56, pack('q7', 0, map { ($_ / 1_000_000, $_ % 1_000_000 * 1000) } @stamps);
    return $due;
}

# What is not one short read of an open descriptor. In: source, address, what the read gave. Out: bytes there, or -errno.
sub seldom {
    my ($i, $at, $n) = @_;
    return rest($fd[$i], $at, $n, $max[$i]) if $n > 0;
    return tree($i, $at - $base) if $tree[$i];
    if ($fd[$i] >= 0) {
        # Failed: it is opened anew at the next tick.
        $n = -($! + 0);
        syscall($CLOSE, $fd[$i]);
        $fd[$i] = -1;
        return $n;
    }
    my $fd = syscall($OPENAT, AT_FDCWD, $paths[$i], O_RDONLY_CLOEXEC, 0);
    return -($! + 0) if $fd < 0;
    $n = syscall($PREAD, $fd, $at, $max[$i], 0);
    $n = $n < 0 ? -($! + 0) : rest($fd, $at, $n, $max[$i]) if $n < 0 || $n >= SHORT;
    if ($reopen[$i] || $n < 0) { syscall($CLOSE, $fd) }
    else { $fd[$i] = $fd }
    return $n;
}

# Reads on until the end or the bound.
sub rest {
    my ($fd, $at, $got, $max) = @_;
    while ($got < $max) {
        my $n = syscall($PREAD, $fd, $at + $got, $max - $got, $got);
        return -($! + 0) if $n < 0;
        $got += $n;
        last if $n < SHORT;
    }
    return $got;
}

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

sub emit_text {
    my ($text) = @_;
    return emit(unpack('J', pack 'P', $text), length $text);
}

# Writes whole or not at all; goes on in the next buffer when this one is full. False: all are full.
sub emit {
    my ($from, $n) = @_;
    while (1) {
        rewind_buffer();
        if ($n <= $room) {
            my $wrote = syscall($WRITE, $out_fd, $from, $n);
            if ($wrote == $n) { $room -= $n; return 1 }
            $full = $wrote < 0 ? "$!" : 'No space left on device';
            rewind_buffer();
        }
        else { $full = 'bound reached' }
        next_buffer() or return 0;
        $full = '';
    }
}

# Takes back what a failed write left behind.
sub rewind_buffer {
    truncate $out, $bound - $room;
    sysseek $out, $bound - $room, 0;
}

sub next_buffer {
    my $next = shift @buffers or return 0;
    my ($path, $bytes) = @$next;
    if (!sysopen $out, $path, O_NEW, 0600) { $full = "$path: $!"; return 0 }
    $out_fd = fileno $out;
    $room = $bound = $bytes - TRAILER;
    return 1;
}

sub open_clock {
    open my $in, '<:raw', $_[0] or fail("$_[0]: $!");
    return $in;
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
    $offset = 0 + (<$in> // 0);
}

# read, write, close, pread64, clock_gettime, openat, timerfd_create, timerfd_settime, sched_setattr, by the machine this perl was
# built for (ELF e_machine); a test compares them with the kernel's headers.
sub system_calls {
    open my $elf, '<:raw', '/proc/self/exe' or fail("/proc/self/exe: $!");
    read $elf, my $head, 20;
    my ($class, $machine) = unpack 'x4Cx13v', $head;
    fail('needs a 64-bit perl') if $class != 2;
    return (0, 1, 3, 17, 228, 257, 283, 286, 314) if $machine == 62;       # x86_64
    return (63, 64, 57, 67, 113, 56, 85, 86, 274) if $machine == 183;     # aarch64
    fail("machine $machine is not known");
}
