/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/offsets.h"

#include "core/vcpu.h"

void offsets(void);

void offsets(void)
{
    OFFSET(VCPU_HOST_STACK, struct vcpu, host_stack);
    OFFSET(VCPU_HANDLE_EXIT, struct vcpu, handle_exit);
    OFFSET(VCPU_ATTENTION, struct vcpu, attention);
    OFFSET(SVM_VMCB, struct vcpu, svm.vmcb);
    OFFSET(SVM_VMCB_PAGE, struct vcpu, svm.vmcb_page);
    OFFSET(SVM_HOST_PAGE, struct vcpu, svm.host_page);
    OFFSET(SVM_ATTEND, struct vcpu, svm.attend);
    OFFSET(SVM_WAIT_ON, struct vcpu, svm.wait_on);
    OFFSET(SVM_BUSY, struct vcpu, svm.busy);
    OFFSET(VMCB_RAX, struct vmcb, rax);
}
