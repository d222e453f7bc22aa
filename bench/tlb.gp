# SPDX-License-Identifier: GPL-2.0
# tlb.tsv: working set in bytes, then ns for: no check, huge-private, 4k-private, 4k-shared
set logscale x 2
stats "tlb.tsv" using ($1 / 1048576) nooutput
set xrange [0.9:STATS_max * 1.1]
set xtics ("1M" 1, "4M" 4, "16M" 16, "64M" 64, "256M" 256, "1G" 1024, "4G" 4096, "16G" 16384)
set xlabel "working set (M: MiB, G: GiB)"
set ylabel "ns per access"
set yrange [0:*]
array layout[4] = ["no check", "2 MiB mappings, private (as unpatched KASAN)", "4 KiB mappings, private", "4 KiB mappings of one page (as page shadow)"]
plot for [i = 1:4] "tlb.tsv" using ($1 / 1048576):(column(i + 1)) with linespoints lt i title layout[i]
