# SPDX-License-Identifier: BSD-2-Clause
# Groups of bars, one bar a series, on a logarithmic scale. The bars are horizontal, so that long
# labels need no slanting. scripts/chart sets `data`, `picture`, `title`, `groups` and `series`.
set datafile separator tab
set datafile missing '?'
set terminal svg noenhanced size 1000, 110 + 9 * groups * (series + 1) font 'sans,11' background 'white'
set output picture
set title title
set key outside right top reverse Left
set style fill solid noborder
set logscale x
set grid xtics
set yrange [-groups + 0.5:0.5]
set xrange [1:*]

step = 1.0 / (series + 1)
middle(s) = -($0 + (s - 0.5 * (series + 1)) * step)
plot for [s = 1:series] data using (1):(middle(s)):(1):(column(s + 1)): \
    (middle(s) - 0.45 * step):(middle(s) + 0.45 * step) with boxxyerror title columnheader(s + 1), \
    data using (1):(-$0):ytic(1) skip 1 with dots notitle
