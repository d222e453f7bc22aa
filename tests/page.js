// SPDX-License-Identifier: GPL-2.0
// Added to the end of a page by tests/page.sh: lists what a reader would not see well.
"use strict";
const faults = [];
const overlap = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
	Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;

if (document.documentElement.scrollWidth > window.innerWidth)
	faults.push(`the page is ${document.documentElement.scrollWidth} wide`);
for (const figure of document.querySelectorAll("figure")) {
	const name = figure.querySelector("figcaption").textContent;
	const svg = figure.querySelector("svg");
	const box = svg ? svg.getBoundingClientRect() : { width: 0 };

	if (!box.width || !svg.querySelector("path")) {
		faults.push(`no picture: ${name}`);
		continue;
	}
	const texts = [...svg.querySelectorAll("text")].filter((t) => t.textContent.trim());
	const boxes = texts.map((t) => t.getBoundingClientRect());
	texts.forEach((t, i) => {
		const b = boxes[i];

		if (b.left < box.left || b.right > box.right || b.top < box.top || b.bottom > box.bottom)
			faults.push(`cut off: "${t.textContent.trim()}" in ${name}`);
		for (let j = 0; j < i; j++)
			if (overlap(b, boxes[j]))
				faults.push(`"${texts[j].textContent.trim()}" and "${t.textContent.trim()}" overlap in ${name}`);
	});
}
const list = document.createElement("pre");
list.id = "faults";
list.textContent = faults.length ? faults.join("\n") : "none";
document.body.append(list);
