# SPDX-License-Identifier: GPL-2.0
# cost-CONFIG-PHASE.tsv: RAM in MiB, then by how many MiB MemAvailable is less
# than without KASAN: unpatched, off, on. The CONFIGs are in configs.
set multiplot layout 1,words(configs)
set logscale x 2
set logscale y 2
set xrange [60:17500]
set xtics @ram_tics
set xlabel ram_label
set ylabel "MemAvailable less than without KASAN (MiB)"
do for [config in configs] {
	set title config
	plot for [i = 2:4] "cost-".config."-boot.tsv" using 1:i with linespoints lt i title kernel[i].", after boot", \
		for [i = 2:4] "cost-".config."-work.tsv" using 1:i with points lt i pt (i == 4 ? 8 : i == 2 ? 2 : 1) ps 1.4 title kernel[i].", after the workload"
}
unset multiplot
