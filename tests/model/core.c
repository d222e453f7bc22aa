// SPDX-License-Identifier: GPL-2.0
/* The file itself, or a changed copy of it. */
#include CORE

#ifdef MODEL_ARM64
bool model_abort(unsigned long shadow, unsigned long esr)
{
	return kasan_arch_fault(shadow, esr);
}
#endif
