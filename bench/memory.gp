# SPDX-License-Identifier: GPL-2.0
# available-PHASE.tsv: RAM in MiB, then MemAvailable of the kernels in MiB
set multiplot layout 1,2
set logscale x 2
set xrange [60:17500]
set xtics @ram_tics
set xlabel ram_label
set ylabel "MemAvailable, share of RAM (%)"
set yrange [0:100]
set key bottom right
do for [phase in "boot work"] {
	set title phase eq "boot" ? "after boot" : "after the workload"
	plot for [i = 1:4] "available-inline-".phase.".tsv" \
		using 1:(100.0 * column(i + 1) / $1) with linespoints lt i title kernel[i]
}
unset multiplot
