/* SPDX-License-Identifier: GPL-2.0 */
#include "standins.h"

/* The model has no stacks of its own in its memory, and does not pin them. */
#define OVERFLOW_STACK_SIZE	PAGE_SIZE
static u8 overflow_stack[MODEL_CPUS][OVERFLOW_STACK_SIZE];
