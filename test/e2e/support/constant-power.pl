#!/usr/bin/perl
# Stands in for the powercap driver of the kernel: counts a constant power into energy_uj files, 100 times a second, until it is ended.
# usage: constant-power FILE WATTS MAXIMUM START [FILE WATTS MAXIMUM START …]
# Energy in uJ; a counter that comes to MAXIMUM starts again at 0.
use strict;
use warnings;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC sleep);

my @counters;
while (my ($file, $watts, $maximum, $start) = splice @ARGV, 0, 4) {
    open my $out, '+>', $file or die "$file: $!\n";
    push @counters, [$out, $watts, $maximum, $start];
}
setpriority 0, 0, -10;
$| = 1;
my $begin  = clock_gettime(CLOCK_MONOTONIC);
my $parent = getppid;
my $said   = 0;
while (getppid == $parent) {
    for my $counter (@counters) {
        my ($out, $watts, $maximum, $start) = @$counter;
        my $energy = $start + int(1e6 * $watts * (clock_gettime(CLOCK_MONOTONIC) - $begin));
        # Readers keep the file open: always as long, in one write.
        sysseek $out, 0, 0;
        syswrite $out, sprintf("%-15d\n", $energy % $maximum);
    }
    print "counting\n" unless $said++;
    sleep 0.01;
}
