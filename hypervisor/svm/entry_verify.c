/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/log.h"
#include "core/domain.h"
#include "core/vendor.h"
#include "debug/window.h"
#include "entry_check/svm_check.h"

static bool stopped;

void entry_verify_stop(void)
{
    stopped = true;
}

void entry_verify(struct vcpu *vcpu)
{
    const struct cpu_capabilities *has = &vcpu->domain->boot->cpu;
    const struct svm_entry_cpu cpu = {
        .physical_bits = has->physical_bits,
        .cr4 = vcpu->domain->face.cr4,
        .efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE | EFER_SVME,
        .asids = has->svm.asids,
    };
    struct rule_walk walk = {.breaks = 0};

    if (stopped || window_is_wide()) {
        return;
    }
    svm_check(&walk, &cpu, vcpu->svm.vmcb);
    if (walk.breaks) {
        machine_stop_others();
        report(vcpu);
        panic("the CPU would refuse to enter vCPU %u: APM Vol. 2 %s, %s: %s", vcpu->altp2m->id,
              walk.broken.section, walk.broken.subject, walk.broken.text);
    }
}
