# SPDX-License-Identifier: GPL-2.0
# cpus-KIND.tsv: vCPUs, then operations per 1000 instructions of the kernels;
# contention-KIND.tsv: vCPUs, then contended lock acquisitions per million operations
set multiplot layout 2,2
set logscale x 2
set xtics (1, 2, 4, 8)
set xrange [0.9:9]
set xlabel "vCPUs"
set key tmargin center horizontal
do for [what in "cpus contention"] {
	if (what eq "cpus") {
		set logscale y 10
	} else {
		unset logscale y
		set yrange [0:*]
	}
	do for [kind in "page slab"] {
		set title kind." allocation"
		set ylabel what eq "cpus" ? "operations per 1000 instructions" : "contentions per million operations"
		plot for [i = 1:4] what."-".kind.".tsv" using 1:(column(i + 1)) with linespoints lt i title kernel[i]
	}
}
unset multiplot
