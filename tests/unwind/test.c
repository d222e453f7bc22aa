// SPDX-License-Identifier: GPL-2.0
/*
 * arch_stack_save() against the unwinder it stands for: both of unwind_orc.c, with the ORC
 * entries of a kernel that was built, on stacks of this program.
 *
 * Text is where the entries say it is, as seen from where they are linked to; nothing is
 * there. The stacks hold what a walk looks for, so that it goes on, and junk.
 */
#include <sys/mman.h>
#include "unwind_orc.c"

/* The task's stack, that of interrupts, and an exception's, each between pages that are not there. */
#define WORDS 512
#define STACKS 3
static char *stacks;
static const enum stack_type types[STACKS] = { STACK_TYPE_TASK, STACK_TYPE_IRQ, STACK_TYPE_EXCEPTION };
static unsigned long *stack(unsigned long n) { return (unsigned long *)(stacks + (2 * n + 1) * WORDS * sizeof(long)); }

struct task_struct the_task;
unsigned long unwound;

/* A walk begins here instead of in its caller. */
struct frame {
	unsigned long ip, sp, bp;
};
static const struct frame *first;

/* A module, whose entries are copies of the kernel's, or anything; NULL: it is gone. */
#define MODULE_ORCS 256
static int module_ip[MODULE_ORCS];
static struct orc_entry module_orc[MODULE_ORCS];
static struct module module = { .size = MODULE_ORCS * 16 };
static struct module *loaded;

static u64 seed;
static u64 rnd(u64 n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed * 0x2545f4914f6cdd1dULL >> 20) % n;
}

int get_stack_info(unsigned long *sp, struct task_struct *t, struct stack_info *info,
		   unsigned long *visited)
{
	unsigned long n;

	if (first) {
		struct unwind_state *state = (void *)info - offsetof(struct unwind_state, stack_info);

		state->ip = first->ip;
		state->sp = first->sp;
		state->bp = first->bp;
		sp = (void *)first->sp;
		first = NULL;
	}
	n = ((unsigned long)sp - (unsigned long)stack(0)) / (2 * WORDS * sizeof(long));
	info->type = STACK_TYPE_UNKNOWN;
	if (n >= STACKS || sp >= stack(n) + WORDS || *visited & BIT(types[n]))
		return -1;
	*info = (struct stack_info){ types[n], stack(n), stack(n) + WORDS, NULL };
	*visited |= BIT(types[n]);
	return 0;
}

bool is_kernel_inittext(unsigned long ip)
{
	return ip >= (unsigned long)_sinittext && ip < (unsigned long)_einittext;
}

bool core_kernel_text(unsigned long ip)
{
	return (ip >= (unsigned long)_stext && ip < (unsigned long)_etext) || is_kernel_inittext(ip);
}

struct module *__module_address(unsigned long ip)
{
	return loaded && ip - loaded->text < loaded->size ? loaded : NULL;
}

bool __kernel_text_address(unsigned long ip)
{
	return core_kernel_text(ip) || __module_address(ip);
}

static unsigned long orc_nr(void) { return __stop_orc_unwind - __start_orc_unwind; }

/* Those that are few: ends, registers, other stacks, bp in other places. */
static unsigned int rare[100000], nr_rare;
static void find_rare(void)
{
	for (unsigned long i = 0; i < orc_nr() && nr_rare < 100000; i++) {
		struct orc_entry *orc = __start_orc_unwind + i;

		if (orc->type != ORC_TYPE_UNDEFINED &&
		    (orc->type != ORC_TYPE_CALL || orc->signal || orc->bp_reg == ORC_REG_BP ||
		     (orc->sp_reg != ORC_REG_SP && orc->sp_reg != ORC_REG_BP)))
			rare[nr_rare++] = i;
	}
}

static unsigned long some_text(void)
{
	unsigned long n = rnd(100);

	if (n < 2)
		return (unsigned long)return_to_handler;
	if (n < 4)
		return (unsigned long)arch_rethook_trampoline;
	if (n < 12)
		return module.text + rnd(module.size + 2);
	if (n < 16)
		return orc_ip(__start_orc_unwind_ip + rare[rnd(nr_rare)]) + 1;
	for (;;) {
		/* Few, so that they are met again; nearly all of calls, so that walks are long. */
		unsigned long i = n < 60 ? rnd(500) * 97 % orc_nr() : rnd(orc_nr());
		unsigned long ip = orc_ip(__start_orc_unwind_ip + i) + rnd(3);
		struct orc_entry *orc = orc_find(ip - 1);

		if (!rnd(50) || (orc && orc->type == ORC_TYPE_CALL && __kernel_text_address(ip)))
			return ip;
	}
}

/* The same each time it is asked for the same. */
static unsigned long instead(unsigned long at)
{
	return orc_ip(__start_orc_unwind_ip + at * 0x9e3779b97f4a7c15ULL % orc_nr()) + 1;
}

unsigned long ftrace_graph_ret_addr(struct task_struct *t, int *idx, unsigned long ret, unsigned long *retp)
{
	return ret == (unsigned long)return_to_handler ? instead((unsigned long)retp + ++*idx) : ret;
}

unsigned long rethook_find_ret_addr(struct task_struct *t, unsigned long frame, struct llist_node **cur)
{
	*cur = (void *)((unsigned long)*cur + 1);
	return instead(frame + (unsigned long)*cur);
}

void sort(void *base, size_t num, size_t size, int (*cmp)(const void *, const void *),
	  void (*swp)(void *, void *, int))
{
}

static unsigned long some_sp(void)
{
	if (!rnd(16))
		return (unsigned long)(stack(rnd(STACKS)) + WORDS - rnd(3));
	return (unsigned long)(stack(rnd(STACKS)) + rnd(WORDS + 1)) + (rnd(50) ? 0 : rnd(8));
}

static unsigned long some_word(void)
{
	unsigned long n = rnd(10);

	return n < 4 ? some_text() : n < 8 ? some_sp() : n < 9 ? rnd(TASK_SIZE_MAX + 2) : seed;
}

static void fill(void)
{
	for (int n = 0; n < STACKS; n++)
		for (int i = 0; i < WORDS; i++)
			stack(n)[i] = some_word();
}

static void load(void)
{
	module.text = 0x70000000;
	for (int i = 0; i < MODULE_ORCS; i++) {
		module_ip[i] = module.text + i * 16 - (unsigned long)&module_ip[i];
		module_orc[i] = __start_orc_unwind[rnd(orc_nr())];
		if (rnd(2))
			continue;
		module_orc[i] = (struct orc_entry){
			.sp_offset = rnd(8) ? rnd(64) * 8 - 64 : rnd(65536),
			.bp_offset = rnd(8) ? rnd(64) * 8 - 256 : rnd(65536),
			.sp_reg = rnd(2) ? rnd(16) : rnd(2) ? ORC_REG_SP_INDIRECT : ORC_REG_BP_INDIRECT,
			.bp_reg = rnd(2) ? rnd(16) : rnd(2) ? ORC_REG_PREV_SP : ORC_REG_UNDEFINED,
			.type = rnd(2) ? ORC_TYPE_CALL : rnd(2) ? ORC_TYPE_REGS : rnd(8),
			.signal = !rnd(4),
		};
		if (module_orc[i].bp_reg == ORC_REG_UNDEFINED && rnd(4))
			module_orc[i].bp_offset = 0;
		/* Nearly plain ones, also of a frame that is its own caller. */
		if (!rnd(4)) {
			static const int regs[] = { ORC_REG_UNDEFINED, ORC_REG_PREV_SP, ORC_REG_BP };

			module_orc[i] = (struct orc_entry){
				.sp_reg = ORC_REG_SP, .sp_offset = rnd(4) * 8, .bp_reg = regs[rnd(3)],
				.bp_offset = rnd(2) ? rnd(16) * 8 - 64 : 0, .type = ORC_TYPE_CALL,
			};
		}
	}
	module.arch.num_orcs = MODULE_ORCS;
	module.arch.orc_unwind_ip = module_ip;
	module.arch.orc_unwind = module_orc;
	loaded = &module;
}

static void unload(void)
{
	loaded = NULL;
	module_arch_freeing_init(&module);
}

/* Where a walk from @f will look, put what it looks for. */
static void lay(struct frame f)
{
	for (int depth = 0; depth < 40; depth++) {
		struct orc_entry *orc = orc_find(f.ip - 1);
		unsigned long cfa, at, visited = 0;
		struct stack_info info;

		if (!orc || get_stack_info((void *)f.sp, current, &info, &visited))
			return;
		cfa = (orc->sp_reg == ORC_REG_BP ? f.bp : f.sp) + orc->sp_offset;
		if (orc->sp_reg == ORC_REG_SP_INDIRECT || orc->sp_reg == ORC_REG_BP_INDIRECT) {
			at = orc->sp_reg == ORC_REG_SP_INDIRECT ? f.sp : f.bp + orc->sp_offset;
			if (!on_stack(&info, (void *)at, 8))
				return;
			cfa = (unsigned long)(stack(0) + rnd(WORDS));
			*(unsigned long *)at = cfa;
			if (orc->sp_reg == ORC_REG_SP_INDIRECT)
				cfa += orc->sp_offset;
			visited = 0;
			if (get_stack_info((void *)(cfa - 8), current, &info, &visited))
				return;
		}
		if (orc->type != ORC_TYPE_CALL || !on_stack(&info, (void *)(cfa - 8), 8))
			return;
		*(unsigned long *)(cfa - 8) = f.ip = some_text();
		at = (orc->bp_reg == ORC_REG_BP ? f.bp : cfa) + orc->bp_offset;
		if (orc->bp_reg != ORC_REG_UNDEFINED && on_stack(&info, (void *)at, 8))
			*(unsigned long *)at = f.bp = rnd(8) ? cfa + rnd(64) * 8 : cfa - rnd(8) * 8;
		f.sp = cfa;
	}
}

static unsigned int by_rules(struct frame f, unsigned long *store, unsigned int size, unsigned int skip)
{
	first = &f;
	return arch_stack_save(store, size, skip);
}

static unsigned int by_unwinder(struct frame f, unsigned long *store, unsigned int size, unsigned int skip)
{
	struct unwind_state state = { .task = current, .ip = f.ip, .sp = f.sp, .bp = f.bp };
	unsigned int nr = 0;

	if (get_stack_info((void *)f.sp, current, &state.stack_info, &state.stack_mask))
		return 0;
	while (nr < size && unwind_next_frame(&state)) {
		unsigned long ip = unwind_get_return_address(&state);

		if (!ip)
			break;
		if (skip)
			skip--;
		else
			store[nr++] = ip;
	}
	return nr;
}

static unsigned long walks, frames, left, deepest;

static void walk(struct frame f)
{
	unsigned long a[64], b[64];
	unsigned int size = 1 + rnd(64), skip = rnd(3), na, nb;

	nb = by_unwinder(f, b, size, skip);
	unwound = 0;
	na = by_rules(f, a, size, skip);
	walks++;
	frames += nb;
	left += unwound;
	if (nb > deepest)
		deepest = nb;
	if (na == nb && !memcmp(a, b, na * sizeof(*a)))
		return;
	printf("not ok: from ip %lx sp %lx bp %lx (stacks at %p), size %u, skip %u: %u entries, the unwinder has %u\n",
	       f.ip, f.sp, f.bp, (void *)stack(0), size, skip, na, nb);
	for (unsigned int i = 0; i < na || i < nb; i++)
		printf("  %lx %lx\n", i < na ? a[i] : 0, i < nb ? b[i] : 0);
	exit(1);
}

/* The unwinder is called for those frames alone that have no rule, or are registers of the kernel. */
static void known(struct frame f)
{
	struct unwind_state state = { .task = current, .ip = f.ip, .sp = f.sp, .bp = f.bp };
	unsigned long store[64], ips[64], steps, nr = 0, needed = 0;
	bool may = true, more = true;

	if (get_stack_info((void *)f.sp, current, &state.stack_info, &state.stack_mask))
		return;
	for (steps = 0; more && steps < 64; steps++) {
		enum stack_type type = state.stack_info.type;
		union orc_rule rule = {};

		if (may)
			rule = orc_rule(state.ip);
		if (rule.word)
			ips[nr++] = state.ip;
		more = unwind_next_frame(&state);
		if (rule.type == ORC_TYPE_REGS && (!more || state.stack_info.type != type))
			return;
		if (!rule.word || (rule.type == ORC_TYPE_REGS && (state.ip >= TASK_SIZE_MAX ||
		    rule.sp_reg == ORC_REG_SP_INDIRECT || rule.sp_reg == ORC_REG_BP_INDIRECT)))
			needed++;
		may = !state.regs && !state.signal;
		if (more && may && rule.word)
			may = state.ip == ((unsigned long *)state.sp)[-1];
		more = more && unwind_get_return_address(&state);
	}
	while (nr--)
		if (orc_rules[ips[nr] & orc_rules_mask].ip != (int)ips[nr])
			return;		/* two have one place */
	unwound = 0;
	by_rules(f, store, 64, 0);
	if (unwound == needed)
		return;
	printf("not ok: from ip %lx sp %lx bp %lx (stacks at %p), of which %lu frames need the unwinder, it takes %lu\n",
	       f.ip, f.sp, f.bp, (void *)stack(0), needed, unwound);
	exit(1);
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000000, made = 0, all = 0, regs = 0, i;

	seed = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;
	if (!seed)
		seed = 1;
	stacks = mmap(NULL, (2 * STACKS + 1) * WORDS * sizeof(long), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int n = 0; n < STACKS; n++)
		if (mprotect(stack(n), WORDS * sizeof(long), PROT_READ | PROT_WRITE))
			return 2;
	unwind_init();
	orc_rules_init();
	find_rare();
	load();

	/* Each entry there is, as one step, with whatever is there to be read. */
	fill();
	for (i = 0; i < orc_nr(); i++) {
		unsigned long ip = orc_ip(__start_orc_unwind_ip + i) + 1;
		struct orc_entry *orc = orc_find(ip - 1);

		if (orc && orc->type == ORC_TYPE_CALL) {
			all++;
			made += !!orc_rule(ip).word;
		}
		regs += orc && orc->type == ORC_TYPE_REGS && orc_rule(ip).word;
		for (int n = 0; n < 4; n++)
			walk((struct frame){ ip, some_sp(), some_sp() });
	}
	printf("%lu of %lu frames of calls have a rule, %lu of registers\n", made, all, regs);
	/* Without are some of entry code, and of stacks that are realigned. */
	if (made < all - all / 100 || !regs) {
		printf("not ok: these are too few\n");
		return 1;
	}

	walks = frames = left = 0;
	for (i = 0; i < rounds; i++) {
		struct frame f = { some_text(), some_sp(), some_sp() };

		if (!rnd(64))
			fill();
		if (!rnd(1000)) {
			unload();
			if (rnd(2))
				load();
		}
		/* As if another CPU had been there first. */
		if (!rnd(8))
			orc_rule(some_text());
		if (rnd(4))
			f.sp = (unsigned long)(stack(rnd(STACKS)) + rnd(WORDS / 2));
		if (!rnd(8))
			f.sp = (unsigned long)(stack(rnd(STACKS)) + (rnd(2) ? WORDS - 1 - rnd(16) : rnd(16)));
		if (rnd(8))
			lay(f);
		walk(f);
		known(f);
	}
	printf("%lu walks, %lu frames, %lu of them by the unwinder, the deepest has %lu\n",
	       walks, frames, left, deepest);
	return 0;
}
