# SPDX-License-Identifier: GPL-2.0
# wall-ratios.tsv: name, then median, least and greatest over the median of
# unpatched: of unpatched, of off, of on
set xtics rotate by 90 right font ",9"
set grid noxtics
set ylabel "time, ratio to the median of unpatched"
set rmargin 6
stats "wall-ratios.tsv" using 2 nooutput
set xrange [-0.7:STATS_records - 0.3]
set yrange [0:*]
set key top right horizontal Right noreverse
plot "wall-ratios.tsv" using ($0 - 0.22):2:3:4:xtic(1) with yerrorbars lt 2 dt 1 title kernel[2], \
	"" using 0:5:6:7 with yerrorbars lt 3 dt 1 title kernel[3], \
	"" using ($0 + 0.22):8:9:10 with yerrorbars lt 4 lw 1.5 title kernel[4], \
	1 with lines lc rgb "#000000" lw 0.7 notitle
