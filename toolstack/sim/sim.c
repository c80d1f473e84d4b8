/* SPDX-License-Identifier: BSD-2-Clause */
#include <altview/sim.h>

#include "toolstack/lib/transport.h"
#include "toolstack/sim/cpu.h"
#include "toolstack/sim/domain.h"

#include <errno.h>
#include <string.h>

#define RAX             0
#define RCX             1
#define SIZE_MAX_ACCESS 8

/* Take the domain's lock, for `leave` to give back. NULL: it is not taken, *rc says why. */
static struct sim_vcpu *enter(altview *handle, unsigned int vcpu, int *rc)
{
    struct sim *s = sim_of_transport(altview_transport(handle));

    if (!s) {
        *rc = altview_fail(-EOPNOTSUPP,
                           "this is for a simulated domain only; open one with \"sim:\"");
        return NULL;
    }
    if (vcpu >= s->vcpu_count) {
        *rc =
            altview_fail(-EINVAL, "there is no vCPU %u (vCPUs: 0 to %u)", vcpu, s->vcpu_count - 1);
        return NULL;
    }
    sim_lock(s);
    control_tick(&s->control);
    return &s->vcpus[vcpu];
}

static int leave(const struct sim_vcpu *v, int rc)
{
    sim_unlock(v->sim);
    return rc;
}

static int ended(void)
{
    return altview_fail(-ECANCELED, "the guest has ended; open another \"sim:\"");
}

static int explain(const struct sim_vcpu *v, int rc)
{
    switch (rc) {
    case -EINPROGRESS:
        return altview_fail(rc,
                            "vCPU %u waits; answer its event or unpause it, then call "
                            "altview_sim_resume",
                            v->id);
    case -EFAULT:
        return altview_fail(rc, "vCPU %u took exception %u", v->id, v->exception);
    case -ENXIO:
        return altview_fail(rc, "vCPU %u touched a hole", v->id);
    case -ECANCELED:
        return ended();
    default:
        return rc;
    }
}

/* May this vCPU execute an instruction? */
static int can_start(const struct sim_vcpu *v)
{
    if (v->sim->ended) {
        return ended();
    }
    if (v->operation.kind != SIM_OPERATION_NONE) {
        return altview_fail(-EBUSY,
                            "vCPU %u waits on the answer to an event; answer it, then call "
                            "altview_sim_resume",
                            v->id);
    }
    return control_holds(&v->sim->control, v->id)
               ? altview_fail(-EBUSY, "vCPU %u is paused; unpause it", v->id)
               : 0;
}

static int can_resume(const struct sim_vcpu *v)
{
    if (v->operation.kind == SIM_OPERATION_NONE) {
        return altview_fail(-EINVAL, "vCPU %u has nothing to go on with", v->id);
    }
    if (v->sim->ended) {
        return ended();
    }
    return control_holds(&v->sim->control, v->id) ? explain(v, -EINPROGRESS) : 0;
}

/* The value that a finished access has read. */
static void give_value(const struct sim_vcpu *v, uint64_t *value)
{
    if (value && v->operation.rights & ALTP2M_R) {
        *value = v->registers.general.gpr[RAX] & UINT64_MAX >> (64 - 8 * v->operation.size);
    }
}

static int report(const struct sim_vcpu *v, int rc, uint64_t *value)
{
    if (rc == 0 || rc == -ENXIO) {
        give_value(v, value);
    }
    return explain(v, rc);
}

static int check_access(unsigned int rights, uint64_t address, unsigned int size,
                        const uint64_t *value)
{
    bool data = rights && !(rights & ~(ALTP2M_R | ALTP2M_W));

    if (!data && rights != ALTP2M_X) {
        return altview_fail(-EINVAL,
                            "an access reads (1), writes (2), does both (3) or fetches "
                            "(4), and is not %u",
                            rights);
    }
    if (data && !value) {
        return altview_fail(-EINVAL, "an access to data needs a value");
    }
    if (size < 1 || size > SIZE_MAX_ACCESS ||
        (address & (ALTP2M_PAGE_SIZE - 1)) + size > ALTP2M_PAGE_SIZE) {
        return altview_fail(-EINVAL, "an access is 1 to 8 bytes in one page, not %u at 0x%llx",
                            size, (unsigned long long)address);
    }
    if (address >> SIM_PHYSICAL_BITS) {
        return altview_fail(-EINVAL, "address 0x%llx has more than %u bits",
                            (unsigned long long)address, SIM_PHYSICAL_BITS);
    }
    return 0;
}

int altview_sim_access(altview *handle, unsigned int vcpu, unsigned int rights, uint64_t address,
                       unsigned int size, uint64_t *value)
{
    const struct sim_operation access = {
        .kind = SIM_OPERATION_ACCESS, .rights = rights, .address = address, .size = size};
    int rc = check_access(rights, address, size, value);
    struct sim_vcpu *v = rc ? NULL : enter(handle, vcpu, &rc);

    if (!v) {
        return rc;
    }
    rc = can_start(v);
    if (!rc) {
        if (rights & ALTP2M_W) {
            v->registers.general.gpr[RAX] = *value;
        }
        rc = report(v, sim_cpu_start(v, &access), value);
    }
    return leave(v, rc);
}

int altview_sim_vmfunc(altview *handle, unsigned int vcpu, unsigned int view)
{
    const struct sim_operation vmfunc = {.kind = SIM_OPERATION_VMFUNC};
    int rc;
    struct sim_vcpu *v = enter(handle, vcpu, &rc);

    if (!v) {
        return rc;
    }
    rc = can_start(v);
    if (!rc) {
        v->registers.general.gpr[RAX] = 0;
        v->registers.general.gpr[RCX] = view;
        rc = report(v, sim_cpu_start(v, &vmfunc), NULL);
    }
    return leave(v, rc);
}

int altview_sim_write(altview *handle, unsigned int vcpu, enum altview_event_type which,
                      uint64_t value)
{
    const struct sim_operation write = {
        .kind = SIM_OPERATION_WRITE, .which = which, .address = value};
    bool known = which <= ALTVIEW_EVENT_XCR0 && ALTVIEW_REGISTER_EVENTS >> which & 1;
    int rc = known ? 0 : altview_fail(-EINVAL, "no control register has the event %u", which);
    struct sim_vcpu *v = rc ? NULL : enter(handle, vcpu, &rc);

    if (!v) {
        return rc;
    }
    rc = can_start(v);
    return leave(v, rc ? rc : report(v, sim_cpu_start(v, &write), NULL));
}

int altview_sim_wrmsr(altview *handle, unsigned int vcpu, uint32_t msr, uint64_t value)
{
    const struct sim_operation write = {
        .kind = SIM_OPERATION_WRITE, .which = ALTVIEW_EVENT_MSR, .msr = msr, .address = value};
    int rc;
    struct sim_vcpu *v = enter(handle, vcpu, &rc);

    if (!v) {
        return rc;
    }
    if (!sim_msr(v, msr)) {
        return leave(v, altview_fail(-EINVAL, "a simulated vCPU has no MSR 0x%x", msr));
    }
    rc = can_start(v);
    return leave(v, rc ? rc : report(v, sim_cpu_start(v, &write), NULL));
}

int altview_sim_step(altview *handle, unsigned int vcpu)
{
    const struct sim_operation nothing = {.kind = SIM_OPERATION_NOTHING};
    int rc;
    struct sim_vcpu *v = enter(handle, vcpu, &rc);

    if (!v) {
        return rc;
    }
    rc = can_start(v);
    return leave(v, rc ? rc : report(v, sim_cpu_start(v, &nothing), NULL));
}

int altview_sim_resume(altview *handle, unsigned int vcpu, uint64_t *value)
{
    int rc;
    struct sim_vcpu *v = enter(handle, vcpu, &rc);

    if (!v) {
        return rc;
    }
    rc = can_resume(v);
    return leave(v, rc ? rc : report(v, sim_cpu_resume(v), value));
}

int altview_sim_exception(altview *handle, unsigned int vcpu, unsigned int *vector)
{
    int rc;
    struct sim_vcpu *v = enter(handle, vcpu, &rc);

    if (!v) {
        return rc;
    }
    *vector = v->exception;
    return leave(v, 0);
}

int altview_sim_shutdown(altview *handle, unsigned int status)
{
    int rc;
    struct sim_vcpu *v = enter(handle, 0, &rc);

    if (!v) {
        return rc;
    }
    if (v->sim->ended) {
        return leave(v, ended());
    }
    v->sim->ended = true;
    control_shutdown(&v->sim->control, status);
    return leave(v, 0);
}

/* The caller's memory, of which the engine reads and writes parts: addresses are offsets. */
struct caller_memory {
    uint8_t *bytes;
    size_t size;
};

static bool is_inside(const struct caller_memory *m, uint64_t from, size_t size)
{
    return from <= m->size && size <= m->size - from;
}

static int read_caller(void *context, void *to, uint64_t from, size_t size)
{
    const struct caller_memory *m = context;

    if (!is_inside(m, from, size)) {
        return -EFAULT;
    }
    memcpy(to, m->bytes + from, size);
    return 0;
}

static int write_caller(void *context, uint64_t to, const void *from, size_t size)
{
    const struct caller_memory *m = context;

    if (!is_inside(m, to, size)) {
        return -EFAULT;
    }
    memcpy(m->bytes + to, from, size);
    return 0;
}

static int hypercall(struct sim_vcpu *v, struct caller_memory *memory)
{
    const struct altp2m_caller caller = {
        .vcpu = v->altp2m, .context = memory, .read = read_caller, .write = write_caller};
    long rc;

    v->exits[SIM_EXIT_VMCALL]++;
    do {
        rc = altp2m_hvmop(&v->sim->altp2m, &caller, 0);
    } while (rc == -ALTP2M_ERESTART);
    return rc < 0 ? altview_fail((int)rc, "the guest's hypercall: error %ld", -rc) : 0;
}

int altview_sim_hvmop(altview *handle, unsigned int vcpu, void *memory, size_t size)
{
    struct caller_memory m = {memory, size};
    int rc;
    struct sim_vcpu *v = enter(handle, vcpu, &rc);

    if (!v) {
        return rc;
    }
    rc = can_start(v);
    return leave(v, rc ? rc : hypercall(v, &m));
}
