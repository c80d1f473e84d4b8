/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's side of a `sim:` handle (<altview/altview.h>): a domain with real views (the engine
 * that runs in the hypervisor), RAM from guest physical address 0 up, and virtual CPUs that execute
 * one access for each of these calls. So a test of code that handles events can run in a process,
 * in microseconds, without an emulator.
 *
 * `sim:` has options, with commas between: views=N (slots, 1 to 512; 10), memory=MIB (1 to 65536;
 * 16), vcpus=N (1 to 64; 1), mode=mixed|external|limited|disabled (external), access_required.
 *
 * A vCPU runs 64-bit code, and linear addresses are physical addresses. A read loads RAX, and a
 * write stores RAX. VMFUNC takes its view from ECX. So a monitor that sets registers in its answer
 * changes the result. If it sets RIP, it has carried out the instruction itself, which then counts
 * as executed. RIP grows by 1 with each instruction. A fetch sets RIP to the address that it
 * fetches, plus its size.
 *
 * A call whose access raises a synchronous event returns -EINPROGRESS: the vCPU waits. Take the
 * event with altview_next_event, answer it, and call altview_sim_resume for the outcome. All calls:
 * -EOPNOTSUPP if the handle is not a `sim:` one, -EINVAL if there is no such vCPU, -EBUSY while the
 * vCPU is paused or waits.
 */
#ifndef ALTVIEW_SIM_H
#define ALTVIEW_SIM_H

#include <altview/altview.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One access: rights 1 read, 2 write, 3 both (they exchange), 4 execute, up to 8 bytes at a guest
 * physical address in one page. It runs in the vCPU's current view. For a read, *value receives
 * what was read; for a write it holds what to write; for a fetch it is not used. Returns 0 when the
 * access has happened; -EFAULT: the vCPU took an exception instead, see altview_sim_exception;
 * -ECANCELED: the guest was stopped (access_required) or had ended before; -ENXIO: the access was
 * to a hole (reads ones).
 */
int altview_sim_access(altview *handle, unsigned int vcpu, unsigned int rights, uint64_t address,
                       unsigned int size, uint64_t *value);

/* VMFUNC leaf 0 to `view`. 0; -EFAULT: #UD. */
int altview_sim_vmfunc(altview *handle, unsigned int vcpu, unsigned int view);

/*
 * An instruction that writes a control register, which its event names: ALTVIEW_EVENT_CR0, CR3, CR4
 * or XCR0. The domain does not check the value, and translates no address by it. XCR0 begins as 1.
 * 0 when the instruction is done, also when a monitor has skipped it; -EFAULT: an exception;
 * -EINVAL: no such register.
 */
int altview_sim_write(altview *handle, unsigned int vcpu, enum altview_event_type which,
                      uint64_t value);

/*
 * WRMSR, to IA32_SYSENTER_CS to EIP (0x174 to 0x176), STAR, LSTAR, CSTAR, SFMASK (0xc0000081 to 84)
 * or KERNEL_GS_BASE (0xc0000102). As altview_sim_write.
 */
int altview_sim_wrmsr(altview *handle, unsigned int vcpu, uint32_t msr, uint64_t value);

/* Go on after -EINPROGRESS. Returns the result of the interrupted call; -EINPROGRESS: the vCPU
 * still waits, or waits again; -EINVAL: no call was interrupted. It does not wait. */
int altview_sim_resume(altview *handle, unsigned int vcpu, uint64_t *value);

/* One instruction that does nothing: for single steps. */
int altview_sim_step(altview *handle, unsigned int vcpu);

/* The last exception: 6 #UD, 13 #GP, 14 #PF, 20 #VE; 0: none yet. */
int altview_sim_exception(altview *handle, unsigned int vcpu, unsigned int *vector);

/* End the guest with that exit status: event SHUTDOWN. */
int altview_sim_shutdown(altview *handle, unsigned int status);

/* An HVMOP as the guest's own hypercall would make it, with the guest's rights in that mode. */
int altview_sim_hvmop(altview *handle, unsigned int vcpu, void *memory, size_t size);

#ifdef __cplusplus
}
#endif
#endif
